"""The shape of time: rows counted by part of the window, hour of the day and day of the week, without making one."""

from __future__ import annotations

import numpy as np

from engine.errors import SpecError
from engine.preview.model import Span, TimelineView, TimeShape, within
from engine.spec.model import Scenario
from engine.timelines.clock import clock
from engine.timelines.composed import compile_all, leaves, parts_of
from engine.timelines.moments import Moments
from engine.timelines.rate import Rate
from engine.timelines.window import Window
from engine.types import DAY, I64, SECOND

PARTS = 400
"""The most parts that a window is cut into."""
_HOUR = 3600 * SECOND
_WIDTHS = (60 * SECOND, 300 * SECOND, 900 * SECOND, _HOUR, 3 * _HOUR, 6 * _HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY)
_QUARTERS = (900 * SECOND, _HOUR)
_MOST_QUARTERS = 500_000


def width_of(length: int) -> int:
    """The shortest usual width that cuts a length into at most `PARTS` parts."""
    return next((w for w in _WIDTHS if length <= w * PARTS), -(-length // PARTS))


def time_shape(moments: Moments, column: str, timezone: str) -> TimeShape | None:
    """Where the rows lie in time, exactly, by searching the table of bins; None where there is no row."""
    start, end = int(moments.edges[0]), int(moments.edges[-1])
    if not moments.count:
        return None
    width = width_of(end - start)
    counts = _counted(moments, _cuts(start, end, width))
    week = _rhythm(moments, start, end, timezone)
    hours, weekdays = (tuple(map(int, week.sum(axis=axis))) if week.size else () for axis in (0, 1))
    return TimeShape(column, start, end, width, tuple(counts.tolist()), hours, weekdays, tuple(week.ravel().tolist()))


def before(moments: Moments, instants: I64) -> I64:
    """How many rows lie before instants, (n,) → (n,)."""
    return moments.born(instants - 1)


def timeline_views(scenario: Scenario, window: Window, seed: int) -> tuple[TimelineView, ...]:
    """Every timeline's rate in parts of the window, and when its events are on, or those of its parts.

    Raises SpecError.
    """
    lines = scenario.timelines
    rates = compile_all(lines, window, seed=seed, without=scenario.without, report=_raise)
    kinds = {(name, event): kind for name, line in lines.items() for event, (kind, _) in line.events().items()}
    events = {
        name: tuple(Span(event, kinds[name, event], *span) for event, spans in rate.spans.items() for span in spans)
        for name, rate in rates.items()
    }
    for name, line in lines.items():
        if parts_of(line):
            events[name] = tuple(within(leaf, span) for leaf in leaves(lines, name) for span in events[leaf])
    return tuple(_view(name, rate, window, events[name]) for name, rate in rates.items())


def _raise(error: SpecError, name: str) -> None:
    raise error.under("timelines", name)


def _view(name: str, rate: Rate, window: Window, events: tuple[Span, ...]) -> TimelineView:
    width = width_of(window.end - window.start)
    cuts = _cuts(window.start, window.end, width)
    lengths = np.diff(cuts) / (window.end - window.start)
    rates = rate.expected(1, cuts) / lengths
    ordered = tuple(sorted(events, key=lambda e: (e.start, e.event)))
    return TimelineView(name, window.start, window.end, width, tuple(rates.tolist()), ordered)


def _cuts(start: int, end: int, width: int) -> I64:
    return np.append(np.arange(start, end, width, dtype=np.int64), np.int64(end))


def _counted(moments: Moments, cuts: I64) -> I64:
    found: I64 = np.diff(before(moments, cuts))
    return found


def _rhythm(moments: Moments, start: int, end: int, timezone: str) -> I64:
    """Rows by local weekday and hour, (7, 24), counted in quarters of an hour, which no zone's clock of today cuts.

    A window of more than 14 years is counted in hours, where a zone with half an hour in its offset is that much off;
    of one longer than 57 years nothing is told, (0, 24).
    """
    step = next((q for q in _QUARTERS if (end - start) // q < _MOST_QUARTERS), None)
    if step is None:
        return np.empty((0, 24), np.int64)
    cuts = np.arange(start // step, -(-end // step) + 1, dtype=np.int64) * step
    counts, wall = _counted(moments, cuts), clock(timezone).wall(cuts[:-1])
    cell = (wall // DAY + 3) % 7 * 24 + wall // _HOUR % 24  # 1 January 1970 was a Thursday
    found: I64 = np.bincount(cell, weights=counts, minlength=7 * 24).astype(np.int64).reshape(7, 24)
    return found
