"""The law that numbers seem to follow: one with a name where it is close enough, else the quantiles themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import log

import numpy as np

from engine.maths import expm1, ndtr_all
from engine.maths import log as logs
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
Below = Callable[[F64], F64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A law as the spec has it, its name for people, and by how much it is off at most."""

    said: dict[str, object]
    name: str
    off: float


def law_of(spread: Spread, write: Write, *, whole: bool) -> Fitted:
    """The first law that is close enough, else quantiles; `write` says a value as the spec does."""
    ends = {"min": write(spread.low), "max": write(spread.high)}
    for below, said, name in _laws(spread, write):
        if (off := distance(spread, below, whole=whole)) <= CLOSE:
            return Fitted(said if name == "uniform" else {**said, **ends}, f"a {name} law", off)
    return _by_quantiles(spread, write)


def _laws(spread: Spread, write: Write) -> Iterator[tuple[Below, dict[str, object], str]]:
    low, high = spread.low, spread.high
    if low == high:
        return
    yield lambda x: (x - low) / (high - low), {"uniform": {"min": write(low), "max": write(high)}}, "uniform"
    middle, left, right = spread.at(0.5), spread.at(1 - _SIGMA), spread.at(_SIGMA)
    if left > 0:
        sigma = float(rounded(log(right / left) / 2, 3))
        if sigma > 0:
            said: dict[str, object] = {"lognormal": {"median": write(middle), "sigma": sigma}}
            yield lambda x: ndtr_all(logs(np.maximum(x, 1e-300) / middle) / sigma), said, "lognormal"
    sd = (right - left) / 2
    if sd > 0:
        yield lambda x: ndtr_all((x - middle) / sd), {"normal": {"mean": write(middle), "sd": write(sd)}}, "normal"
    if low >= 0 and middle > 0:
        mean = middle / log(2)
        yield lambda x: -expm1(np.minimum(-x / mean, 0.0)), {"exponential": {"mean": write(mean)}}, "exponential"


def distance(spread: Spread, below: Below, *, whole: bool, cut: bool = True) -> float:
    """The most by which the share below a value differs from what was seen (Kolmogorov and Smirnov).

    `below` is the law's distribution function, (n,) → (n,), which with `cut` ends at the least and the greatest value.
    """
    values, half = spread.values, 0.5 if whole else 0.0
    seen = np.linspace(0, 1, len(values))
    last, first = np.append(values[1:] > values[:-1], True), np.append(True, values[1:] > values[:-1])
    start, end = below(np.array([spread.low - half, spread.high + half])) if cut else (0.0, 1.0)
    if end <= start:
        return 1.0
    above = np.abs((below(values + half) - start) / (end - start) - seen)[last][:-1]
    under = np.abs((below(values - half) - start) / (end - start) - seen)[first][1:] if whole else np.zeros(0)
    return float(np.concatenate([above, under]).max(initial=0.0))


def _by_quantiles(spread: Spread, write: Write) -> Fitted:
    """As few quantiles as tell the same."""
    for size in _SIZES:
        values: F64 = spread.values[:: GRID // size]
        off = distance(spread, partial(_below_quantiles, values), whole=False, cut=False)
        if off <= _EXACT:
            break
    return Fitted({"quantiles": [write(float(v)) for v in values]}, f"{size} parts of equal size", off)


def _below_quantiles(values: F64, x: F64) -> F64:
    """The share below x where each two values have the same between them; a value that stands twice is below itself."""
    last = np.append(values[1:] > values[:-1], True)
    return np.asarray(np.interp(x, values[last], np.linspace(0, 1, len(values))[last], left=0.0), np.float64)
