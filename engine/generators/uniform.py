"""Every value between two as likely as any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Dimension, Kernel, Law, Scope, Window
from engine.generators.deal import Deal
from engine.generators.dimension import amount, shared
from engine.generators.distribution import ByLaw, Drawn, not_unique
from engine.generators.lattice import DigitLattice, Lattice, lattice_of
from engine.generators.moving import ArgumentField, Moving
from engine.types import F64, INT8, Family, PgType, value_type


class Between(BaseModel):
    """The two ends of a uniform law."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    min: ArgumentField = Field(description="The smallest value.")
    max: ArgumentField = Field(description="The largest value; where it is a timestamp, the first that is too late.")


class Uniform(ByLaw):
    """Values between two numbers, durations or moments, all equally likely.

    The ends may be made from the row: ``{min: 0, max: {expr: order_id.total}}``; then doubles are drawn.

    Guarantees equal shares for every whole number (integer columns, both ends included), every step of the
    scale or of `round` (numeric of up to 18 digits; beyond, doubles are drawn), every day (dates, both ends
    included), every microsecond (timestamps, times and intervals). `unique: true` deals out the values without
    repetition, in an order that more rows only continue. Refuses an empty span, and more unique rows than values.
    """

    kind: ClassVar[str] = "uniform"
    uniform: Between = Field(description="The two ends: ``{min: 1, max: 6}``.")

    def dimension(self) -> Dimension:
        """What both ends measure."""
        return shared({("uniform", "min"): self.uniform.min, ("uniform", "max"): self.uniform.max})

    def result(self, scope: Scope) -> PgType:
        """int8 where both ends are written as whole numbers; else as other laws."""
        whole = isinstance(self.uniform.min, int) and isinstance(self.uniform.max, int)
        return INT8 if whole and not self.round else super().result(scope)

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The uniform law of each row. Raises GenerateError where its ends are the wrong way round."""
        low, high = arguments["min"], arguments["max"]
        if np.any(np.less(high, low)):
            raise GenerateError("'uniform': in a row 'min' is above 'max'")
        return UniformLaw(low, high)  # type: ignore[arg-type]  # quantile works on columns

    def untruncated(self, window: Window) -> Law:
        """The uniform law. Raises SpecError (INFEASIBLE)."""
        low, high = amount(self.uniform.min, window), amount(self.uniform.max, window)
        if low > high:
            raise wrong(
                Code.INFEASIBLE,
                f"min {self.uniform.min} is above max {self.uniform.max}",
                path=("uniform", "min"),
                hint="swap them",
            )
        return UniformLaw(low, high)

    def whole(self, window: Window) -> Law:
        """Every whole number from the first to the last equally likely."""
        law = self.law(window)
        low, high = ceil(law.low), floor(law.high)
        if low > high:
            raise wrong(
                Code.INFEASIBLE, f"there is no whole number from {law.low:g} to {law.high:g}", path=("uniform",)
            )
        return WholeUniformLaw(float(low), float(high))

    def compile(self, context: Context) -> Kernel:
        """A draw of equally likely values. Raises SpecError."""
        if self.moving():
            return super().compile(context)
        if context.type.family is Family.FLOAT:
            if context.unique:
                raise not_unique("uniform' over a floating-point column")
            return super().compile(context)
        self.require_fit(context)
        if context.correlated is not None and not context.unique:
            return self._correlated(context)
        if not context.unique and self._is_beyond_words(context):
            return super().compile(context)
        self.law(context.window)
        return self._lattice(context)

    def places(self, context: Context) -> int | None:
        """As many as there are values of the type between the ends; None for floats. Raises SpecError."""
        lattice = self._counted(context)
        return None if lattice is None else lattice.count

    def dealt(self, context: Context, deal: Deal) -> Kernel:
        """Each row has the value of its digit. Raises SpecError."""
        lattice = self._counted(context)
        assert lattice is not None
        return DigitLattice(lattice, deal)

    def _counted(self, context: Context) -> Lattice | None:
        if self.moving() or context.type.family is Family.FLOAT or self._is_beyond_words(context):
            return None
        self.require_fit(context)
        self.law(context.window)
        found = self._lattice(replace(context, unique=False))
        return found if isinstance(found, Lattice) else None

    def _correlated(self, context: Context) -> Kernel:
        """By the quantile, for whole numbers that of whole numbers."""
        if context.type.family is not Family.INTEGER:
            return super().compile(context)
        return Drawn(self.whole(context.window), context.draw, self.result_of(context))

    def _is_beyond_words(self, context: Context) -> bool:
        """Whether steps of the column's scale are too many to count in 62 bits: then doubles are drawn."""
        if context.type.family is not Family.DECIMAL:
            return False
        ends = (amount(self.uniform.min, context.window), amount(self.uniform.max, context.window))
        return bool(max(map(abs, ends)) * 10.0 ** value_type(context.type).scale >= 2.0**62)

    def _lattice(self, context: Context) -> Kernel:
        lows = [q for q in (self.uniform.min, self.min) if q is not None and not isinstance(q, Moving)]
        highs = [q for q in (self.uniform.max, self.max) if q is not None and not isinstance(q, Moving)]
        return lattice_of(context, lows, highs, self.result_of(context))


@dataclass(frozen=True, slots=True)
class UniformLaw:
    """The continuous uniform law on [low, high]."""

    low: float
    high: float

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def mean(self) -> float:
        """The middle."""
        return self.low + (self.high - self.low) / 2

    def quantile(self, u: F64) -> F64:
        """low + (high - low) · u, (n,) → (n,)."""
        return u * (self.high - self.low) + self.low

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        if self.high == self.low:
            return float(x >= self.low)
        return min(max((x - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class WholeUniformLaw:
    """The uniform law on the whole numbers low … high."""

    low: float
    high: float

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def mean(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2

    def quantile(self, u: F64) -> F64:
        """low + ⌊(high - low + 1) · u⌋, (n,) → (n,)."""
        x = np.floor(u * (self.high - self.low + 1))
        x += self.low
        return np.minimum(x, self.high)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        if x < self.low or x >= self.high:
            return float(x >= self.high)
        return (floor(x) - self.low + 1) / (self.high - self.low + 1)
