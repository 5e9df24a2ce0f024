"""The timeline that a table's rows follow, from how many there are in each hour: day, week, trend, noise and spikes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from engine.sketch.rhythm_days import Days, laid_out
from engine.sketch.rhythm_fit import Fit, fitted
from engine.sketch.rhythm_spikes import Found, found_spikes
from engine.timelines.profiles import DAILY, WEEKDAYS
from engine.types import F64

_FEWEST_ROWS, _FEWEST_DAYS = 200, 7
_ENOUGH = 2_000
"""Rows from which on the hours of a day tell something."""
_SAME = 0.015
"""Daily curves whose shares differ by no more are taken for the same."""
_APART = 0.08
"""From so much on days of the week and of the weekend have curves of their own."""
_LEAST_TREND, _LEAST_NOISE, _LEAST_WEEKLY = 0.05, 0.03, 0.03


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A timeline as the YAML of a spec, and the local days that it was seen on, the last one included."""

    timeline: dict[str, object]
    first: date
    last: date
    rows: int


def rhythm(
    hours: Mapping[datetime, float],
    zone: str,
    *,
    window: tuple[date, date] | None = None,
    finest_hours: float = 1.0,
) -> Rhythm | None:
    """The timeline of rows counted by the hour, each hour by its start in UTC; None where they are too few to tell.

    `window` leaves out spikes on other days, since a spec refuses them. Where the counts come from a coarse histogram
    `finest_hours` says how coarse: what is finer is not believed.
    """
    rows = sum(hours.values())
    if rows < _FEWEST_ROWS:
        return None
    days = laid_out(hours, zone)
    if days.count < _FEWEST_DAYS:
        return None
    fit = fitted(days, by_hour=finest_hours <= 1)
    spikes = found_spikes(days, fit, by_hour=finest_hours <= 1)
    timeline: dict[str, object] = {}
    if finest_hours <= 1 and rows >= _ENOUGH and (daily := _daily(days, fit)) != "flat":
        timeline["daily"] = daily
    if finest_hours <= 12 and days.count >= 14 and _is_uneven(days, fit):
        timeline["weekly"] = dict(zip(WEEKDAYS, map(float, np.round(fit.weekly, 3)), strict=True))
    if days.count >= 21 and abs(fit.slope) * days.count / 7 >= _LEAST_TREND:
        timeline["trend"] = {"per_week": round(float(np.exp(fit.slope)), 4)}
    if finest_hours <= 12 and fit.noise >= _LEAST_NOISE:
        timeline["noise"] = round(fit.noise, 2)
    named = _named([one for one in spikes if window is None or window[0] <= one.day < window[1]])
    if named:
        timeline["spikes"] = named
    return Rhythm(timeline, days.first, days.last, round(rows))


def _daily(days: Days, fit: Fit) -> object:
    """A curve with a name, weights of the hours, or of those of working days and of the others."""
    working, others = (fit.daily_of(days, days.weekday < 5), fit.daily_of(days, days.weekday >= 5))
    rows = float(days.counts[fit.plain].sum())
    resting = float(days.counts[fit.plain & (days.weekday >= 5)].sum())
    if min(resting, rows - resting) >= _ENOUGH and _distance(working, others) >= _APART:
        return {"weekdays": _curve(working, rows - resting), "weekend": _curve(others, resting)}
    return _curve(fit.daily, rows)


def _curve(weights: F64, rows: float) -> object:
    """The name of a curve that differs by no more than chance, else the weights."""
    chance = 2.0 / max(rows, 1.0) ** 0.5
    for name, known in DAILY.items():
        if _distance(weights, np.array(known)) <= _SAME + chance:
            return name
    return [float(w) for w in np.round(weights / weights.mean(), 3)]


def _distance(one: F64, other: F64) -> float:
    """How much of the one has to be moved to make the other (total variation)."""
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def _is_uneven(days: Days, fit: Fit) -> bool:
    """Whether days of the week differ by more than chance."""
    rows = float(days.counts[fit.plain].sum()) / 7
    off = float(np.abs(fit.weekly - 1).max())
    return bool(off > max(_LEAST_WEEKLY, 3 / max(rows, 1.0) ** 0.5))


def _named(spikes: list[Found]) -> dict[str, object]:
    """Spikes by names that are told apart."""
    named: dict[str, object] = {}
    for one in spikes:
        names = (one.name, f"{one.name}_{one.day:%Y}", *(f"{one.name}_{n}" for n in range(2, len(spikes) + 2)))
        named[next(name for name in names if name not in named)] = one.said
    return named
