"""A column that is another one of its row, and a delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Discriminator, Field, Tag

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.generators.base import Context, Dimension, Distribution, Generator, Law, Rows, Scope, Window
from engine.generators.distribution import not_unique
from engine.generators.result import BOUNDS
from engine.maths import half_away
from engine.stream import Key, uniform
from engine.timelines.clock import Clock, clock
from engine.types import DAY, I64, U64, ColumnPath, Family, PgType, value_type
from engine.units import Duration, DurationField
from engine.views import fixed, mask_of

if TYPE_CHECKING:
    from engine.generators.union import AnyDistribution

_LONGEST, _FARTHEST = 2.0**61, 2**62
"""Microseconds: the longest delay and the farthest base, so that their sum is an int64."""


def _tag(value: object) -> str:
    return "<law>" if isinstance(value, Mapping | Generator) else "<duration>"


class After(Generator):
    """Another moment and a delay: ``{after: placed_at, by: {lognormal: {median: 4m, sigma: 1}, max: 3d}}``.

    Guarantees a delay within the law's bounds, and null where the other column is null. `after` may lead through
    references (``order_id.placed_at``). A delay may be negative only where the law says so by a bound of its
    own. Costs one draw. Refuses columns that hold no moment, and laws that are not durations.
    """

    kind: ClassVar[str] = "after"
    after: str = Field(description="The column that it follows, of this row or through a reference.")
    by: Annotated[
        Annotated[DurationField, Tag("<duration>")] | Annotated[AnyDistribution, Tag("<law>")], Discriminator(_tag)
    ] = Field(description="The delay: a duration such as ``3d``, or a distribution of durations.")

    @property
    def path(self) -> ColumnPath:
        """The column that it follows."""
        return tuple(self.after.split("."))

    def reads(self) -> tuple[ColumnPath, ...]:
        """The column that it follows."""
        return (self.path,)

    def result(self, scope: Scope) -> PgType:
        """The type of the column that it follows."""
        return self._base(scope)

    def compile(self, context: Context) -> AfterKernel:
        """Choose the law and the clock. Raises SpecError: WRONG_KIND, OUT_OF_RANGE, CONFLICT, NOT_UNIQUE, …"""
        base = self._base(context.scope)
        if context.type.family not in (Family.TIMESTAMP, Family.DATE):
            raise wrong(
                Code.WRONG_KIND,
                f"'after' makes moments, which a column of type {context.type} cannot hold",
                path=("after",),
            )
        if context.unique:
            raise not_unique(self.kind)
        return AfterKernel(
            path=self.path,
            delay=self._delay(context.window),
            base=base,
            type=context.type,
            clock=_clock(base, context),
            key=context.key,
            name=f"{context.entity}.{context.column}",
        )

    def _delay(self, window: Window) -> Delay:
        if not isinstance(self.by, Duration):
            return Delay(0, self._law(window))
        try:
            return Delay.of(self.by)
        except SpecError as error:
            raise error.under("by") from None

    def delay_bounds(self, window: Window) -> tuple[int, int | None]:
        """The shortest and the longest delay in microseconds; None where the law has no end.

        Raises SpecError, as `compile` does.
        """
        if isinstance(self.by, Duration):
            return self.by.micros, self.by.micros
        law = self._law(window)
        return floor(law.low), ceil(law.high) if law.high < inf else None

    def _base(self, scope: Scope) -> PgType:
        try:
            base = scope.type_of(self.path)
        except SpecError as error:
            raise error.under("after") from None
        if base.family not in (Family.TIMESTAMP, Family.DATE):
            raise wrong(
                Code.WRONG_KIND,
                f"'{self.after}' is of type {base}, and only a date or timestamp can be followed",
                path=("after",),
            )
        return base

    def _law(self, window: Window) -> Law:
        assert not isinstance(self.by, Duration)
        law = self.by
        try:
            found = duration_law(law, window)
            if found.low == -inf:
                raise wrong(
                    Code.OUT_OF_RANGE,
                    f"'{law.kind}' has no smallest value, so the delay could be negative",
                    path=(law.kind,),
                    hint="give it `min: 0s` (or a negative min, if that is meant)",
                )
            return found
        except SpecError as error:
            raise error.under("by") from None


def duration_law(law: Distribution, window: Window) -> Law:
    """A law of durations, in microseconds. Raises SpecError (WRONG_KIND, CONFLICT, …)."""
    if law.dimension() is not Dimension.DURATION:
        raise wrong(
            Code.WRONG_KIND,
            f"'{law.kind}' here makes {law.dimension()}; a delay is a duration",
            path=(law.kind,),
            hint="write its arguments as durations, such as 4h",
        )
    if law.round is not None:
        raise wrong(Code.CONFLICT, "'round' is for numbers; a delay is a duration", path=("round",))
    return law.law(window)


@dataclass(frozen=True, slots=True)
class Delay:
    """A fixed number of microseconds, or a law of them."""

    fixed: int
    law: Law | None

    @staticmethod
    def of(duration: Duration) -> Delay:
        """Always the same. Raises SpecError (OUT_OF_RANGE)."""
        if abs(duration.micros) >= _LONGEST:
            days, most = (micros // DAY for micros in (duration.micros, int(_LONGEST)))
            raise wrong(Code.OUT_OF_RANGE, f"a delay of {days:,} days, where {most:,} are the most")
        return Delay(duration.micros, None)

    def draw(self, rows: Rows, key: Key, name: str) -> I64 | int:
        """Microseconds for each row, (n,), or one number for all. Raises GenerateError for absurd ones."""
        return self.drawn(rows.identity, key, name)

    def drawn(self, addresses: U64, key: Key, name: str) -> I64 | int:
        """Microseconds for each address, (n,), or one number for all. Raises GenerateError for absurd ones."""
        if self.law is None:
            return self.fixed
        drawn = half_away(self.law.quantile(uniform(key, addresses)))
        if len(drawn) and not float(np.abs(drawn).max()) < _LONGEST:
            raise GenerateError(f"{name}: a delay of {np.abs(drawn).max() / DAY:g} days; give its law a `max:`")
        return drawn.astype(np.int64)


@dataclass(frozen=True, slots=True)
class AfterKernel:
    """Adds a delay to a column, in UTC between timestamps with time zone, else on the wall clock."""

    path: ColumnPath
    delay: Delay
    base: PgType
    type: PgType
    clock: Clock | None
    key: Key
    name: str

    def values(self, rows: Rows) -> pa.Array:
        """The moments, (n,). Raises GenerateError where one does not fit the type."""
        column = rows.read(self.path)
        found = self._micros(column) + self.delay.draw(rows, self.key, self.name)
        if self.clock is not None:
            zoned = self.type.name == "timestamptz"
            found = self.clock.instant(found) if zoned else self.clock.wall(found)
        nulls = mask_of(column)
        self._require_fit(found if nulls is None else found[~nulls])
        if self.type.family is Family.DATE:
            return pa.array((found // DAY).astype(np.int32), mask=nulls).view(pa.date32())
        return pa.array(found, mask=nulls).view(value_type(self.type))

    def _micros(self, column: pa.Array) -> I64:
        """Microseconds since 1970, (n,); 0 for null."""
        dates = self.base.family is Family.DATE
        units, nulls = fixed(column, "<i4" if dates else "<i8"), mask_of(column)
        units = units if nulls is None else np.where(nulls, 0, units)
        unit = DAY if dates else 1
        if len(units) and not (units.min() >= -_FARTHEST // unit and units.max() <= _FARTHEST // unit):
            raise GenerateError(f"{self.name}: {'.'.join(self.path)} lies more than 146,000 years from 1970")
        micros: I64 = units.astype(np.int64) * unit
        return micros

    def _require_fit(self, found: I64) -> None:
        low, high = BOUNDS[self.type.name]
        if len(found) and not (found.min() >= low and found.max() <= high):
            raise GenerateError(f"{self.name}: a moment does not fit {self.type}; give the delay's law a `max:`")


def _clock(base: PgType, context: Context) -> Clock | None:
    """The clock of the scenario's zone where one of the two columns has a time zone and the other has not."""
    if (base.name == "timestamptz") == (context.type.name == "timestamptz"):
        return None
    return clock(context.window.timezone)
