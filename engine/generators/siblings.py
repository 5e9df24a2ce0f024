"""Siblings that are to differ: which of them have what an elder already has."""

from __future__ import annotations

import numpy as np

from engine.types import I64

FEW_SIBLINGS = 32
"""Up to so many siblings are compared pairwise, step by step, which is faster than sorting."""


def repeated(parent: I64, index: I64) -> I64:
    """Positions of rows whose (parent, index) an earlier row already has; `parent` ascending, (n,) → (m,)."""
    starts = np.flatnonzero(np.diff(parent, prepend=-1))
    largest = int(np.diff(starts, append=len(parent)).max(initial=0))
    if largest > FEW_SIBLINGS:
        order = np.lexsort((index, parent))
        same = (parent[order][1:] == parent[order][:-1]) & (index[order][1:] == index[order][:-1])
        return np.sort(order[1:][same])
    again = np.zeros(len(parent), np.bool_)
    for step in range(1, largest):
        again[step:] |= (index[step:] == index[:-step]) & (parent[step:] == parent[:-step])
    return np.flatnonzero(again)
