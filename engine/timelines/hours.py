"""The rate of every local hour, before events: daily × weekly × monthly × yearly × trend × noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.maths import exp, log, ndtri
from engine.stream import stream_key, uniform
from engine.timelines.growth import Growth
from engine.timelines.model import Timeline
from engine.timelines.profiles import FLAT_MONTH, FLAT_YEAR, HOURS, LONGEST_MONTH, MONTHS, NO_LAST, WEEKDAYS
from engine.timelines.trend import Way
from engine.timelines.wall import HOUR
from engine.types import F64, I64

_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """For local hours from `first` on (counted from 1970): the mean rate, and how much it changes within the hour."""

    first: int
    level: F64
    slope: F64

    def rate(self, start: I64, length: I64) -> F64:
        """The mean rate of pieces of hours that start at a local time in microseconds, (n,), (n,) → (n,)."""
        hour = start // HOUR
        share = (start - hour * HOUR + length * 0.5) / HOUR - 0.5
        hour -= self.first
        found: F64 = self.slope[hour] * share
        found += self.level[hour]
        return found


def hours_of(timeline: Timeline, first: int, last: int, trend: Growth | Way | None, *, seed: int, name: str) -> Hours:
    """The local hours from `first` to `last`, both counted from 1970 and both inside."""
    number = np.arange(first, last + 1, dtype=np.int64)
    day, hour = number // HOURS, number % HOURS
    weekday = (day + _EPOCH_WEEKDAY) % len(WEEKDAYS)
    factor = np.array(timeline.weekly)[weekday] * seasons(timeline, day)
    if trend is not None:
        factor = factor * grown(trend, number)
    if timeline.noise:
        key = stream_key(seed, "timelines", name, "noise")
        days, place = np.unique(day, return_inverse=True)
        factor = factor * noise(timeline.noise, uniform(key.child("day"), days.astype(np.uint64)))[place]
        factor = factor * noise(timeline.noise, uniform(key.child("hour"), number.astype(np.uint64)))
    curve = np.concatenate([np.array(one) * (HOURS / float(np.cumsum(one)[-1])) for one in timeline.daily])
    hour += weekday * HOURS
    return Hours(first, curve[hour] * factor, slopes(curve)[hour] * factor)


def seasons(timeline: Timeline, day: I64) -> F64:
    """What the month and the day of the month multiply the rate by, on days counted from 1970, (n,) → (n,)."""
    if timeline.yearly == FLAT_YEAR and timeline.monthly == FLAT_MONTH:
        return np.ones(len(day))
    dates = day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number = (dates - months).astype(np.int64)
    weights = np.array(timeline.monthly)
    factor: F64 = np.array(timeline.yearly)[months.astype(np.int64) % len(MONTHS)] * weights[number]
    if timeline.monthly[LONGEST_MONTH] == NO_LAST:
        return factor
    last = (dates + 1).astype("datetime64[M]") != months
    return np.where(last, np.array(timeline.yearly)[months.astype(np.int64) % len(MONTHS)] * weights[-1], factor)


def slopes(curve: F64) -> F64:
    """The change of the rate within each hour of a day or a week, (n,) → (n,).

    Straight pieces keep every hour's mean and the rate above 0, so that a chart by the minute has no stairs: the
    smaller of the steps to both neighbours, 0 at a crest (the minmod limiter; van Leer, J. Comput. Phys. 32, 1979).
    """
    before, after = curve - np.roll(curve, 1), np.roll(curve, -1) - curve
    smaller = np.where(np.abs(before) < np.abs(after), before, after)
    found: F64 = np.where(before * after > 0, smaller, 0.0)
    return found


def grown(growth: Growth | Way, hour: I64) -> F64:
    """The factor of each hour, (n,) → (n,), 1 where it is largest, so that nothing overflows."""
    if isinstance(growth, Way):
        return growth.factors(hour)
    exponent = (hour - hour[0]) * (HOUR / growth.period) * float(log(np.array([growth.factor]))[0])
    return exp(exponent - exponent.max())


def noise(variation: float, u: F64) -> F64:
    """Lognormal factors with mean 1 and this coefficient of variation from uniforms, (n,) → (n,)."""
    square = log(np.array([1.0 + variation * variation]))
    return exp(ndtri(u) * np.sqrt(square) - square * 0.5)
