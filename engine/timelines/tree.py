"""Sums of neighbours, of neighbours' sums, and so on: the same bits on every machine, unlike a library's sum."""

from __future__ import annotations

import numpy as np

from engine.types import F64


def paired(values: F64) -> F64:
    """Each even place plus its right neighbour, (n,) → (⌈n / 2⌉,); the last of an odd number stays alone."""
    sums: F64 = values[0::2].copy()
    with np.errstate(over="ignore"):
        sums[: len(values) // 2] += values[1::2]
    return sums


def levels(values: F64) -> tuple[F64, ...]:
    """The values (n,), their sums by twos, by fours, …, up to the sum of all (1,)."""
    found = [values]
    while len(found[-1]) > 1:
        found.append(paired(found[-1]))
    return tuple(found)


def total(values: F64) -> float:
    """The sum of all, (n,) → a number; 0 of none."""
    while len(values) > 1:
        values = paired(values)
    return float(values[0]) if len(values) else float(np.float64(0.0))
