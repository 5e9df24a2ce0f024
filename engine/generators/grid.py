"""Regular grids of moments: steps of elapsed time, or of days and months on the wall clock; all of it arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.expressions.civil import add_months, civil
from engine.generators.base import Rows
from engine.generators.instants import NEVER, as_moments, instants
from engine.stream import Key, below
from engine.timelines.clock import clock
from engine.types import DAY, I64, ColumnPath, PgType

_SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Steps:
    """The distance between two rows: so many months, or days, or microseconds; one of them is not 0."""

    months: int = 0
    days: int = 0
    micros: int = 0

    @property
    def shortest(self) -> int:
        """The least distance in microseconds, an hour of daylight saving not counted."""
        return (self.months * _SHORTEST_MONTH + self.days) * DAY + self.micros

    def at(self, begin: I64, number: I64, timezone: str) -> I64:
        """The instant `number` steps after `begin`, (n,) microseconds UTC."""
        if self.micros:
            return begin + number * self.micros
        local = clock(timezone)
        wall = local.wall(begin)
        moved = add_months(wall, number * self.months) if self.months else wall + number * self.days * DAY
        found: I64 = local.instant(moved)
        return found

    def before(self, begin: I64, until: I64, timezone: str) -> I64:
        """How many rows lie from `begin` on and before `until`, (n,)."""
        if self.micros:
            return _above_zero(-((begin - until) // self.micros))
        local = clock(timezone)
        start, end = local.wall(begin), local.wall(until)
        if not self.months:
            return _above_zero(-((start - end) // (self.days * DAY)))
        months = _months(end) - _months(start)
        whole = months // self.months
        reached = whole * self.months < months  # the last row lies in an earlier month than the end
        found = whole + (reached | (add_months(start, whole * self.months) < end))
        return np.where(end > start, _above_zero(found), 0)


def _above_zero(number: I64) -> I64:
    return np.asarray(np.maximum(number, 0))


def _months(wall: I64) -> I64:
    year, month, _ = civil(wall // DAY)
    return year * 12 + month


@dataclass(frozen=True, slots=True)
class Bound:
    """An edge of a grid: a column of the parent, and what stands for null and is never passed; or that alone."""

    instant: int
    column: ColumnPath | None

    def of(self, parents: Rows, timezone: str) -> I64:
        """The edge for each parent, (n,) microseconds UTC; `NEVER` for null."""
        if self.column is None:
            return np.full(parents.size, self.instant, np.int64)
        return instants(parents.read(self.column), timezone)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the children of each parent lie."""

    steps: Steps
    begin: Bound
    until: Bound
    timezone: str

    def counts(self, parents: Rows) -> I64:
        """How many rows each parent has, (n,)."""
        begin, until = self.begin.of(parents, self.timezone), self.until.of(parents, self.timezone)
        until = np.where(until == NEVER, self.until.instant, np.minimum(until, self.until.instant))
        some = begin != NEVER
        found = self.steps.before(np.where(some, begin, until), until, self.timezone)
        return np.where(some, found, 0)


@dataclass(frozen=True, slots=True)
class GridCount:
    """The number of children that a grid gives each parent."""

    grid: Grid

    def values(self, rows: Rows) -> pa.Array:
        """The numbers, (n,), of the parents that it is given."""
        return pa.array(self.grid.counts(rows))


@dataclass(frozen=True, slots=True)
class GridMoment:
    """The moment of each child of a parent: its place on the grid and a delay below `jitter`."""

    grid: Grid
    parent: str  # the column of `per … as`
    jitter: int
    type: PgType
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The moments, (n,)."""
        column = self.grid.begin.column
        if column is None:
            begin = np.full(rows.size, self.grid.begin.instant, np.int64)
        else:
            begin = instants(rows.read((self.parent, *column)), self.grid.timezone)
        number = rows.read(("ordinal",)).to_numpy() - 1
        found = self.grid.steps.at(begin, number, self.grid.timezone)
        if self.jitter:
            found = found + below(self.key, rows.identity, self.jitter)
        return as_moments(found, self.type, self.grid.timezone)
