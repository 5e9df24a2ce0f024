"""The moment of any row: a table of bins with cumulative counts, searched, never scanned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.stream import Key, uniform
from engine.types import I64


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When each of `count` rows happens; sorted by row.

    `edges` (bins + 1,) are instants in microseconds UTC; `offsets` (bins + 1,) count the rows before each
    edge. Inside a bin the j-th of n rows lies at (j + u) / n of it.
    """

    edges: I64
    offsets: I64
    key: Key

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.offsets[-1])

    def at(self, index: I64) -> I64:
        """The moments of rows, in microseconds UTC, (n,) → (n,)."""
        found = np.searchsorted(self.offsets, index, side="right") - 1
        before, start = self.offsets[found], self.edges[found]
        size = self.offsets[found + 1] - before
        share = ((index - before) + uniform(self.key, index.astype(np.uint64))) / size
        return start + np.minimum(share * (self.edges[found + 1] - start), self.edges[found + 1] - start - 1).astype(
            np.int64
        )

    def born(self, moment: I64) -> I64:
        """How many rows have a moment at or before `moment`, (n,) → (n,); they are rows 0 … born - 1."""
        found = np.clip(np.searchsorted(self.edges, moment, side="right") - 1, 0, len(self.edges) - 2)
        before, start, size = self.offsets[found], self.edges[found], self.offsets[found + 1] - self.offsets[found]
        length = self.edges[found + 1] - start
        guess = np.clip((moment - start) * (size / length), 0, np.maximum(size - 1, 0)).astype(np.int64)
        row = before + guess
        candidate = np.minimum(row, max(self.count - 1, 0))
        born = row + ((size > 0) & (self.at(candidate) <= moment))
        return np.where(moment < self.edges[0], 0, np.where(moment >= self.edges[-1], self.count, born))
