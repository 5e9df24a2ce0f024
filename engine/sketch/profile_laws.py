"""The law that numbers seem to follow: one with a name where it is close enough, else the quantiles themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from engine.generators.base import Law
from engine.generators.exponential import ExponentialLaw
from engine.generators.law import truncated
from engine.generators.lognormal import LognormalLaw
from engine.generators.normal import NormalLaw
from engine.generators.quantiles import QuantilesLaw
from engine.generators.uniform import UniformLaw
from engine.sketch.profile_shares import GRID, Spread, rounded
from engine.types import F64

CLOSE = 0.02
"""How far the share below any value may be off before a law is not believed; what ANALYZE samples is off by 0.01."""
_EXACT = 0.015
_SIZES = (10, 20, 50, GRID)
_DIGITS = 4
_SIGMA = 0.8413447460685429
"""The share below one standard deviation above the mean."""
Write = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A law as the spec has it, its name for people, and by how much it is off at most."""

    said: dict[str, object]
    name: str
    off: float


def law_of(spread: Spread, write: Write, *, whole: bool) -> Fitted:
    """The first law that is close enough, else quantiles; `write` says a value as the spec does."""
    ends = {"min": write(spread.low), "max": write(spread.high)}
    for law, said, name in _laws(spread, write):
        if (off := distance(spread, truncated(law, spread.low, spread.high), whole=whole)) <= CLOSE:
            return Fitted(said if name == "uniform" else {**said, **ends}, f"a {name} law", off)
    return _by_quantiles(spread, write)


def _laws(spread: Spread, write: Write) -> Iterator[tuple[Law, dict[str, object], str]]:
    low, high = spread.low, spread.high
    if low == high:
        return
    yield UniformLaw(low, high), {"uniform": {"min": write(low), "max": write(high)}}, "uniform"
    middle, left, right = spread.at(0.5), spread.at(1 - _SIGMA), spread.at(_SIGMA)
    if left > 0:
        sigma = float(rounded(log(right / left) / 2, 3))
        if sigma > 0:
            yield LognormalLaw(middle, sigma), {"lognormal": {"median": write(middle), "sigma": sigma}}, "lognormal"
    sd = (right - left) / 2
    if sd > 0:
        yield NormalLaw(middle, sd), {"normal": {"mean": write(middle), "sd": write(sd)}}, "normal"
    if low >= 0 and middle > 0:
        mean = middle / log(2)
        yield ExponentialLaw(mean), {"exponential": {"mean": write(mean)}}, "exponential"


def distance(spread: Spread, law: Law, *, whole: bool) -> float:
    """The most by which the share of a law below a value differs from what was seen (Kolmogorov and Smirnov)."""
    values = spread.values
    seen = np.linspace(0, 1, len(values))
    last, first = np.append(values[1:] > values[:-1], True), np.append(True, values[1:] > values[:-1])
    half = 0.5 if whole else 0.0
    above = [abs(law.cdf(float(x) + half) - p) for x, p in zip(values[last], seen[last], strict=True)]
    below = [abs(law.cdf(float(x) - half) - p) for x, p in zip(values[first], seen[first], strict=True) if whole]
    inside = [d for d, p in zip(above, seen[last], strict=True) if p < 1]
    return max([*inside, *below[1:]], default=1.0)


def _by_quantiles(spread: Spread, write: Write) -> Fitted:
    """As few quantiles as tell the same."""
    for size in _SIZES:
        values: F64 = spread.values[:: GRID // size]
        off = distance(spread, QuantilesLaw(values), whole=False) if values[0] < values[-1] else 0.0
        if off <= _EXACT:
            break
    return Fitted({"quantiles": [write(float(v)) for v in values]}, f"{size} parts of equal size", off)
