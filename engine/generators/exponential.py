"""Waiting times without memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import dimension_of, positive
from engine.generators.distribution import ByLaw, one_of, short
from engine.generators.moving import ArgumentField
from engine.maths import expm1, log
from engine.types import F64
from engine.units import QuantityField


class ExponentialArguments(BaseModel):
    """The mean, or for numbers its inverse."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    mean: ArgumentField | None = Field(None, description="The average: a number or a duration.")
    rate: float | None = Field(None, gt=0, allow_inf_nan=False, description="1 / mean, for numbers.")

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        one_of(self, "mean", "rate")
        return self


class Exponential(ByLaw):
    """The exponential law: ``exponential: 4h``, ``{mean: 12}`` or ``{rate: 0.5}``.

    The mean may be made from the row: ``{mean: {expr: shop_id.pause}}``.

    Guarantees the law to 1e-15. Refuses a mean that is not above 0.
    """

    kind: ClassVar[str] = "exponential"
    positive: ClassVar[tuple[str, ...]] = ("mean",)
    exponential: Annotated[
        ExponentialArguments,
        BeforeValidator(short("mean"), json_schema_input_type=ExponentialArguments | QuantityField),
    ] = Field(description="The mean, as a number or a duration, or ``{rate: 0.5}``.")

    def dimension(self) -> Dimension:
        """What the mean measures."""
        mean = self.exponential.mean
        return Dimension.NUMBER if mean is None else dimension_of(mean)

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The exponential law of each row."""
        return ExponentialLaw(arguments["mean"])  # type: ignore[arg-type]  # quantile works on columns

    def untruncated(self, window: Window) -> Law:
        """The exponential law. Raises SpecError."""
        if self.exponential.rate is not None:
            return ExponentialLaw(1.0 / self.exponential.rate)
        return ExponentialLaw(positive(self.exponential.mean, window, ("exponential",)))


@dataclass(frozen=True, slots=True)
class ExponentialLaw:
    """The exponential law with this mean."""

    mean: float

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
        """-mean · log(1 - u), (n,) → (n,)."""
        x = log(1.0 - u)
        x *= -self.mean
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return -float(expm1(np.array([-x / self.mean]))[0]) if x > 0 else 0.0
