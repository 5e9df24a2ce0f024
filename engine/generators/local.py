"""Moments on each row's own clock: the wall time that the scenario's clock shows, shown by that of another zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.expressions.zones import Zone, zone_table
from engine.generators.base import Context, Generator, Rows, Scope, Window
from engine.generators.instants import as_moments, instants
from engine.types import DAY, I64, TIMESTAMPTZ, ColumnPath, Family, PgType

SHORTEST = 3 * DAY
"""Windows in which no shift leads past both ends."""

_HOUR = DAY // 24
_FARTHEST = 32 * _HOUR
"""No two clocks ever differed by more: local times before the zones went from -15:56 (Manila) to +15:13 (Alaska)."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The least and the most that a zone's clock may lead a row away from where the scenario's clock has it."""

    low: int
    high: int

    @staticmethod
    def of(zones: Iterable[str] | None, window: Window) -> Shift:
        """Of these zones, or of all that there are, within a window; microseconds."""
        if zones is None:
            return Shift(-_FARTHEST, _FARTHEST)
        own = _offsets(window.timezone, window)
        theirs = np.concatenate([own, *(_offsets(name, window) for name in zones)])
        return Shift(int(own.min() - theirs.max()), int(own.max() - theirs.min()))


def _offsets(name: str, window: Window) -> I64:
    """The offsets of a zone in a window and two days around it."""
    table = zone_table(name)
    around = np.array([window.start - 2 * DAY, window.end + 2 * DAY])
    first, last = np.searchsorted(table.instants, around, side="right").tolist()
    return table.offsets[first : last + 1]


class LocalMoment(Generator):
    """The column that `moment` with `local_to` fills."""

    kind = "moment"
    base: ColumnPath
    zone: ColumnPath

    def reads(self) -> tuple[ColumnPath, ...]:
        """The moment on the scenario's clock, and the zone."""
        return (self.base, self.zone)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """An instant."""
        return TIMESTAMPTZ

    def compile(self, context: Context) -> LocalKernel:
        """Check the column of the zone. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND, INFEASIBLE)."""
        path, window = ".".join(self.zone), context.window
        if context.type.family not in (Family.TIMESTAMP, Family.DATE):
            message = f"a moment is a timestamp or a date, and '{context.column}' is {context.type}"
            raise wrong(Code.WRONG_KIND, message, path=("column",))
        if window.end - window.start < SHORTEST:
            message = (
                "the window is shorter than 3 days, so what a zone's clock moves out of it could not be moved back"
            )
            raise wrong(Code.INFEASIBLE, message, path=("local_to",), hint="lengthen the window")
        try:
            found = context.scope.type_of(self.zone)
        except SpecError as error:
            raise error.under("local_to") from None
        if found.family is not Family.TEXT or found.array:
            message = f"'{path}' is {found}, and a time zone is the text of its name, such as Europe/Berlin"
            raise wrong(Code.WRONG_KIND, message, path=("local_to",))
        where = f"{context.entity}.{context.column}"
        return LocalKernel(self.base, self.zone, window.start, window.end, window.timezone, context.type, where)


class Earliest(Generator):
    """The earliest that the moment of a row can be, whatever its zone: who is there then is there at its moment."""

    kind = "earliest"
    base: ColumnPath
    zones: tuple[str, ...] | None

    def reads(self) -> tuple[ColumnPath, ...]:
        """The moment on the scenario's clock."""
        return (self.base,)

    def compile(self, context: Context) -> EarliestKernel:
        """Bound the shift."""
        return self.kernel(context.window)

    def kernel(self, window: Window) -> EarliestKernel:
        """The same, without what else a column is told."""
        return EarliestKernel(self.base, Shift.of(self.zones, window), window)


@dataclass(frozen=True, slots=True)
class LocalKernel:
    """Moves moments to where another clock shows the same; null is the scenario's own zone."""

    base: ColumnPath
    zone: ColumnPath
    start: int
    end: int
    timezone: str
    type: PgType
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """The moments, (n,), all in [start, end). Raises GenerateError for a name that is no zone's."""
        found: I64 = np.array(instants(rows.read(self.base), self.timezone))
        wall = zone_table(self.timezone).wall(found)
        for name, places in by_name(rows.read(self.zone)):
            if name != self.timezone:
                found[places] = self._shown(wall[places], self._table(name, rows, places))
        return as_moments(found, self.type, self.timezone)

    def _table(self, name: str, rows: Rows, places: I64) -> Zone:
        try:
            return zone_table(name)
        except ValueError:
            row, said = int(rows.index[places[0]]) + 1, name[:60]
            raise GenerateError(
                f"{self.where}: '{'.'.join(self.zone)}' is '{said}' in row {row:,}, which is no time zone"
            ) from None

    def _shown(self, wall: I64, zone: Zone) -> I64:
        """When a zone's clock shows these times; what is outside goes round by whole days, then back by one."""
        found = zone.instant(wall)
        for days in ((self.end - self.start) // DAY, 1, 1):
            turn = (found < self.start).astype(np.int64) - (found >= self.end)
            if not turn.any():
                break
            wall = wall + turn * (days * DAY)
            found = zone.instant(wall)
        return found


def by_name(names: pa.Array) -> Iterator[tuple[str, I64]]:
    """Each distinct text of a column that is not null, and where it stands, ascending."""
    coded = names.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    for number, name in enumerate(coded.dictionary.to_pylist()):
        yield name, order[starts[number] : starts[number + 1]]


@dataclass(frozen=True, slots=True)
class EarliestKernel:
    """A bound below the moments that `LocalKernel` makes, which are never before the window."""

    base: ColumnPath
    shift: Shift
    window: Window

    def values(self, rows: Rows) -> pa.Array:
        """For each row, (n,), a timestamptz."""
        found = self.bound(instants(rows.read(self.base), self.window.timezone))
        return as_moments(found, TIMESTAMPTZ, self.window.timezone)

    def bound(self, base: I64) -> I64:
        """The earliest moment for one on the scenario's clock, (n,) → (n,); what may go round is as early as any."""
        start, end = self.window.start, self.window.end
        round_ = base + self.shift.high >= end
        return np.where(round_, start, np.maximum(base + self.shift.low, start))
