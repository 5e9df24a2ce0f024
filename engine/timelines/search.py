"""Searching a sorted table for many values at once, fast where the values are sorted too."""

from __future__ import annotations

import numpy as np

from engine.types import I64

_STEP = 1024
_CACHED = 1 << 20
"""Places of a table beyond which plain halving waits for memory at every step."""


def last_at_most(table: I64, values: I64) -> I64:
    """The last place of an ascending table that holds no more than each value, (t,), (n,) → (n,).

    Every value is at least the first of the table and below its last. Where values ascend, each place of the
    table is searched among the values instead, if that is less work. Fixed on measurements: 65,536 unsorted
    values in 5 million places take 4 times as long by halving alone.
    """
    if len(values) < 2:
        return _halving(table, values)
    if not np.all(values[1:] >= values[:-1]):
        return _two_steps(table, values)
    low, high = (int(p) - 1 for p in np.searchsorted(table, values[[0, -1]], side="right"))
    if high - low > len(values) // 4:
        return _sparse(table[low : high + 2], values) + low
    starts = np.searchsorted(values, table[low + 1 : high + 1])
    lengths = np.diff(starts, prepend=0, append=len(values))
    return np.repeat(np.arange(low, high + 1), lengths)


def _sparse(table: I64, values: I64) -> I64:
    return _halving(table, values) if len(table) < _CACHED else _two_steps(table, values)


def _halving(table: I64, values: I64) -> I64:
    found: I64 = np.searchsorted(table, values, side="right")
    found -= 1
    return found


def _two_steps(table: I64, values: I64) -> I64:
    """Every 1,024th place first, then halving within, for all values in step."""
    found = _halving(table[::_STEP], values)
    found *= _STEP
    half = _STEP // 2
    while half:
        middle = found + half
        np.minimum(middle, len(table) - 1, out=middle)
        found += half * (table[middle] <= values)
        half //= 2
    return found
