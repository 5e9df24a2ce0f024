"""Spikes: days far above the ordinary rate, and how they rise, stay and fall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from engine.sketch.rhythm_days import Days
from engine.sketch.rhythm_fit import SPIKE, Fit
from engine.sketch.rhythm_ramps import Hours, Ramp
from engine.timelines.calendar import EVENTS
from engine.types import F64, I64, Bool

_MOST, _MOST_A_RUN = 20, 6
_CLEAR = 40.0
"""Rows that a spike must have beyond the ordinary ones in a day, before its hours are looked at."""
_WORTH = 40.0
"""By how much a further spike must bring the rate closer to the rows."""
_LEAST = 1.25
_FLASH, _FLASH_ROWS, _SURE = 3.0, 30, 8.0
"""An hour is an exception by itself from so many times its rows on, from so many rows, so many deviations."""
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Found:
    """A spike as the YAML of a spec has it, the day that it is on, and the rows that it brought."""

    name: str
    day: date
    said: dict[str, object]
    rows: float


def found_spikes(days: Days, fit: Fit, *, by_hour: bool) -> list[Found]:
    """The spikes, in the order of time; the largest, where there are very many."""
    expected = fit.hourly(days)
    odd = ~fit.plain | _flashes(days, expected) if by_hour else ~fit.plain
    found: list[Found] = []
    for run in _runs(odd):
        found += _of_run(days, fit, expected, run, by_hour=by_hour)
    largest = sorted(found, key=lambda one: -one.rows)[:_MOST]
    return sorted(largest, key=lambda one: (one.day, str(one.said.get("starts", ""))))


def _flashes(days: Days, expected: F64) -> Bool:
    """Days with an hour that is far beyond its own rows."""
    sure = days.counts - expected > _SURE * np.sqrt(np.maximum(expected, 1) + (0.3 * expected) ** 2)
    return np.asarray((sure & (days.counts >= _FLASH * expected) & (days.counts >= _FLASH_ROWS)).any(axis=1), np.bool_)


def _runs(odd: Bool) -> Iterator[I64]:
    """Runs of days that are exceptions."""
    places = np.flatnonzero(odd)
    yield from (run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(run))


def _of_run(days: Days, fit: Fit, expected: F64, run: I64, *, by_hour: bool) -> list[Found]:
    first, last = int(run[0]), int(run[-1]) + 1
    usual = expected[first:last].sum(axis=1)
    beyond = days.counts[first:last].sum(axis=1) - usual
    if not by_hour or beyond.max() < _CLEAR:
        times = float((beyond.sum() + usual.sum()) / max(usual.sum(), 1e-9))
        day = days.first + timedelta(days=first)
        said: dict[str, object] = {"on": day.isoformat(), "peak": _tidy(times), "hold": f"{last - first}d"}
        return [Found(_name(day), day, said, float(beyond.sum()))] if _is_high(beyond, usual) else []
    start, end = max(first - 1, 0), min(last + 1, days.count)
    hours = Hours(days.counts[start:end].ravel(), expected[start:end].ravel(), min(fit.noise, 0.15))
    return [_said(days.first + timedelta(days=start), ramp, hours) for ramp in _ramps(hours)]


def _is_high(beyond: F64, usual: F64) -> bool:
    return bool((beyond >= (SPIKE - 1) * usual).any())


def _ramps(hours: Hours) -> list[Ramp]:
    """Spikes that together come close to the rows: the largest first, then each again beside the others."""
    found: list[Ramp] = []
    left = hours
    while len(found) < _MOST_A_RUN:
        ramp = left.closest()
        if left.off() - ramp.off < _WORTH or ramp.peak < _LEAST:
            break
        found.append(ramp)
        left = left.times(ramp)
    for _ in range(_ROUNDS if len(found) > 1 else 0):
        for place, ramp in enumerate(found):
            left = left.without(ramp)
            found[place] = left.closest(ramp)
            left = left.times(found[place])
    return sorted((ramp for ramp in found if ramp.peak >= _LEAST), key=lambda ramp: ramp.start)


def _said(first: date, ramp: Ramp, hours: Hours) -> Found:
    day = first + timedelta(hours=ramp.start + ramp.rise) // timedelta(days=1) * timedelta(days=1)
    starts = ramp.start - (day - first).days * 24
    said: dict[str, object] = {"on": day.isoformat(), "peak": _tidy(ramp.peak)}
    for key, length in (("starts", starts), ("rise", ramp.rise), ("hold", ramp.hold), ("decay", ramp.decay)):
        if length or key == "hold":
            said[key] = f"{length}h"
    rows = float((hours.times(ramp).expected - hours.expected).sum())
    return Found(_name(day), day, said, rows)


def _tidy(times: float) -> float:
    return round(times, 1 if times >= 3 else 2)


def _name(day: date) -> str:
    """What people call the day, else its date."""
    known = next((name for name, falls_on in EVENTS.items() if falls_on(day.year) == day), None)
    return known or f"spike_{day:%Y_%m_%d}"
