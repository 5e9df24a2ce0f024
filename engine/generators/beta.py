"""Shares and scores: between two ends, humped anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Code, wrong
from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import amount, shared
from engine.generators.distribution import ByLaw
from engine.generators.tabulated import Curve, share_below, tabulate
from engine.maths import exp, log, log1p
from engine.types import F64
from engine.units import QuantityField


class BetaArguments(BaseModel):
    """Two shapes and two ends."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    alpha: float = Field(ge=0.01, le=1e6, description="Larger moves values up; the mean is alpha / (alpha + beta).")
    beta: float = Field(ge=0.01, le=1e6, description="Larger moves values down.")
    low: QuantityField = Field(0, description="The lower end: a number, a duration or a moment.")
    high: QuantityField = Field(1, description="The upper end.")


class Beta(ByLaw):
    """The beta law between `low` and `high`, which are 0 and 1 unless said otherwise.

    Guarantees the law to 1e-6 in probability. Costs a table made at compile time, some 10 ms.
    """

    kind: ClassVar[str] = "beta"
    beta: BetaArguments = Field(description="Shapes and ends: ``{alpha: 2, beta: 5, low: 0, high: 100}``.")

    def dimension(self) -> Dimension:
        """What both ends measure."""
        return shared({("beta", "low"): self.beta.low, ("beta", "high"): self.beta.high})

    def untruncated(self, window: Window) -> Law:
        """The beta law. Raises SpecError (INFEASIBLE)."""
        low, high = amount(self.beta.low, window), amount(self.beta.high, window)
        if low >= high:
            message = f"low {self.beta.low} is not below high {self.beta.high}"
            raise wrong(Code.INFEASIBLE, message, path=("beta", "low"), hint="swap them, or use a constant")
        return BetaLaw(self.beta.alpha, self.beta.beta, low, high, _curve(self.beta.alpha, self.beta.beta))


@dataclass(frozen=True, slots=True, eq=False)
class BetaLaw:
    """The beta law; `curve` is the quantile of log(x / (1 - x)) between 0 and 1."""

    alpha: float
    beta: float
    low: float
    high: float
    curve: Curve

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def mean(self) -> float:
        """The share alpha / (alpha + beta) of the way from low to high."""
        return self.low + (self.high - self.low) * self.alpha / (self.alpha + self.beta)

    def quantile(self, u: F64) -> F64:
        """low + (high - low) / (1 + e^-curve(u)), (n,) → (n,)."""
        x = exp(-self.curve.quantile(u))
        x += 1.0
        np.divide(self.high - self.low, x, out=x)
        x += self.low
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        if x >= self.high:
            return 1.0
        return share_below(self.quantile, x) if x > self.low else 0.0


@lru_cache(maxsize=32)
def _curve(alpha: float, beta: float) -> Curve:
    """With t = log(x / (1 - x)), the density of t is proportional to e^(alpha · t) / (1 + e^t)^(alpha + beta)."""
    peak = float(log(np.array([alpha / beta]))[0])
    return tabulate(lambda t: alpha * t - (alpha + beta) * (np.maximum(t, 0.0) + log1p(exp(-np.abs(t)))), peak)
