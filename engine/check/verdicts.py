"""What an expectation wants of its answer → a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeAlias

from engine.check.model import Between, Empty, Equals, FallsIn, Verdict
from engine.errors import Code, Path, SpecError, wrong
from engine.generators.base import Window
from engine.spec.expect import Bound, Expectation, spelled
from engine.spec.fields import Span
from engine.spec.model import Scenario
from engine.spec.nearest import nearest, nearest_or_all
from engine.timelines.calendar import EVENTS
from engine.timelines.occurrence import occurrences, plateaus
from engine.types import DAY
from engine.units import Moment, zone

_PATH: Path = ("falls_in",)
_Spans: TypeAlias = tuple[tuple[datetime, datetime], ...]
_RANGES: Mapping[str, tuple[Decimal, Decimal]] = {
    "count": (Decimal(0), Decimal("Infinity")),
    "share": (Decimal(0), Decimal(1)),
    "mean": (Decimal("-Infinity"), Decimal("Infinity")),
}
"""What the answer of a question of our own can be."""


def verdict(expectation: Expectation, scenario: Scenario) -> Verdict:
    """What the answer must be. Raises SpecError (S003, S004, S005, R004, R005)."""
    if expectation.falls_in is not None:
        return FallsIn(*_spans(expectation.falls_in, expectation.by or "hour", scenario))
    if expectation.between is not None:
        low, high = expectation.between
        if type(low) is type(high) and low > high:  # type: ignore[operator]
            raise wrong(Code.OUT_OF_RANGE, f"between {low} and {high} there is nothing", path=("between",))
        _require_possible(expectation.kind, "between", low, high)
        return Between(low, high)
    if "equals" in expectation.model_fields_set:
        _require_possible(expectation.kind, "equals", expectation.equals, expectation.equals)
        return Equals(expectation.equals)
    return Empty()


def _require_possible(kind: str, key: str, low: Bound | bool | None, high: Bound | bool | None) -> None:
    """Refuse what a count, a share or a mean can never be. Raises SpecError (S003, S004)."""
    if kind not in _RANGES:
        return
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        bound = high if isinstance(low, Decimal) else low
        given = "null" if bound is None else spelled(bound)
        raise wrong(Code.WRONG_TYPE, f"a {kind} is a number, and never {given}", path=(key,))
    least, most = _RANGES[kind]
    if high < least or low > most:
        known = f"at least {least}" if kind == "count" else f"from {least} to {most}"
        hint = "a share of three per cent is 3% or 0.03" if kind == "share" else None
        raise wrong(
            Code.OUT_OF_RANGE, f"a {kind} is {known}, and never {high if high < least else low}", path=(key,), hint=hint
        )
    if kind == "count" and key == "equals" and low != low.to_integral_value():
        raise wrong(Code.OUT_OF_RANGE, f"a count is a whole number, and never {low}", path=(key,))


def _spans(target: Span | Moment | str, by: str, scenario: Scenario) -> tuple[_Spans, str]:
    if isinstance(target, Moment):
        start = _wall(target, scenario)
        return ((start, start + timedelta(microseconds=DAY)),), f"{start:%Y-%m-%d}"
    if isinstance(target, Span):
        start, end = _wall(target.start, scenario), _wall(target.end, scenario)
        if start >= end:
            raise wrong(Code.OUT_OF_RANGE, "the span ends before it begins", path=_PATH)
        return ((start, end),), f"{start} to {end}"
    if "." in target:
        return tuple((_begin(start, by), end) for start, end in _event(target, scenario)), target
    if target not in EVENTS:
        timelines = [f"{name}.{event}" for name, timeline in scenario.timelines.items() for event in timeline.events()]
        hint = nearest(target, [*EVENTS, *timelines]) or nearest_or_all(target, [*timelines, *EVENTS], nothing="")
        raise wrong(Code.UNKNOWN_EVENT, f"no day is called '{target}'", path=_PATH, hint=hint)
    years = range(_wall(scenario.window.start, scenario).year, _wall(scenario.window.end, scenario).year + 1)
    days = [EVENTS[target](year) for year in years]
    starts = [datetime(day.year, day.month, day.day) for day in days]
    return tuple((start, start + timedelta(days=1)) for start in starts), target


def _event(target: str, scenario: Scenario) -> _Spans:
    """When an event of a timeline is on, without its ramps, on the wall clock. Raises SpecError (R004, R005)."""
    name, _, event = target.partition(".")
    if name not in scenario.timelines:
        hint = nearest_or_all(name, scenario.timelines, nothing="the spec has no timelines")
        raise wrong(Code.UNKNOWN_TIMELINE, f"no timeline is called '{name}'", path=_PATH, hint=hint)
    timeline = scenario.timelines[name]
    if event not in timeline.events():
        known = [f"{name}.{one}" for one in timeline.events()]
        hint = nearest_or_all(target, known, nothing="it has none")
        raise wrong(Code.UNKNOWN_EVENT, f"timeline '{name}' has no event '{event}'", path=_PATH, hint=hint)
    local = zone(scenario.timezone)
    start, end = (moment.micros(local) for moment in (scenario.window.start, scenario.window.end))
    window = Window(start, end, scenario.timezone)
    try:
        spans = plateaus(occurrences(timeline, window)[event], window)
    except SpecError:  # told where the timeline is compiled
        return ()
    return tuple((_wall_of(start, scenario), _wall_of(end, scenario)) for start, end in spans)


def _begin(moment: datetime, by: str) -> datetime:
    """When the minute, hour, day, … begins that a moment lies in: a peak is told by the beginning of its own."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match by:
        case "month":
            return day.replace(day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case "day":
            return day
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0)
        case _:
            return moment.replace(second=0, microsecond=0)


def _wall_of(micros: int, scenario: Scenario) -> datetime:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)
    return moment.astimezone(zone(scenario.timezone)).replace(tzinfo=None)


def _wall(moment: Moment, scenario: Scenario) -> datetime:
    """A moment on the scenario's wall clock, without a zone."""
    given = moment.wall
    return (given.astimezone(zone(scenario.timezone)) if given.tzinfo else given).replace(tzinfo=None)
