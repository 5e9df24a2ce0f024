"""Waiting for several things: positive, humped, less wild than lognormal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import dimension_of, positive
from engine.generators.distribution import ByLaw, one_of
from engine.generators.tabulated import Curve, share_below, tabulate
from engine.maths import exp, expm1
from engine.types import F64
from engine.units import QuantityField


class GammaArguments(BaseModel):
    """The shape, and the mean or the scale."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    shape: float = Field(ge=0.01, le=1e6, description="1 is exponential; larger is narrower: sd / mean is 1 / √shape.")
    mean: QuantityField | None = Field(None, description="The average: a number or a duration.")
    scale: QuantityField | None = Field(None, description="mean / shape, instead of the mean.")

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        one_of(self, "mean", "scale")
        return self


class Gamma(ByLaw):
    """The gamma law, by `shape` and `mean` or `scale`.

    Guarantees the law to 1e-6 in probability. Costs a table made at compile time, some 10 ms.
    """

    kind: ClassVar[str] = "gamma"
    gamma: GammaArguments = Field(description="Shape and mean: ``{shape: 2, mean: 3d}``.")

    def dimension(self) -> Dimension:
        """What the mean or the scale measures."""
        middle = self.gamma.mean if self.gamma.scale is None else self.gamma.scale
        return Dimension.NUMBER if middle is None else dimension_of(middle)

    def untruncated(self, window: Window) -> Law:
        """The gamma law. Raises SpecError."""
        shape = self.gamma.shape
        if self.gamma.scale is not None:
            return GammaLaw(shape, positive(self.gamma.scale, window, ("gamma", "scale")) * shape, _curve(shape))
        return GammaLaw(shape, positive(self.gamma.mean, window, ("gamma", "mean")), _curve(shape))


@dataclass(frozen=True, slots=True, eq=False)
class GammaLaw:
    """The gamma law; `curve` is the quantile of log(x / mean)."""

    shape: float
    mean: float
    curve: Curve

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """Without bound."""
        return inf

    def quantile(self, u: F64) -> F64:
        """mean · e^curve(u), (n,) → (n,)."""
        x = exp(self.curve.quantile(u))
        x *= self.mean
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return share_below(self.quantile, x) if x > 0 else 0.0


@lru_cache(maxsize=32)
def _curve(shape: float) -> Curve:
    """With s = log(x / mean), the density of s is proportional to exp(shape · (s - (e^s - 1)))."""
    return tabulate(lambda s: shape * (s - expm1(s)), peak=0.0)
