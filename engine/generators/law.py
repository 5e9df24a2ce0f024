"""Laws made from laws: truncated to an interval, rounded to whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np

from engine.errors import Code, wrong
from engine.generators.base import Law
from engine.maths import exp, half_away
from engine.types import F64

LEAST_SHARE = 1e-9
"""A truncation that leaves less than this of a law is a mistake, and would leave too few distinct values."""

LARGEST_U = 1 - 2.0**-53


@dataclass(frozen=True, slots=True)
class Truncated:
    """A law under the condition that its values lie in [low, high]; quantiles in between are the law's own."""

    law: Law
    low: float
    high: float
    start: float  # the law's share below `low`
    share: float  # the law's share in [low, high]
    mean: float

    @property
    def discrete(self) -> bool:
        """Whether values are whole numbers."""
        return self.law.discrete

    def quantile(self, u: F64) -> F64:
        """Quantiles of the law between its shares at `low` and `high`; the clip removes rounding noise only."""
        v = u * self.share
        v += self.start
        np.minimum(v, LARGEST_U, out=v)
        x = self.law.quantile(v)
        return np.clip(x, self.low, self.high, out=x)

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return min(max((self.law.cdf(x) - self.start) / self.share, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Whole:
    """A continuous law rounded to whole numbers, half away from zero."""

    law: Law

    @property
    def discrete(self) -> bool:
        """Always."""
        return True

    @property
    def mean(self) -> float:
        """The unrounded law's; the rounding moves it by less than a half."""
        return self.law.mean

    @property
    def low(self) -> float:
        """The smallest whole number."""
        return _half_away(self.law.low)

    @property
    def high(self) -> float:
        """The largest whole number."""
        return _half_away(self.law.high)

    def quantile(self, u: F64) -> F64:
        """Rounded quantiles, (n,) → (n,)."""
        return half_away(self.law.quantile(u))

    def cdf(self, x: float) -> float:
        """The share of draws that are ≤ x."""
        return self.law.cdf(floor(x) + 0.5 if abs(x) < inf else x)


def truncated(law: Law, low: float | None, high: float | None) -> Law:
    """The law under the condition that values lie in [low, high], both inclusive.

    The mean is by numerical integration, good to 1 %. Raises SpecError (INFEASIBLE) where less than
    1e-9 of the law is left.
    """
    bottom = max(law.low, -inf if low is None else low)
    top = min(law.high, inf if high is None else high)
    if law.discrete:
        bottom, top = _inward(bottom, top)
    if bottom <= law.low and top >= law.high:
        return law
    below = bottom - 1 if law.discrete else bottom
    start = law.cdf(below) if bottom > law.low else 0.0
    stop = law.cdf(top) if top < law.high else 1.0
    if bottom > top or stop - start < LEAST_SHARE:
        _refuse(law, low, high, max(stop - start, 0.0) if bottom <= top else 0.0)
    unfinished = Truncated(law, bottom, top, start, stop - start, 0.0)
    return Truncated(law, bottom, top, start, stop - start, mean_of(unfinished))


def mean_of(law: Law) -> float:
    """The integral of the quantile over (0, 1), by the trapezoidal rule after u = 1 / (1 + e^-t); good to 1 %."""
    t = np.linspace(-36.0, 36.0, 4097)
    small = exp(-np.abs(t))
    u = np.where(t < 0, small, 1.0) / (1.0 + small)
    weight = small / ((1.0 + small) * (1.0 + small))
    inside = (u > 0) & (u < 1)
    total = np.cumsum(law.quantile(u[inside]) * weight[inside])[-1] / np.cumsum(weight[inside])[-1]
    return float(min(max(total, law.low), law.high))


def _inward(low: float, high: float) -> tuple[float, float]:
    return (ceil(low) if low > -inf else low), (floor(high) if high < inf else high)


def _half_away(x: float) -> float:
    return x if abs(x) == inf else float(half_away(np.array([x]))[0])


def _refuse(law: Law, low: float | None, high: float | None, share: float) -> None:
    bounds = f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}"
    raise wrong(
        Code.INFEASIBLE,
        f"only {share:.2g} of the law lies in {bounds}; at least {LEAST_SHARE:g} is needed (its mean is {law.mean:g}, "
        f"its values run from {law.low:g} to {law.high:g})",
        path=("min",) if high is None or (low is not None and low > law.mean) else ("max",),
        hint="widen min and max, or change the law so that its values fall between them",
    )
