"""Prices, waiting times, sizes: positive, most of them small, a few very large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import dimension_of, positive
from engine.generators.distribution import ByLaw, one_of
from engine.generators.moving import ArgumentField
from engine.maths import exp, log, ndtr, ndtri
from engine.types import F64


class LognormalArguments(BaseModel):
    """The middle, said in one of three ways, and the spread."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    median: ArgumentField | None = Field(None, description="Half of the values lie below: a number or a duration.")
    mean: ArgumentField | None = Field(None, description="The average: a number or a duration.")
    mu: float | None = Field(None, ge=-700, le=700, description="The mean of the logarithm.")
    sigma: float = Field(gt=0, le=20, description="The standard deviation of the logarithm; 0.7 is a wide shop.")

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        one_of(self, "median", "mean", "mu")
        return self


class Lognormal(ByLaw):
    """The law of values whose logarithm is normal, by `median`, `mean` or `mu`, and `sigma`.

    `median` or `mean` may be made from the row: ``{median: {expr: device_id.base}, sigma: 0.3}``.

    Guarantees the law to 1e-13. Refuses a middle that is not above 0.
    """

    kind: ClassVar[str] = "lognormal"
    positive: ClassVar[tuple[str, ...]] = ("median", "mean")
    lognormal: LognormalArguments = Field(description="Middle and spread: ``{median: 24, sigma: 0.7}``.")

    def dimension(self) -> Dimension:
        """What the median or mean measures."""
        middle = self.lognormal.median if self.lognormal.mean is None else self.lognormal.mean
        return Dimension.NUMBER if middle is None else dimension_of(middle)

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The lognormal law of each row."""
        sigma = self.lognormal.sigma
        median = arguments["median"] if "median" in arguments else arguments["mean"] * _exp(-sigma * sigma / 2)
        return LognormalLaw(median, sigma)  # type: ignore[arg-type]  # quantile works on columns

    def untruncated(self, window: Window) -> Law:
        """The lognormal law. Raises SpecError."""
        given, sigma = self.lognormal, self.lognormal.sigma
        if given.median is not None:
            return LognormalLaw(positive(given.median, window, ("lognormal", "median")), sigma)
        if given.mean is not None:
            mean = positive(given.mean, window, ("lognormal", "mean"))
            return LognormalLaw(mean * _exp(-sigma * sigma / 2), sigma)
        return LognormalLaw(_exp(given.mu or 0.0), sigma)


@dataclass(frozen=True, slots=True)
class LognormalLaw:
    """The lognormal law with this median and this standard deviation of the logarithm."""

    median: float
    sigma: float

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def mean(self) -> float:
        """median · e^(sigma² / 2)."""
        return self.median * _exp(self.sigma * self.sigma / 2)

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """Without bound."""
        return inf

    def quantile(self, u: F64) -> F64:
        """median · e^(sigma · Φ⁻¹(u)), (n,) → (n,)."""
        x = exp(ndtri(u) * self.sigma)
        x *= self.median
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return ndtr(float(log(np.array([x / self.median]))[0]) / self.sigma) if x > 0 else 0.0


def _exp(x: float) -> float:
    return float(exp(np.array([x]))[0])
