"""Which rows a fault takes: so many of a keyed order, or each by a chance of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.generators.base import Rows
from engine.permutation import permute, unpermute
from engine.stream import Key, bits, uniform
from engine.types import I64, Bool


@dataclass(frozen=True, slots=True)
class Lot:
    """Rows whose place in a keyed order of all `count` lies below `ranks`; without a `count` a `share` of them.

    Of children the place is that of their root, and `one_each` takes one row below each root.
    """

    key: Key
    count: int | None = None
    ranks: int = 0
    share: float = 0.0
    one_each: bool = False

    def positions(self, rows: Rows) -> I64:
        """Which of these rows are drawn, ascending, (m,)."""
        if self.count is None:
            return np.flatnonzero(uniform(self.key, rows.identity) < self.share)
        if self.ranks >= self.count:
            return np.arange(rows.size)
        return np.flatnonzero(permute(self.key, rows.index, self.count) < self.ranks)

    def chosen(self, rows: Rows, at: I64) -> Bool:
        """Which of the rows at these places are taken: all, or one of each root, (m,) → (m,)."""
        if not self.one_each:
            return np.ones(len(at), np.bool_)
        roots, drawn = rows.index[at], bits(self.key.child("one"), rows.identity[at])
        order = np.lexsort((drawn, roots))
        first = np.zeros(len(at), np.bool_)
        first[order] = np.diff(roots[order], prepend=-1) != 0
        return first

    def numbers(self, start: int, stop: int) -> I64:
        """The numbers of the rows at these places of the order, from 0, (stop - start,)."""
        assert self.count is not None
        return unpermute(self.key, np.arange(start, stop), self.count)
