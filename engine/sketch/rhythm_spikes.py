"""Spikes: days far above the ordinary rate, and how they rise, stay and fall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from engine.sketch.rhythm_days import Days
from engine.sketch.rhythm_fit import SPIKE, Fit
from engine.timelines.calendar import EVENTS
from engine.types import F64, I64

_MOST = 20
_CLEAR = 40.0
"""Rows that a spike must have beyond the ordinary ones in a day, before its hours are looked at."""
_LONGEST = 96
_VALLEY = 1.6
"""A day between two spikes lies so far below both of them."""
_STEPS = (-6, -3, -1, 1, 3, 6)


@dataclass(frozen=True, slots=True)
class Found:
    """A spike as the YAML of a spec has it, and the day that it is on."""

    name: str
    day: date
    said: dict[str, object]


@dataclass(frozen=True, slots=True)
class Ramp:
    """When a spike begins to rise, in hours from the first, and how long it rises, holds and decays."""

    start: int
    rise: int
    hold: int
    decay: int

    def shape(self, count: int) -> F64:
        """How much of the way to the peak is made in the middle of each hour, (count,)."""
        at = np.arange(count) + 0.5 - self.start
        up = np.clip(at / self.rise, 0, 1) if self.rise else (at >= 0).astype(float)
        over = at - self.rise - self.hold
        down = np.clip(1 - over / self.decay, 0, 1) if self.decay else (over < 0).astype(float)
        return np.asarray(np.minimum(up, down), np.float64)


def found_spikes(days: Days, fit: Fit, *, by_hour: bool) -> list[Found]:
    """The spikes, in the order of time; the largest, where there are very many."""
    expected = fit.hourly(days)
    groups = list(_groups(days, fit))
    sizes = [float(days.counts[a:b].sum() - expected[a:b].sum()) for a, b in groups]
    largest = sorted(sorted(range(len(groups)), key=lambda g: -sizes[g])[:_MOST])
    return [_described(days, expected, groups[g], by_hour=by_hour) for g in largest]


def _groups(days: Days, fit: Fit) -> Iterator[tuple[int, int]]:
    """Runs of days that are exceptions, half-open, with a true spike among them."""
    odd = np.flatnonzero(~fit.plain)
    times = np.divide(days.counts.sum(axis=1), fit.expected, out=np.ones(days.count), where=fit.expected > 0)
    for run in np.split(odd, np.flatnonzero(np.diff(odd) > 1) + 1):
        for part in _peaks(run, times):
            if len(part) and times[part].max() >= SPIKE:
                yield int(part[0]), int(part[-1]) + 1


def _peaks(run: I64, times: F64) -> Iterator[I64]:
    """A run of days, cut before each day from which on it rises again for a second spike."""
    start = 0
    for at in range(1, len(run) - 1):
        low, before, behind = times[run[at]], times[run[start:at]].max(initial=0.0), times[run[at + 1 :]].max()
        if low <= times[run[at - 1]] and low < times[run[at + 1]] and low * _VALLEY < min(before, behind):
            yield run[start : at + 1]
            start = at + 1
    yield run[start:]


def _described(days: Days, expected: F64, group: tuple[int, int], *, by_hour: bool) -> Found:
    first, last = group
    top = first + int(np.argmax(days.counts[first:last].sum(axis=1) / expected[first:last].sum(axis=1)))
    beyond = float(days.counts[top].sum() - expected[top].sum())
    if not by_hour or beyond < _CLEAR:
        times = float(days.counts[first:last].sum() / expected[first:last].sum())
        day = days.first + timedelta(days=first)
        return Found(_name(day), day, {"on": day.isoformat(), "peak": _tidy(times), "hold": f"{last - first}d"})
    start, end = max(first - 1, 0), min(last + 1, days.count)
    ramp, peak = _fitted(days.counts[start:end].ravel(), expected[start:end].ravel(), 24 * (top - start))
    return _said(days.first + timedelta(days=start), ramp, peak)


def _said(first: date, ramp: Ramp, peak: float) -> Found:
    day = first + timedelta(hours=ramp.start + ramp.rise) // timedelta(days=1) * timedelta(days=1)
    starts = ramp.start - (day - first).days * 24
    said: dict[str, object] = {"on": day.isoformat(), "peak": _tidy(peak)}
    for key, length in (("starts", starts), ("rise", ramp.rise), ("hold", ramp.hold), ("decay", ramp.decay)):
        if length or key == "hold":
            said[key] = f"{length}h"
    return Found(_name(day), day, said)


def _fitted(counts: F64, expected: F64, near: int) -> tuple[Ramp, float]:
    """The ramps that come closest to the hours' counts: from several lengths on, step by step downhill."""
    guesses = [
        Ramp(near + lead, rise, hold, rise) for lead in (0, 6, 12) for rise, hold in ((0, 2), (2, 6), (6, 12), (0, 24))
    ]
    best = min((_descended(one, counts, expected) for one in guesses), key=lambda ramp: _off(ramp, counts, expected))
    return best, _peak(best, counts, expected)


def _descended(ramp: Ramp, counts: F64, expected: F64) -> Ramp:
    off = _off(ramp, counts, expected)
    while True:
        around = [(_off(one, counts, expected), number, one) for number, one in enumerate(_around(ramp, len(counts)))]
        least, _, better = min(around, key=lambda found: found[:2])
        if least >= off - 1e-9:
            return ramp
        off, ramp = least, better


def _around(ramp: Ramp, count: int) -> Iterator[Ramp]:
    for step in _STEPS:
        for start, rise, hold, decay in (
            (step, 0, 0, 0), (0, step, 0, 0), (0, 0, step, 0), (0, 0, 0, step),
            (step, -step, 0, 0), (0, step, -step, 0), (0, 0, step, -step), (step, 0, -step, 0),
        ):  # fmt: skip
            made = Ramp(ramp.start + start, ramp.rise + rise, ramp.hold + hold, ramp.decay + decay)
            long = made.rise + made.hold + made.decay
            if (
                min(made.rise, made.decay, made.start) >= 0
                and made.hold >= 1
                and made.start < count
                and long <= _LONGEST
            ):
                yield made


def _off(ramp: Ramp, counts: F64, expected: F64) -> float:
    """How far counts are from the rate with this spike, each hour by its own variance; fewer ramps are better."""
    rate = np.maximum(expected, 0.05) * (1 + (_peak(ramp, counts, expected) - 1) * ramp.shape(len(counts)))
    ramps = (ramp.rise > 0) + (ramp.decay > 0)
    return float(((counts - rate) ** 2 / rate).sum() + np.log(rate).sum()) + 3.0 * ramps


def _peak(ramp: Ramp, counts: F64, expected: F64) -> float:
    """The multiple of the ordinary rate in the plateau by which all hours are met best."""
    shape = ramp.shape(len(counts))
    whole = float((expected * shape**2).sum())
    return 1.0 + max(float(((counts - expected) * shape).sum()) / whole, 0.0) if whole > 0 else 1.0


def _tidy(times: float) -> float:
    return round(times, 1 if times >= 3 else 2)


def _name(day: date) -> str:
    """What people call the day, else its date."""
    known = next((name for name, falls_on in EVENTS.items() if falls_on(day.year) == day), None)
    return known or f"spike_{day:%Y_%m_%d}"
