"""When the events of a timeline happen in a window, and what they do to the rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from engine.errors import Code, Diagnostic, SpecError
from engine.timelines.begins import begins, times_by_cron
from engine.timelines.model import Event, Outage, Spike, Step, Timeline
from engine.timelines.ramps import Shape, climbed
from engine.timelines.rate import Spans
from engine.timelines.window import Window
from engine.types import F64, I64
from engine.units import zone

MOST_TIMES = 10_000
"""More than a window can be asked to have of one event."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event once: up from `start`, `factor` times the rate from `top` to `fall`, back at `end`; microseconds UTC."""

    start: int
    top: int
    fall: int
    end: int
    factor: float
    shape: Shape = "linear"

    def inside(self, window: Window) -> bool:
        """Whether any of it is in the window."""
        return self.start < window.end and self.end > window.start

    def cuts(self) -> tuple[int, ...]:
        """Where the rate has a corner."""
        return (self.start, self.top, self.fall, self.end)

    def apply(self, edges: I64, weights: F64) -> None:
        """Multiply the weights of the bins inside; edges are cut at the corners, so a bin's middle stands for it."""
        a, b, c, d = np.clip(np.searchsorted(edges, self.cuts()), 0, len(weights)).tolist()
        weights[b:c] *= self.factor
        rise = self.factor - 1.0
        if b > a:
            share = (middle(edges, a, b) - self.start) / (self.top - self.start)
            weights[a:b] *= 1.0 + rise * climbed(self.shape, share)
        if d > c:
            share = (self.end - middle(edges, c, d)) / (self.end - self.fall)
            weights[c:d] *= 1.0 + rise * climbed(self.shape, share)


def occurrences(timeline: Timeline, window: Window) -> dict[str, tuple[Occurrence, ...]]:
    """Every event's occurrences that touch the window, by name, in order of time.

    Raises SpecError (OUTSIDE_WINDOW), for all events at once, where one would change nothing.
    """
    found: dict[str, tuple[Occurrence, ...]] = {}
    problems: list[Diagnostic] = []
    for name, (kind, event) in timeline.events().items():
        often = times_by_cron(event, window)
        if often > 2 * MOST_TIMES:  # so many that they are not even made
            problems.append(_too_often(f"{kind}s", name, often))
            continue
        times = tuple(_shaped(event, begin, window) for begin in begins(event, window))
        found[name] = tuple(o for o in times if o.inside(window) or _felt(event, o, window))
        listed = event.on is not None and event.on.dates
        if not found[name] or (listed and len(found[name]) < len(times)):
            problems.append(_outside(f"{kind}s", name, event, window))
        if len(found[name]) > MOST_TIMES:
            problems.append(_too_often(f"{kind}s", name, len(found[name])))
        if isinstance(event, Step):
            found[name] = _risen_once(found[name], window)
    if problems:
        raise SpecError(problems)
    return found


def _felt(event: Event, once: Occurrence, window: Window) -> bool:
    """Whether what comes before or after it reaches into the window."""
    before = event.lead_up.for_.micros if isinstance(event, Spike) and event.lead_up else 0
    after = event.hangover.for_.micros if isinstance(event, Spike) and event.hangover else 0
    if isinstance(event, Outage) and event.catch_up:
        after = event.catch_up.over.micros
    return once.start - before < window.end and once.end + after > window.start


def _risen_once(times: tuple[Occurrence, ...], window: Window) -> tuple[Occurrence, ...]:
    """A step's times, with those that are over when the window begins as one that changes nothing more.

    The rate at the window's start has them all in it, and only ratios to it matter: a rule's thousand steps before
    would multiply to more than a number can hold.
    """
    over = [once for once in times if once.top <= window.start]
    rest = tuple(once for once in times if once.top > window.start)
    if len(over) < 2:
        return times
    return (replace(over[-1], factor=1.0), *rest)


def plateaus(times: tuple[Occurrence, ...], window: Window) -> Spans:
    """The spans at full height, cut to the window."""
    return _clipped(((o.top, o.fall) for o in times), window)


def whole(times: tuple[Occurrence, ...], window: Window) -> Spans:
    """The spans with their ramps, cut to the window."""
    return _clipped(((o.start, o.end) for o in times), window)


def wakes(timeline: Timeline, times: Mapping[str, tuple[Occurrence, ...]]) -> Iterator[Occurrence]:
    """What comes before and after the spikes that touch the window."""
    for name, spike in timeline.spikes.items():
        for once in times[name]:
            if spike.lead_up is not None:
                at = once.start
                yield Occurrence(at - spike.lead_up.for_.micros, at, at, at, spike.lead_up.factor)
            if spike.hangover is not None:
                at = once.end
                yield Occurrence(at, at, at, at + spike.hangover.for_.micros, spike.hangover.factor)


def _shaped(event: Event, begin: int, window: Window) -> Occurrence:
    if isinstance(event, Outage):
        end = begin + event.for_.micros
        return Occurrence(begin, begin, end, end, 1.0 - event.drop)
    if isinstance(event, Step):
        end = max(window.end, begin + event.rise.micros)
        return Occurrence(begin, begin + event.rise.micros, end, end, event.factor)
    assert isinstance(event, Spike)
    top = begin + event.rise.micros
    fall = top + event.hold.micros
    return Occurrence(begin, top, fall, fall + event.decay.micros, event.peak, event.shape)


def _outside(kind: str, name: str, event: Event, window: Window) -> Diagnostic:
    head = "at" if event.on is None else "on"
    when = event.at.wall if event.at is not None else event.on
    return Diagnostic(
        Code.OUTSIDE_WINDOW,
        f"'{name}' ({head}: {when}) is outside the window, so it would change nothing",
        (kind, name, head),
        hint=f"the window is {_day(window.start, window)} to {_day(window.end, window)}",
    )


def _too_often(kind: str, name: str, times: int) -> Diagnostic:
    return Diagnostic(
        Code.OUT_OF_RANGE,
        f"'{name}' would happen {times:_} times; {MOST_TIMES:_} are the most",
        (kind, name, "on"),
        hint="what is on every day belongs to `daily` or `weekly`; else shorten the window",
    )


def _clipped(spans: Iterator[tuple[int, int]], window: Window) -> Spans:
    cut = ((max(start, window.start), min(end, window.end)) for start, end in spans)
    return tuple((start, end) for start, end in cut if start < end)


def middle(edges: I64, start: int, stop: int) -> F64:
    """The middles of the bins from `start` to before `stop`."""
    return edges[start:stop] + np.diff(edges[start : stop + 1]) * 0.5


def _day(micros: int, window: Window) -> str:
    local = zone(window.timezone)
    return f"{datetime.fromtimestamp(micros / 1e6, local):%Y-%m-%d %H:%M}"
