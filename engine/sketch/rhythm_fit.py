"""The ordinary rate: level × growth × day of the week × hour of the day, on the days that are no exception."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.sketch.rhythm_days import Days
from engine.types import F64, Bool

_ROUNDS = 6
SPIKE, RAMP = 1.6, 1.2
"""From so many times the ordinary rate on a day is an exception; so are its neighbours above the second."""
_SURE = 6.0
"""Standard deviations by which it must be."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """`daily` (24,) and `weekly` (7,) have the mean 1; `slope` is the logarithm of the growth in a week.

    `expected` are rows of each day, (days,); `plain` are days that are no exception, (days,).
    """

    daily: F64
    weekly: F64
    slope: float
    level: float
    plain: Bool
    expected: F64
    noise: float

    def hourly(self, days: Days) -> F64:
        """Rows to expect in each hour, (days, 24)."""
        rate = self.level * np.exp(self.slope * days.weeks) * self.weekly[days.weekday]
        return np.asarray(days.hours * self.daily * rate[:, None], np.float64)

    def daily_of(self, days: Days, some: Bool) -> F64:
        """The curve of the hours on some of the days, (24,), with the mean 1."""
        return _curve(days, self.plain & some, np.exp(self.slope * days.weeks) * self.weekly[days.weekday])


def fitted(days: Days, *, by_hour: bool) -> Fit:
    """The ordinary rate, by turns of fitting it and of finding the days that it does not fit."""
    plain = np.ones(days.count, np.bool_)
    fit = Fit(np.ones(24), np.ones(7), 0.0, 1.0, plain, np.ones(days.count), 0.0)
    for _ in range(_ROUNDS):
        fit = _again(days, fit, by_hour=by_hour)
    return fit


def _again(days: Days, known: Fit, *, by_hour: bool) -> Fit:
    totals, weekday = days.counts.sum(axis=1), days.weekday
    open_ = (days.hours * known.daily).sum(axis=1)
    rate = np.divide(totals, open_, out=np.zeros(days.count), where=open_ > 0)
    slope = _slope(days, rate, known)
    grown = np.exp(slope * days.weeks)
    plain = known.plain
    weekly = np.array([_share(totals, open_ * grown, plain & (weekday == day)) for day in range(7)])
    level = float(weekly.mean()) or 1.0
    weekly = weekly / level
    daily = _curve(days, plain, grown * weekly[weekday]) if by_hour else np.ones(24)
    fit = Fit(daily, weekly, slope, level, plain, np.ones(days.count), 0.0)
    expected = fit.hourly(days).sum(axis=1)
    noise = _noise(totals, expected, plain)
    return Fit(daily, weekly, slope, level, _ordinary(totals, expected, noise), expected, noise)


def _slope(days: Days, rate: F64, known: Fit) -> float:
    """The growth in a week: the median over pairs of days that lie half of the time apart (after Theil and Sen)."""
    weekly = known.weekly[days.weekday]
    usable = np.flatnonzero(known.plain & (rate > 0) & (weekly > 0.05))
    half = len(usable) // 2
    if half < 3:
        return 0.0
    height = np.log(rate[usable] / weekly[usable])
    left, right = usable[:half], usable[half : 2 * half]
    return float(np.median((height[half : 2 * half] - height[:half]) / (days.weeks[right] - days.weeks[left])))


def _share(totals: F64, expected: F64, some: Bool) -> float:
    whole = float(expected[some].sum())
    return float(totals[some].sum()) / whole if whole > 0 else 1.0


def _curve(days: Days, some: Bool, rate: F64) -> F64:
    """Rows of each hour over those to expect if all hours were alike."""
    there = (days.hours[some] * rate[some, None]).sum(axis=0)
    found = np.divide(days.counts[some].sum(axis=0), there, out=np.ones(24), where=there > 0)
    return np.asarray(found / (found.mean() or 1.0), np.float64)


def _noise(totals: F64, expected: F64, plain: Bool) -> float:
    """The coefficient of variation that is more than chance."""
    some = plain & (expected >= 20)
    if some.sum() < 7:
        return 0.0
    off = totals[some] / expected[some] - 1
    more = float(np.mean(off**2) - np.mean(1 / expected[some]))
    return float(np.sqrt(max(more, 0.0) / (1 + 1 / 16)))


def _ordinary(totals: F64, expected: F64, noise: float) -> Bool:
    """Days that are no exception, and lie beside none that rises to one."""
    times = np.divide(totals, expected, out=np.ones(len(totals)), where=expected > 0)
    sure = totals - expected > _SURE * np.sqrt(np.maximum(expected, 1) + (min(noise, 0.15) * expected) ** 2)
    odd = (times >= SPIKE) & sure
    for _ in range(3):
        beside = np.append(odd[1:], False) | np.insert(odd[:-1], 0, False)
        odd |= beside & (times >= RAMP)
    return ~odd
