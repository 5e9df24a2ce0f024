"""A law as it was seen: values that cut it into equally likely parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from engine.errors import Code, wrong
from engine.generators.base import Dimension, Law, Window
from engine.generators.dimension import amount, shared
from engine.generators.distribution import ByLaw
from engine.types import F64
from engine.units import QuantityField

MOST_QUANTILES = 1_001


class Quantiles(ByLaw):
    """The law that has these quantiles: ``quantiles: [0, 0, 4, 9.5, 80]``, the least value, …, the greatest.

    Between each value and the next lies the same share of all draws, evenly spread; a value that stands twice has a
    share of its own, so that in four parts a quarter of the draws above is 0. Takes numbers, durations or moments, and
    what PostgreSQL's ``histogram_bounds`` are. Guarantees the law to 2⁻⁵². Refuses values that do not ascend.
    """

    kind: ClassVar[str] = "quantiles"
    quantiles: tuple[QuantityField, ...] = Field(
        min_length=2, max_length=MOST_QUANTILES, strict=False, description="Values in ascending order: 2 to 1,001."
    )

    def dimension(self) -> Dimension:
        """What the values measure. Raises SpecError (WRONG_KIND) where they differ in that."""
        return shared({("quantiles", number): value for number, value in enumerate(self.quantiles)})

    def untruncated(self, window: Window) -> Law:
        """The law. Raises SpecError (INFEASIBLE)."""
        edges = np.array([amount(value, window) for value in self.quantiles])
        falls = np.flatnonzero(edges[1:] < edges[:-1])
        if len(falls):
            at = int(falls[0]) + 1
            raise wrong(
                Code.INFEASIBLE,
                f"{self.quantiles[at]} comes after {self.quantiles[at - 1]}, which is greater",
                path=("quantiles", at),
                hint="write the values in ascending order",
            )
        return QuantilesLaw(edges)


@dataclass(frozen=True, slots=True, eq=False)
class QuantilesLaw:
    """The law whose distribution function rises by the same from each edge to the next, in a straight line."""

    edges: F64

    @property
    def discrete(self) -> bool:
        """Never: values between two others come, too."""
        return False

    @property
    def low(self) -> float:
        """The first value."""
        return float(self.edges[0])

    @property
    def high(self) -> float:
        """The last value."""
        return float(self.edges[-1])

    @property
    def mean(self) -> float:
        """The mean of the parts' middles."""
        middles = self.edges[:-1] + (self.edges[1:] - self.edges[:-1]) / 2
        return float(np.cumsum(middles)[-1] / len(middles))

    def quantile(self, u: F64) -> F64:
        """From the edge below by the same share of the part as u lies in it, (n,) → (n,)."""
        place = u * (len(self.edges) - 1)
        part = np.minimum(place.astype(np.int64), len(self.edges) - 2)
        place -= part
        below = self.edges.take(part)
        place *= self.edges.take(part + 1) - below
        place += below
        return place

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        parts = len(self.edges) - 1
        part = int(np.searchsorted(self.edges, x, side="right")) - 1
        if part < 0 or part >= parts:
            return float(part >= parts)
        below, above = float(self.edges[part]), float(self.edges[part + 1])
        return (part + (x - below) / (above - below)) / parts
