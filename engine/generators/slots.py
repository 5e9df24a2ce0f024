"""Slots of a calendar: which there are, which of them each parent's rows take, and when these begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.expressions.civil import iso_weekday
from engine.generators.base import Rows
from engine.generators.grid import Bound
from engine.generators.instants import NEVER, as_moments
from engine.stream import Key, descend, unit
from engine.timelines.clock import clock
from engine.types import DAY, I64, U64, Bool, ColumnPath, PgType

_DRAWS = 1 << 22
"""Slots that are drawn at once: parents times slots."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of a day, in microseconds of the wall clock from midnight; half-open."""

    begin: int
    end: int

    def __str__(self) -> str:
        """As they are written: 08:00-12:00."""
        begin, end = (f"{at // 3_600_000_000:02}:{at // 60_000_000 % 60:02}" for at in (self.begin, self.end))
        return f"{begin}-{end}"


@dataclass(frozen=True, slots=True)
class Opening:
    """When there are slots: hours of a day, weekdays from Monday on, days since 1970 without any, and lengths."""

    hours: tuple[Hours, ...]
    weekdays: tuple[bool, ...]
    closed: tuple[int, ...]
    length: int
    gap: int

    def slots(self, start: int, end: int, timezone: str) -> I64:
        """When the slots between two instants begin, ascending microseconds UTC, (s,)."""
        begins, counts = self._openings(start, end, timezone)
        offsets = np.concatenate(([0], np.cumsum(counts)))
        which = np.repeat(np.arange(len(counts)), counts)
        found = begins[which] + (np.arange(offsets[-1]) - offsets[which]) * (self.length + self.gap)
        return np.asarray(found[(found >= start) & (found + self.length <= end)], np.int64)

    def most(self, start: int, end: int, timezone: str) -> int:
        """How many slots the days from one instant to the other have."""
        return int(self._openings(start, end, timezone)[1].sum())

    def _openings(self, start: int, end: int, timezone: str) -> tuple[I64, I64]:
        """When the hours of all days begin, and how many slots they have."""
        local = clock(timezone)
        first, last = (int(local.wall(np.array([at]))[0]) // DAY for at in (start, end))
        days = np.arange(first, last + 1)
        days = days[np.array(self.weekdays)[iso_weekday(days) - 1] & ~np.isin(days, np.array(self.closed, np.int64))]
        begins = local.instant(np.stack([days * DAY + hours.begin for hours in self.hours], axis=1).reshape(-1))
        ends = local.instant(np.stack([days * DAY + hours.end for hours in self.hours], axis=1).reshape(-1))
        return begins, np.maximum((ends - begins + self.gap) // (self.length + self.gap), 0)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Which of the slots that begin at `begins` (s,) the rows of each parent take: drawn by parent and instant."""

    begins: I64
    length: int
    fill: float
    key: Key

    def of(self, parents: U64, start: I64, end: I64) -> Bool:
        """Whether each parent, by identity, takes each slot between its own start and end, (p,) → (p, s)."""
        drawn = unit(descend(parents[:, None], self.begins[None, :], self.key)) < self.fill
        inside = (self.begins[None, :] >= start[:, None]) & (self.begins[None, :] + self.length <= end[:, None])
        return np.asarray(drawn & inside)

    def parts(self, size: int) -> list[slice]:
        """Parents in such numbers that not too much is drawn at once."""
        step = max(_DRAWS // max(len(self.begins), 1), 1)
        return [slice(at, min(at + step, size)) for at in range(0, size, step)]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which moments a parent has slots."""

    begin: Bound
    until: Bound
    timezone: str

    def of(self, rows: Rows, way: ColumnPath = ()) -> tuple[I64, I64]:
        """Both for each row, or for the parent behind `way`, (n,); where the first is null nothing lies between."""
        edges = [Bound(edge.instant, edge.column and (*way, *edge.column)) for edge in (self.begin, self.until)]
        begin, until = (edge.of(rows, self.timezone) for edge in edges)
        return begin, np.where(until == NEVER, self.until.instant, until)


@dataclass(frozen=True, slots=True)
class SlotCount:
    """How many slots each parent's rows take."""

    taken: Taken
    bounds: Bounds

    def values(self, rows: Rows) -> pa.Array:
        """The numbers, (n,), of the parents that it is given."""
        begin, until = self.bounds.of(rows)
        parts = [self.taken.of(rows.identity[p], begin[p], until[p]).sum(axis=1) for p in self.taken.parts(rows.size)]
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
        begin, until = self.bounds.of(rows, (self.parent,))
        parents, first, which = np.unique(address, return_index=True, return_inverse=True)
        number = rows.read(("ordinal",)).to_numpy(zero_copy_only=False) - 1
        offsets, slots = self._taken(parents, begin[first], until[first])
        return as_moments(self.taken.begins[slots[offsets[which] + number]], self.type, self.bounds.timezone)

    def _taken(self, parents: U64, begin: I64, until: I64) -> tuple[I64, I64]:
        """The slots of all parents, one after the other, and where those of each start."""
        counts: Sequence[I64] = [np.zeros(1, np.int64)]
        slots: Sequence[I64] = []
        for part in self.taken.parts(len(parents)):
            taken = self.taken.of(parents[part], begin[part], until[part])
            counts, slots = [*counts, taken.sum(axis=1)], [*slots, np.nonzero(taken)[1]]
        return np.cumsum(np.concatenate(counts)), np.concatenate([*slots, np.empty(0, np.int64)])
