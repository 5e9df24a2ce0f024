"""A fixed number of rows, split over bins at random: exact in number and exact in law."""

from __future__ import annotations

import numpy as np

from engine.stream import Key
from engine.timelines.binomial import binomial
from engine.timelines.tree import levels
from engine.types import F64, I64

_LEVEL = np.uint64(48)  # a node's address is its level, from the bins up, and its place in it


def split(weights: F64, count: int, key: Key) -> I64:
    """How many rows lie before each edge, (bins,) → (bins + 1,); the last is `count`, at most 2**53.

    A multinomial draw by halving: the rows of a node go left by a binomial draw of its own, keyed by the node
    (Sanders et al., ACM TOMS 44(3), 2018; Funke et al., arXiv 1710.07565). Bins of weight 0 get none.
    Raises ValueError where the weights sum to nothing.
    """
    sums = levels(weights)
    if not (sums[-1][0] > 0 and sums[-1][0] < np.inf):
        raise ValueError("the weights must sum to something finite")
    counts = np.array([count], np.int64)
    for level in range(len(sums) - 2, -1, -1):
        counts = _halve(counts, sums[level], key, level)
    offsets = np.empty(len(counts) + 1, np.int64)
    offsets[0] = 0
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _halve(counts: I64, weights: F64, key: Key, level: int) -> I64:
    """The counts of a level's nodes, (n,), from those of the level above, (⌈n / 2⌉,)."""
    pairs = len(weights) // 2
    held = np.flatnonzero(counts[:pairs])  # few rows leave most nodes empty
    address = held.astype(np.uint64) | np.uint64(level) << _LEVEL
    rows = counts[held]
    left = binomial(rows, weights[2 * held], weights[2 * held + 1], key, address)
    found = np.zeros(len(weights), np.int64)
    found[2 * held] = left
    found[2 * held + 1] = rows - left
    found[2 * pairs :] = counts[pairs:]
    return found
