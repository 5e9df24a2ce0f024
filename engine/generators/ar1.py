"""A column that comes back to its mean: what is measured again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import GenerateError, SpecError
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.condition import condition_reads
from engine.generators.moving import Moving
from engine.generators.series import Number, NumberField, SeriesKernel, in_turn, series
from engine.maths import ndtri
from engine.types import F64, FLOAT8, I64, ColumnPath, PgType, numeric


class Ar1Arguments(BaseModel):
    """Where it comes back to, how far it strays, and how much of that is left a row later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    mean: NumberField = Field(0.0, description="What it comes back to: a number, or {expr: …} over the row.")
    sd: NumberField = Field(description="The standard deviation around the mean.")
    phi: float = Field(gt=-1, lt=1, description="The correlation of a row with the one before it.")


class Ar1(Generator):
    """A stationary autoregression over the rows of a parent: ``{ar1: {mean: 20, sd: 3, phi: 0.95}}``, a sensor.

    Guarantees the mean and the standard deviation in every row, the first as any other, and a correlation of phiᵏ
    between rows that are k apart; each parent has a series of its own, in the order of moments, without moments in that
    of ordinals. Rows that `keep` leaves out are passed through, so that dropping some moves no other. Costs a step for
    each sibling, all families at once, and a family for each row where rows are read elsewhere. Refuses an entity that
    is not made `per` parent.
    """

    kind: ClassVar[str] = "ar1"
    ar1: Ar1Arguments = Field(
        description="Its mean, its standard deviation sd, and phi, the correlation with the row before."
    )
    round: int | None = Field(None, ge=0, le=20, description="Decimal places; half away from zero.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """What the arguments are made from."""
        made = [argument.expr for argument in (self.ar1.mean, self.ar1.sd) if isinstance(argument, Moving)]
        return tuple(dict.fromkeys(path for text in made for path in condition_reads(text)))

    def reads_moment(self) -> bool:
        """The order of rows is that of their moments."""
        return True

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """float8, or numeric(18, round) where `round` is given."""
        return FLOAT8 if self.round is None else numeric(18, min(self.round, 18))

    def compile(self, context: Context) -> SeriesKernel:
        """Compile the arguments. Raises SpecError (WRONG_KIND, NOT_UNIQUE, EXPR_SYNTAX …)."""
        try:
            mean, sd = (Number.of(getattr(self.ar1, name), context, name) for name in ("mean", "sd"))
        except SpecError as error:
            raise error.under("ar1") from None
        return series(Ar1Course(mean, sd, self.ar1.phi), context, self.round, "ar1")


@dataclass(frozen=True, slots=True)
class Ar1Course:
    """x = mean + sd · s, where s is phi times the one before it and as much chance as keeps its variance at 1."""

    mean: Number
    sd: Number
    phi: float

    def values(self, rows: Rows, u: F64, group: I64, order: I64) -> F64:
        """The values, (n,). Raises GenerateError for a negative standard deviation."""
        chance, rest = ndtri(u), np.sqrt(1 - self.phi * self.phi)
        sd = self.sd.values(rows)
        if len(sd) and sd.min() < 0:
            raise GenerateError(f"{self.sd.where} is {sd.min():g} in a row; it must be 0 or more")
        strays = in_turn(group, order, chance, lambda now, row: self.phi * now + rest * chance[row])
        return self.mean.values(rows) + sd * strays
