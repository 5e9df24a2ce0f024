"""The moment of any row: a table of bins with cumulative counts, searched, never scanned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import Code, wrong
from engine.stream import Key, bits, unit
from engine.timelines.rate import Rate
from engine.timelines.search import last_at_most
from engine.timelines.split import split
from engine.types import I64

_LARGEST = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When each of `count` rows happens; sorted by row.

    `edges` (bins + 1,) are instants in microseconds UTC; `offsets` (bins + 1,) count the rows before each
    edge. Inside a bin of n rows each has a slot of a whole number of microseconds, the j-th from j / n to
    (j + 1) / n of the bin, and lies in it at random: all in int64, so nothing depends on rounding. Rows times
    microseconds of a bin are below 2**62.
    """

    edges: I64
    offsets: I64
    key: Key

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.offsets[-1])

    def at(self, index: I64) -> I64:
        """The moments of rows from 0 to `count` - 1, in microseconds UTC, (n,) → (n,).

        At or after its bin's first edge, before its second. Fastest where `index` is ascending.
        """
        found = last_at_most(self.offsets, index)
        before, start = self.offsets[found], self.edges[found]
        found += 1
        return start + self._inside(index, index - before, self.offsets[found] - before, self.edges[found] - start)

    def born(self, moment: I64) -> I64:
        """How many rows have a moment at or before `moment`, (n,) → (n,); they are rows 0 … born - 1."""
        inside = np.clip(moment, self.edges[0], self.edges[-1] - 1)
        found = last_at_most(self.edges, inside)
        before, start = self.offsets[found], self.edges[found]
        found += 1
        size, length = self.offsets[found] - before, self.edges[found] - start
        after = inside - start
        place = ((after + 1) * size - 1) // length  # the last slot that begins at or before the moment
        row = before + np.maximum(place, 0)
        born: I64 = row + ((size > 0) & (self._inside(row, row - before, np.maximum(size, 1), length) <= after))
        born[moment < self.edges[0]] = 0
        born[moment >= self.edges[-1]] = self.count
        return born

    def _inside(self, index: I64, place: I64, size: I64, length: I64) -> I64:
        """Microseconds after the bin's edge of its rows number `place` of `size`, (n,) → (n,)."""
        slot = place * length
        first = slot // size
        slot += length
        slot //= size
        slot -= first
        share = unit(bits(self.key, index.view(np.uint64)))
        share *= slot
        first += share.astype(np.int64)
        return first


def moments(rate: Rate, count: int, key: Key) -> Moments:
    """Split `count` rows over the bins of a rate, so that any row's moment is known.

    Exact in number; which bin a row falls into is random, independently of all other columns. Another count
    or another rate moves every row. Raises SpecError (INFEASIBLE) for more rows in a bin than can be told apart.
    """
    if rate.scatter is None:
        offsets = split(rate.weights, count, key.child("split"))
    else:
        offsets = rate.scatter.offsets(rate.edges, rate.weights, count, key)
    fullest = int(np.argmax(np.diff(offsets)))
    rows, length = int(offsets[fullest + 1] - offsets[fullest]), int(np.diff(rate.edges).max())
    if rows * length >= _LARGEST:
        raise wrong(
            Code.INFEASIBLE,
            f"{rows:,} rows would share one bin of the timeline; {_LARGEST // length:,} is the most",
            hint="lower the count, or spread it over a longer time",
        )
    return Moments(rate.edges, offsets, key)
