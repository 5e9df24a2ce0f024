"""Popularity by rank: the k-th of n comes in proportion to 1 / k^exponent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.generators.base import Dimension, Law, Scope, Window
from engine.generators.distribution import ByLaw
from engine.generators.tabulated import Search
from engine.maths import exp, expm1, in_blocks, log, log1p, power
from engine.types import F64, INT8, PgType

HEAD = 4096
"""Ranks that are summed one by one; beyond, the sum is an integral between half-integers (error < 1e-8)."""

LARGEST_N = 10**12

PLAIN_SLOPE = 0.01
"""Above this distance of the exponent from 1, log(1 + x) / slope is good to 1e-13 without care for small x."""


class ZipfArguments(BaseModel):
    """How steep, and over how many ranks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    exponent: float = Field(ge=0, le=100, description="0 is uniform; 1 is Zipf's own law; larger is steeper.")
    n: int = Field(ge=1, le=LARGEST_N, description="The largest value.")


class Zipf(ByLaw):
    """Whole numbers from 1 to n, the k-th in proportion to 1 / k^exponent.

    Guarantees shares to 1e-6 for any exponent ≥ 0 and n up to 10¹². Costs a table of at most 4,096 ranks.
    """

    kind: ClassVar[str] = "zipf"
    zipf: ZipfArguments = Field(description="How steep, over how many: ``{exponent: 0.7, n: 2000}``.")

    def dimension(self) -> Dimension:
        """Numbers."""
        return Dimension.NUMBER

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int8."""
        return INT8

    def untruncated(self, window: Window) -> Law:  # noqa: ARG002
        """Zipf's law."""
        return ZipfLaw(self.zipf.exponent, self.zipf.n)


@dataclass(frozen=True, slots=True)
class ZipfLaw:
    """Zipf's law over the ranks 1 … n.

    The first 4,096 ranks are a cumulative table; beyond, the share of rank k is the integral of x^-exponent
    from k - ½ to k + ½, inverted in closed form.
    """

    exponent: float
    n: int

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def low(self) -> float:
        """1."""
        return 1.0

    @property
    def high(self) -> float:
        """n."""
        return float(self.n)

    @property
    def mean(self) -> float:
        """The sum of k^(1 - exponent) over that of k^-exponent, both with the tail as an integral."""
        return mass(self.exponent - 1, self.n) / mass(self.exponent, self.n)

    def quantile(self, u: F64) -> F64:
        """Ranks 1 … n, (n,) → (n,)."""
        return in_blocks(self._quantile, u)

    def _quantile(self, u: F64, out: F64) -> None:
        ranks = min(self.n, HEAD)
        head_mass = mass(self.exponent, ranks)
        target = u * (mass(self.exponent, self.n) / head_mass)
        out[:] = _search(self.exponent, ranks).first(np.minimum(target, 1.0))
        if self.n > HEAD:
            beyond = np.flatnonzero(target > 1.0)
            out[beyond] = _invert_tail(self.exponent, (target[beyond] - 1.0) * head_mass)
        out += 1.0
        np.minimum(out, float(self.n), out=out)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        if x < 1 or x >= self.n:
            return float(x >= 1)
        return mass(self.exponent, floor(x)) / mass(self.exponent, self.n)


@lru_cache(maxsize=256)
def mass(exponent: float, n: int) -> float:
    """The sum of k^-exponent for k = 1 … n, to 1e-8 of it; any real exponent."""
    head = float(_head(exponent, min(n, HEAD))[-1])
    if n <= HEAD:
        return head
    start, slope = HEAD + 0.5, 1.0 - exponent
    span = log(np.array([(n + 0.5) / start, start]))
    tail = span[0] if slope == 0 else expm1(slope * span[:1])[0] / slope
    return float(head + tail * exp(slope * span[1:])[0])


def rank_at(exponent: float, target: F64) -> F64:
    """The number of ranks before the one where `mass` first reaches a target, (n,) → (n,); for any population."""
    return in_blocks(lambda x, out: _rank_at(exponent, x, out), target)


def _rank_at(exponent: float, target: F64, out: F64) -> None:
    head = mass(exponent, HEAD)
    out[:] = _search(exponent, HEAD).first(np.minimum(target / head, 1.0))
    beyond = np.flatnonzero(target > head)
    out[beyond] = _invert_tail(exponent, target[beyond] - head)


@lru_cache(maxsize=64)
def _head(exponent: float, ranks: int) -> F64:
    return np.cumsum(power(np.arange(1.0, ranks + 1), -exponent))


@lru_cache(maxsize=64)
def _search(exponent: float, ranks: int) -> Search:
    head = _head(exponent, ranks)
    return Search.over(head / head[-1])


def _invert_tail(exponent: float, rest: F64) -> F64:
    """The whole number k - 1 such that the tail's mass up to k + ½ first reaches `rest`, (n,) → (n,)."""
    start, slope = HEAD + 0.5, 1.0 - exponent
    y = rest / exp(slope * log(np.array([start])))[0]
    if slope == 0:
        grown = exp(y)
    elif abs(slope) > PLAIN_SLOPE:
        grown = exp(log(np.maximum(slope * y + 1.0, 0.0)) / slope)
    else:
        grown = exp(log1p(np.maximum(slope * y, -1.0)) / slope)
    k: F64 = np.floor(start * grown + 0.5)
    return np.maximum(k, HEAD + 1.0) - 1.0
