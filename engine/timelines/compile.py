"""From a timeline and a window to a table of bins."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from engine.errors import Code, wrong
from engine.stream import stream_key
from engine.timelines import comeback
from engine.timelines.bursts import with_bursts
from engine.timelines.clock import clock
from engine.timelines.growth import Growth
from engine.timelines.hours import Hours, grown, hours_of
from engine.timelines.level import at_start, level, over
from engine.timelines.model import Timeline
from engine.timelines.occurrence import occurrences, plateaus, wakes, whole
from engine.timelines.rate import Rate
from engine.timelines.tree import total
from engine.timelines.trend import Course, Way
from engine.timelines.wall import HOUR, MINUTE, Stretch, bin_width, cut, grid, stretches_between
from engine.timelines.window import Window
from engine.types import DAY, F64, I64
from engine.units import Moment, zone

_BLOCK = 16_384
_LEAST = 1e-200
"""Below, sums of weights would lose their digits."""
_FINE = 31 * DAY
"""A spread up to this long has bins of a minute, a longer one of an hour."""


class Spread(Protocol):
    """Moments spread over a span of their own, evenly or growing."""

    @property
    def start(self) -> Moment:
        """The first moment inside."""

    @property
    def end(self) -> Moment:
        """The first moment after it."""

    @property
    def growth(self) -> Growth | Course | None:
        """What the rate is multiplied by in each period."""


def compile_timeline(timeline: Timeline, window: Window, *, seed: int, name: str) -> Rate:
    """The rate over the window in bins of local wall time, a minute each (coarser in windows over 11 years).

    A bin's weight is the mean rate times the bin's true length; bins are cut where an event begins, reaches its
    plateau, leaves it and ends. Raises SpecError: OUTSIDE_WINDOW, BAD_WEIGHTS, OUT_OF_RANGE.
    """
    events = occurrences(timeline, window)
    width = bin_width(window.end - window.start)
    begin = min([window.start, *comeback.lost_before(timeline, events)])
    parts = stretches_between(begin, window.end, window.timezone)
    outages = [once for name in timeline.outages for once in events[name]]
    others = [once for name, times in events.items() if name not in timeline.outages for once in times]
    others += wakes(timeline, events)
    corners = [corner for once in (*others, *outages) for corner in once.cuts()]
    corners += comeback.corners(timeline, events)
    edges = cut(grid(parts, width), np.array([*corners, window.start], np.int64))
    lowest = min((p.start + p.offset) // HOUR for p in parts)
    highest = max((p.end + p.offset) // HOUR for p in parts)
    trend = _trend(timeline, window)
    hours = hours_of(timeline, lowest, highest, trend, seed=seed, name=name)
    weights = _weights(edges, parts, hours)
    first = int(np.searchsorted(edges, window.start))
    if timeline.bursts is not None:
        calm, key = _calm(parts, hours, window), stream_key(seed, "timelines", name, "bursts")
        weights[first:] = with_bursts(timeline.bursts, calm, edges[first:], weights[first:], key)
    with np.errstate(over="ignore", invalid="ignore"):
        for once in others:
            once.apply(edges, weights)
        surge = comeback.comebacks(timeline, events, edges, weights)
        for once in outages:
            once.apply(edges, weights)
        weights += 0 if surge is None else surge
    edges, weights = edges[first:], weights[first:]
    require_rows(weights)
    ordinary = level(timeline) * over(timeline, events, window.start)
    if trend is not None:
        start = next((window.start + p.offset) // HOUR for p in parts if p.start <= window.start < p.end)
        ordinary *= at_start(trend, lowest, start, highest)
    spans, ramps = ({event: of(times, window) for event, times in events.items()} for of in (plateaus, whole))
    return Rate(edges, weights, spans, ramps, ordinary, timeline.counts.scatter(parts, width))


def _calm(parts: tuple[Stretch, ...], hours: Hours, window: Window) -> Rate:
    """The window's rate by the hour, without events."""
    edges = cut(grid(parts, HOUR), np.array([window.start], np.int64))
    weights = _weights(edges, parts, hours)
    first = int(np.searchsorted(edges, window.start))
    require_rows(weights[first:])
    return Rate(edges[first:], weights[first:])


def spread(span: Spread, window: Window) -> Rate:
    """A smooth rate over a span of its own: even, or growing exponentially; neither days nor weeks show.

    Raises SpecError (OUT_OF_RANGE) where the span is empty or longer than 684 years.
    """
    local = zone(window.timezone)
    start, end = span.start.micros(local), span.end.micros(local)
    if end <= start:
        raise wrong(Code.OUT_OF_RANGE, "the spread ends before it begins", path=("spread", "end"))
    bin_width(end - start)  # refuses what is too long
    edges = grid((Stretch(start, end, 0),), MINUTE if end - start <= _FINE else HOUR)
    lengths: F64 = np.diff(edges) / HOUR
    if span.growth is None:
        return Rate(edges, lengths)
    growth = (
        span.growth.between(start, end, lambda at: at.micros(local)) if isinstance(span.growth, Course) else span.growth
    )
    factor = grown(growth, edges[:-1] // HOUR)
    return Rate(edges, lengths * factor, ordinary=float(factor[0]))


def _trend(timeline: Timeline, window: Window) -> Growth | Way | None:
    """The trend on the wall clock of the window."""
    if not isinstance(timeline.trend, Course):
        return timeline.trend
    local, walls = zone(window.timezone), clock(window.timezone)
    start, end = walls.wall(np.array([window.start, window.end], np.int64)).tolist()
    return timeline.trend.between(start, end, lambda at: int(walls.wall(np.array([at.micros(local)]))[0]))


def require_rows(weights: F64) -> None:
    """Raise SpecError (BAD_WEIGHTS) where the weights sum to nothing, or to more than can be added up."""
    whole_weight = total(weights)
    if whole_weight == 0:
        raise wrong(Code.BAD_WEIGHTS, "the rate is 0 in the whole window, so no row would have a place")
    if not _LEAST < whole_weight < np.inf:
        than = "less" if whole_weight <= _LEAST else "more"
        raise wrong(Code.BAD_WEIGHTS, f"the events and weights multiply to {than} than a number can hold")


def _weights(edges: I64, parts: tuple[Stretch, ...], hours: Hours) -> F64:
    weights = np.empty(len(edges) - 1)
    for part in parts:
        begin, stop = np.searchsorted(edges, [part.start, part.end]).tolist()
        for low in range(begin, stop, _BLOCK):
            high = min(low + _BLOCK, stop)
            length = np.diff(edges[low : high + 1])
            weights[low:high] = hours.rate(edges[low:high] + part.offset, length) * (length / HOUR)
    return weights
