"""A column that goes on from where it was: prices, positions, levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Dimension, Generator, Law, Rows, Scope
from engine.generators.condition import condition_reads
from engine.generators.moving import Moving
from engine.generators.series import Number, NumberField, SeriesKernel, in_turn, series
from engine.types import F64, FLOAT8, I64, ColumnPath, PgType, numeric

if TYPE_CHECKING:
    from engine.generators.union import AnyDistribution


class Walk(Generator):
    """A random walk over the rows of a parent: ``{walk: 100, step: {normal: {mean: 0, sd: 2}}, min: 0}``.

    A price: ``{walk: {expr: stock_id.issued_at}, step: {normal: {mean: 0, sd: 0.01}}, relative: true, round: 2}``.

    Guarantees the start in the first row of each parent, and in the others the one before and a step; what would go
    beyond `min` or `max` is reflected there. The order is that of moments, without moments that of ordinals. Rows that
    `keep` leaves out are passed through, so that dropping some moves no other. What is written is rounded, what goes on
    is not. Costs a step for each sibling, all families at once, and a family for each row where rows are read
    elsewhere. Refuses an entity that is not made `per` parent.
    """

    kind: ClassVar[str] = "walk"
    walk: NumberField = Field(description="The value in a parent's first row: a number, or {expr: …} over the row.")
    step: AnyDistribution = Field(description="The law of the steps: {normal: {mean: 0, sd: 0.2}}.")
    relative: bool = Field(default=False, description="Steps are shares of the value: 0.02 is two per cent up.")
    min: float | None = Field(None, strict=False, description="Where it is reflected below.")
    max: float | None = Field(None, strict=False, description="Where it is reflected above.")
    round: int | None = Field(None, ge=0, le=20, description="Decimal places; half away from zero.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """What the start is made from."""
        return tuple(dict.fromkeys(condition_reads(self.walk.expr))) if isinstance(self.walk, Moving) else ()

    def reads_moment(self) -> bool:
        """The order of rows is that of their moments."""
        return True

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """float8, or numeric(18, round) where `round` is given."""
        return FLOAT8 if self.round is None else numeric(18, min(self.round, 18))

    def compile(self, context: Context) -> SeriesKernel:
        """Compile the start and the law. Raises SpecError (WRONG_KIND, NOT_UNIQUE, OUT_OF_RANGE, EXPR_SYNTAX …)."""
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise wrong(Code.OUT_OF_RANGE, f"min: {self.min:g} is not below max: {self.max:g}", path=("min",))
        course = WalkCourse(
            Number.of(self.walk, context, "walk"), self._law(context), self.relative, self.min, self.max
        )
        return series(course, context, self.round, "walk")

    def _law(self, context: Context) -> Law:
        try:
            if self.step.dimension() is not Dimension.NUMBER:
                raise wrong(Code.WRONG_KIND, f"a step is a number, and this law makes {self.step.dimension()}")
            return self.step.law(context.window)
        except SpecError as error:
            raise error.under("step") from None


@dataclass(frozen=True, slots=True)
class WalkCourse:
    """Each value is the one before and a step, reflected at the bounds."""

    start: Number
    law: Law
    relative: bool
    low: float | None
    high: float | None

    def values(self, rows: Rows, u: F64, group: I64, order: I64) -> F64:
        """The values, (n,)."""
        steps = self.law.quantile(u)
        if self.relative:
            steps = steps + 1.0

        def advance(now: F64, row: I64) -> F64:
            with np.errstate(over="ignore"):  # said once, of the column
                return self.reflected(now * steps[row] if self.relative else now + steps[row])

        return in_turn(group, order, self.reflected(self.start.values(rows)), advance)

    def reflected(self, x: F64) -> F64:
        """Values beyond a bound as far inside as they were outside, back and forth between two, (n,) → (n,)."""
        if self.low is not None and self.high is not None:
            width = self.high - self.low
            away = np.fmod(np.abs(x - self.low), 2 * width)
            return self.low + np.minimum(away, 2 * width - away)
        if self.low is not None:
            return self.low + np.abs(x - self.low)
        return x if self.high is None else self.high - np.abs(self.high - x)
