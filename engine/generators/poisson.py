"""How many of many rare things happened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, inf, sqrt
from typing import Annotated, ClassVar

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.generators.base import Dimension, Law, Scope, Window
from engine.generators.distribution import ByLaw, short
from engine.generators.tabulated import Search, share_below
from engine.maths import ndtri
from engine.types import F64, INT8, PgType

TABLE_BELOW = 100_000.0
"""Up to this mean every whole number near it is summed; above, an expansion is closer than 1e-6."""


class PoissonArguments(BaseModel):
    """The mean."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    mean: float = Field(ge=0, le=1e15, description="The average.")


class Poisson(ByLaw):
    """Poisson's law of whole numbers from 0: ``poisson: 1.9`` or ``{mean: 1.9}``.

    Guarantees the law to 1e-6 in probability. Costs a table of some 20 · √mean numbers up to a mean of 100,000.
    """

    kind: ClassVar[str] = "poisson"
    poisson: Annotated[
        PoissonArguments, BeforeValidator(short("mean"), json_schema_input_type=PoissonArguments | float)
    ] = Field(description="The mean: ``1.9``.")

    def dimension(self) -> Dimension:
        """Numbers."""
        return Dimension.NUMBER

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int8."""
        return INT8

    def untruncated(self, window: Window) -> Law:  # noqa: ARG002
        """Poisson's law."""
        mean = self.poisson.mean
        return PoissonLaw(mean, *_table(mean)) if mean <= TABLE_BELOW else ManyLaw(mean)


@dataclass(frozen=True, slots=True, eq=False)
class PoissonLaw:
    """Poisson's law as cumulative shares of the whole numbers from `first` on."""

    mean: float
    first: int
    search: Search

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """Without bound, unless the mean is 0."""
        return inf if self.mean else 0.0

    def quantile(self, u: F64) -> F64:
        """Whole numbers, (n,) → (n,)."""
        return (self.search.first(u) + self.first).astype(np.float64)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        edges = self.search.edges
        if x < self.first or x >= self.first + len(edges) - 1:
            return float(x >= self.first)
        return float(edges[floor(x) - self.first])


@dataclass(frozen=True, slots=True)
class ManyLaw:
    """Poisson's law for a large mean: Cornish and Fisher's expansion to the third order, rounded.

    Its error in probability is below 1e-6 from a mean of 100,000 on (measured in the tests).
    """

    mean: float

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """Without bound."""
        return inf

    def quantile(self, u: F64) -> F64:
        """Whole numbers, (n,) → (n,)."""
        return np.floor(self._continuous(u) + 0.5)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        if x < 0 or x == inf:
            return float(x > 0)
        return share_below(self._continuous, floor(x) + 0.5)

    def _continuous(self, u: F64) -> F64:
        z, sd = ndtri(u), sqrt(self.mean)
        square = z * z
        return self.mean + sd * z + (square - 1.0) / 6.0 + z * (1.0 - square) / (72.0 * sd)


@lru_cache(maxsize=64)
def _table(mean: float) -> tuple[int, Search]:
    """Shares from the likeliest number outwards by their ratios, then cumulative."""
    mode = floor(mean)
    reach = 10 * sqrt(mean)
    first, last = max(0, floor(mean - reach)), ceil(mean + reach) + 40
    up = np.cumprod(mean / np.arange(mode + 1.0, last + 1))
    down = np.cumprod(np.arange(float(mode), first, -1.0) / max(mean, 1.0))[::-1]
    total = np.cumsum(np.concatenate([down, [1.0], up]))
    return first, Search.over(total / total[-1])
