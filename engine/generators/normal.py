"""The bell curve around a number, a length of time or a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import amount, dimension_of, positive, require
from engine.generators.distribution import ByLaw
from engine.generators.moving import ArgumentField
from engine.maths import ndtr, ndtri
from engine.types import F64


class NormalArguments(BaseModel):
    """Where the middle is, and how wide."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    mean: ArgumentField = Field(description="The middle: a number, a duration or a moment.")
    sd: ArgumentField = Field(description="The standard deviation; a duration where the mean is a moment.")


class Normal(ByLaw):
    """The normal law: two in three values lie within one standard deviation of the mean.

    Both arguments may be made from the row, if nothing cuts it: ``{normal: {mean: {expr: device_id.base}, sd: 0.2}}``.

    Guarantees the law to 1e-14. Refuses columns too narrow for a value that comes: give `min` and `max`.
    """

    kind: ClassVar[str] = "normal"
    positive: ClassVar[tuple[str, ...]] = ("sd",)
    normal: NormalArguments = Field(description="Middle and width: ``{mean: 170, sd: 8}``.")

    def dimension(self) -> Dimension:
        """What the mean measures."""
        found = dimension_of(self.normal.mean)
        width = Dimension.DURATION if found is Dimension.MOMENT else found
        require(self.normal.sd, width, ("normal", "sd"))
        return found

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The normal law of each row."""
        return NormalLaw(arguments["mean"], arguments["sd"])  # type: ignore[arg-type]  # quantile works on columns

    def untruncated(self, window: Window) -> Law:
        """The normal law. Raises SpecError."""
        sd = positive(self.normal.sd, window, ("normal", "sd"))
        return NormalLaw(amount(self.normal.mean, window), sd)


@dataclass(frozen=True, slots=True)
class NormalLaw:
    """The normal law with this mean and standard deviation."""

    mean: float
    sd: float

    @property
    def discrete(self) -> bool:
        """Never."""
        return False

    @property
    def low(self) -> float:
        """Without bound."""
        return -inf

    @property
    def high(self) -> float:
        """Without bound."""
        return inf

    def quantile(self, u: F64) -> F64:
        """mean + sd · Φ⁻¹(u), (n,) → (n,)."""
        x = ndtri(u)
        x *= self.sd
        x += self.mean
        return x

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return ndtr((x - self.mean) / self.sd)
