"""Few have most: incomes, file sizes, the worth of customers."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import dimension_of, positive
from engine.generators.distribution import ByLaw
from engine.maths import exp, log, power
from engine.types import F64
from engine.units import QuantityField


class ParetoArguments(BaseModel):
    """The smallest value, and how fast larger ones get rare."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    scale: QuantityField = Field(description="The smallest value: a number or a duration.")
    alpha: float = Field(ge=0.01, le=1e6, description="Twice as much is 2^alpha times rarer; 1.16 is 80 to 20.")


class Pareto(ByLaw):
    """Pareto's law: the share of values above x is (scale / x)^alpha.

    Guarantees the law to 1e-14. Has no mean for alpha ≤ 1: give such a law a `max`.
    """

    kind: ClassVar[str] = "pareto"
    pareto: ParetoArguments = Field(description="Smallest value and steepness: ``{scale: 10, alpha: 1.5}``.")

    def dimension(self) -> Dimension:
        """What the scale measures."""
        return dimension_of(self.pareto.scale)

    def untruncated(self, window: Window) -> Law:
        """Pareto's law. Raises SpecError."""
        return ParetoLaw(positive(self.pareto.scale, window, ("pareto", "scale")), self.pareto.alpha)


@dataclass(frozen=True, slots=True)
class ParetoLaw:
    """Pareto's law of the first kind."""

    scale: float
    alpha: float

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def mean(self) -> float:
        """alpha · scale / (alpha - 1), or infinity."""
        return self.alpha * self.scale / (self.alpha - 1) if self.alpha > 1 else inf

    @property
    def low(self) -> float:
        """The scale."""
        return self.scale

    @property
    def high(self) -> float:
        """Without bound."""
        return inf

    def quantile(self, u: F64) -> F64:
        """scale · (1 - u)^(-1 / alpha), (n,) → (n,); infinite beyond the doubles."""
        x = exp(log(1.0 - u) / -self.alpha)
        with np.errstate(over="ignore"):
            x *= self.scale
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return 1.0 - float(power(np.array([self.scale / x]), self.alpha)[0]) if x > self.scale else 0.0
