"""When an event begins that could be felt in a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import numpy as np

from engine.timelines.clock import clock
from engine.timelines.cron import Cron
from engine.timelines.model import Event, Outage, Spike, Step
from engine.timelines.wall import HOUR
from engine.timelines.window import Window
from engine.units import Moment, zone

_EPOCH_YEAR, _MEAN_YEAR = 1970, 31_556_952_000_000
_REACH = 6
"""Years: an event lasts three at the most, and is felt for one more."""
_CHANGE = 3 * HOUR
"""More than a clock is put forward or back."""


def begins(event: Event, window: Window) -> Iterator[int]:
    """The moments, microseconds UTC, in order; a time by cron that two wall times mean stands once.

    A wall time that the clock skips means as long after the change, one that it shows twice its first pass.
    """
    local = zone(window.timezone)
    if event.at is not None:
        yield event.at.micros(local)
    if event.on is None:
        return
    cron = _cron(event)
    if cron is not None:
        walls = cron.between(*_felt_between(event, window))
        yield from np.unique(clock(window.timezone).instant(walls)).tolist()
        return
    first, last = _year(window.start) - _REACH, _year(window.end) + 1
    for day in event.on.dates or event.on.between(first, last):
        wall = datetime.combine(day, time()) + timedelta(microseconds=event.starts.micros)
        yield Moment(wall).micros(local)


def times_by_cron(event: Event, window: Window) -> int:
    """How many times by cron there are around a window, 0 where the event is by something else."""
    cron = _cron(event)
    return 0 if cron is None else cron.count(*_felt_between(event, window))


def _cron(event: Event) -> Cron | None:
    return event.on.rule.cron if event.on is not None and event.on.rule is not None else None


def _felt_between(event: Event, window: Window) -> tuple[int, int]:
    """The wall times between which it would begin to be felt in the window, and a little more."""
    before, after = 0, 0
    if isinstance(event, Spike):
        after = event.rise.micros + event.hold.micros + event.decay.micros
        after += event.hangover.for_.micros if event.hangover is not None else 0
        before = event.lead_up.for_.micros if event.lead_up is not None else 0
    elif isinstance(event, Outage):
        after = event.for_.micros + (event.catch_up.over.micros if event.catch_up is not None else 0)
    elif isinstance(event, Step):
        after = event.rise.micros
    ends = np.array([window.start - after, window.end + before], np.int64)
    start, end = clock(window.timezone).wall(ends).tolist()
    return start - _CHANGE, end + _CHANGE


def _year(micros: int) -> int:
    return _EPOCH_YEAR + micros // _MEAN_YEAR
