"""Slots of a calendar: which of them each parent's rows take, and when these begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.errors import GenerateError
from engine.generators.base import Rows
from engine.generators.grid import Bound
from engine.generators.instants import NEVER, as_moments
from engine.stream import Key, descend, unit
from engine.types import F64, I64, U64, Bool, ColumnPath, PgType

_DRAWS = 1 << 22
"""Slots that are drawn at once: parents times slots."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Which of the slots that begin at `begins` (s,) the rows of each parent take: drawn by parent and instant."""

    begins: I64
    length: int
    key: Key

    def of(self, parents: U64, said: Said) -> Bool:
        """Whether each parent, by identity, takes each slot, by what is said of it, (p,) → (p, s)."""
        drawn = unit(descend(parents[:, None], self.begins[None, :], self.key)) < said.fill[:, None]
        inside = (self.begins >= said.begin[:, None]) & (self.begins + self.length <= said.until[:, None])
        return np.asarray(drawn & inside)

    def parts(self, size: int) -> list[slice]:
        """Parents in such numbers that not too much is drawn at once."""
        step = max(_DRAWS // max(len(self.begins), 1), 1)
        return [slice(at, min(at + step, size)) for at in range(0, size, step)]


@dataclass(frozen=True, slots=True)
class Said:
    """Between which moments each parent has slots, and which share of them is taken, (p,) each."""

    begin: I64
    until: I64
    fill: F64

    def some(self, which: I64 | slice) -> Said:
        """Those of some parents."""
        return Said(self.begin[which], self.until[which], self.fill[which])


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a parent says, or all of them do, what its slots lie between and which share is taken."""

    begin: Bound
    until: Bound
    fill: float | ColumnPath
    timezone: str
    name: str

    def of(self, rows: Rows, way: ColumnPath = ()) -> Said:
        """What is said for each row, or for the parent behind `way`, (n,); null is no begin, and a share of 0.

        Raises GenerateError for a share that is none.
        """
        edges = [Bound(edge.instant, edge.column and (*way, *edge.column)) for edge in (self.begin, self.until)]
        begin, until = (edge.of(rows, self.timezone) for edge in edges)
        begin = np.where(begin == NEVER, -NEVER, begin)
        return Said(begin, np.where(until == NEVER, self.until.instant, until), self._fill(rows, way))

    def _fill(self, rows: Rows, way: ColumnPath) -> F64:
        if not isinstance(self.fill, tuple):
            return np.full(rows.size, self.fill)
        column = rows.read((*way, *self.fill)).cast("float64").fill_null(0.0)
        found = column.to_numpy(zero_copy_only=False)
        if rows.size and not 0 <= found.min() <= found.max() <= 1:
            raise GenerateError(
                f"{self.name}: '{'.'.join(self.fill)}' is a share of slots, and some row has {found.max():g}"
            )
        return np.asarray(found, np.float64)


@dataclass(frozen=True, slots=True)
class SlotCount:
    """How many slots each parent's rows take."""

    taken: Taken
    bounds: Bounds

    def values(self, rows: Rows) -> pa.Array:
        """The numbers, (n,), of the parents that it is given."""
        said = self.bounds.of(rows)
        parts = [self.taken.of(rows.identity[p], said.some(p)).sum(axis=1) for p in self.taken.parts(rows.size)]
        return pa.array(np.concatenate(parts) if parts else np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class SlotMoment:
    """When each row's slot begins: the n-th that its parent takes."""

    taken: Taken
    bounds: Bounds
    parent: str  # the column of `per … as`
    address: str  # the parent's column that holds its identity
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The moments, (n,)."""
        address = rows.read((self.parent, self.address)).to_numpy(zero_copy_only=False).view(np.uint64)
        said = self.bounds.of(rows, (self.parent,))
        parents, first, which = np.unique(address, return_index=True, return_inverse=True)
        number = rows.read(("ordinal",)).to_numpy(zero_copy_only=False) - 1
        offsets, slots = self._taken(parents, said.some(first))
        return as_moments(self.taken.begins[slots[offsets[which] + number]], self.type, self.bounds.timezone)

    def _taken(self, parents: U64, said: Said) -> tuple[I64, I64]:
        """The slots of all parents, one after the other, and where those of each start."""
        counts: Sequence[I64] = [np.zeros(1, np.int64)]
        slots: Sequence[I64] = []
        for part in self.taken.parts(len(parents)):
            taken = self.taken.of(parents[part], said.some(part))
            counts, slots = [*counts, taken.sum(axis=1)], [*slots, np.nonzero(taken)[1]]
        return np.cumsum(np.concatenate(counts)), np.concatenate([*slots, np.empty(0, np.int64)])
