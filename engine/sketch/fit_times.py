"""Dates, moments, times of day and lengths of time as CHECKs allow them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

from engine.catalog.model import Column
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.facts import Part
from engine.sketch.checks.values import position, value_at
from engine.sketch.made import Made
from engine.types import DAY, SECOND, Family
from engine.units import parse_duration

_YEAR = timedelta(days=365)
_LATER = 10 * _YEAR
"""How long after the window moments lie that must be later than the one at which they are written."""
_MOST_LISTED = 1000
_MOST_LOOKED_AT = 40_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LENGTHS = {"minute": (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240), "hour": (1, 2, 3, 4, 6, 8, 12, 24)}
_UNITS = (("d", DAY), ("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND), ("ms", 1000), ("us", 1))
_FIELDS: Mapping[str, Callable[[datetime], int]] = {
    "month": lambda t: t.month,
    "quarter": lambda t: (t.month + 2) // 3,
    "day": lambda t: t.day,
    "dow": lambda t: t.isoweekday() % 7,
    "isodow": lambda t: t.isoweekday(),
    "hour": lambda t: t.hour,
    "minute": lambda t: t.minute,
}
_STARTS: Mapping[str, Callable[[datetime], bool]] = {
    "minute": lambda t: not (t.second or t.microsecond),
    "hour": lambda t: _STARTS["minute"](t) and not t.minute,
    "day": lambda t: _STARTS["hour"](t) and not t.hour,
    "week": lambda t: _STARTS["day"](t) and t.isoweekday() == 1,
    "month": lambda t: _STARTS["day"](t) and t.day == 1,
    "quarter": lambda t: _STARTS["month"](t) and t.month in (1, 4, 7, 10),
    "year": lambda t: _STARTS["month"](t) and t.month == 1,
}


def fit_moment(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """Days or moments within the bounds, near to where they were wanted."""
    wanted = _wanted(made)
    start, end = _cut(column, facts, *wanted)
    if start >= end:
        return None
    if facts.parts or facts.unit not in (None, "day" if column.type.family is Family.DATE else None) or facts.none_of:
        return _listed(column, facts, start, end)
    if (start, end) == wanted and made.said is not None:
        return made
    ends = {"min": _told(column, start), "max": _told(column, end)}
    days = (end - start).days + 1 if column.type.family is Family.DATE else None
    return Made({"uniform": ends}, pool=days)


def _wanted(made: Made) -> tuple[datetime, datetime]:
    """From when to when moments were to lie; a year without a wish."""
    said = made.said.get("uniform") if isinstance(made.said, Mapping) else None
    if isinstance(said, Mapping):
        return _moment(str(said["min"])), _moment(str(said["max"]))
    return _moment("2025-01-01"), _moment("2026-01-01")


def _cut(column: Column, facts: ColumnFacts, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The span within the bounds, moved to them where it lies beyond; half-open for moments, not for days.

    A wall time is read in the scenario's zone, and a bound in none: what lies within a day of it is cut to it.
    """
    days = column.type.family is Family.DATE
    step = timedelta(days=1) if days else timedelta(microseconds=1)
    near = timedelta(days=1) if column.type.name == "timestamptz" else timedelta(0)
    wide = end - start
    if facts.earliest is not None:
        start, end = end + _LATER, end + _LATER + _YEAR
    elif facts.latest is not None and facts.latest < -DAY:
        start, end = (t + timedelta(microseconds=facts.latest) for t in (start, end))
    low = None if facts.low is None else _moment(str(facts.low)) + step * facts.low_strict
    high = None if facts.high is None else _moment(str(facts.high)) - step * facts.high_strict + step * (not days)
    if low is not None and start < low + near:
        start, end = low, end if end > low + near else low + wide
    if high is not None and end > high - near:
        start, end = start if start < high - near else high - wide, high
    return max(start, low or start), end


def _listed(column: Column, facts: ColumnFacts, start: datetime, end: datetime) -> Made | None:
    """Those of the calendar that the rules leave, spread over the span."""
    step = _step(column, facts)
    count = int((end - start) / step) + 1
    steps = range(count) if count <= _MOST_LOOKED_AT else range(0, count, count // _MOST_LOOKED_AT)
    first = _floor(start, step)
    kept = [t for t in (first + n * step for n in steps) if start <= t <= end and _is_allowed(column, t, facts)]
    if column.type.family is not Family.DATE:
        kept = [t for t in kept if t < end]
    every = max(len(kept) // _MOST_LISTED, 1)
    listed = [_told(column, t) for t in kept[::every]]
    return Made({"choice": listed}, pool=len(listed)) if listed else None


def _step(column: Column, facts: ColumnFacts) -> timedelta:
    """The finest step that can matter."""
    if column.type.family is Family.DATE or facts.unit in ("day", "week", "month", "quarter", "year"):
        return timedelta(days=1)
    fine = facts.unit == "minute" or any(part.field == "minute" for part in facts.parts)
    return timedelta(minutes=1) if fine else timedelta(hours=1)


def _floor(t: datetime, step: timedelta) -> datetime:
    return t - (t - _EPOCH) % step


def _is_allowed(column: Column, t: datetime, facts: ColumnFacts) -> bool:
    starts = facts.unit is None or _STARTS[facts.unit](t)
    told = _told(column, t)
    return (
        starts
        and all(_has(part, t) for part in facts.parts)
        and told not in {str(v)[: len(told)] for v in facts.none_of}
    )


def _has(part: Part, t: datetime) -> bool:
    return part.field in _FIELDS and _FIELDS[part.field](t) in part.values


def _moment(text: str) -> datetime:
    made = datetime.fromisoformat(text)
    return made if made.tzinfo is not None else made.replace(tzinfo=timezone.utc)


def _told(column: Column, t: datetime) -> str:
    """A day, or a moment; one with a zone in UTC, one without as a day where it is midnight."""
    at = t.astimezone(timezone.utc).replace(tzinfo=None)
    if column.type.name == "timestamptz":
        return f"{at.isoformat()}Z"
    midnight = at == datetime.combine(at.date(), datetime.min.time())
    return at.date().isoformat() if column.type.family is Family.DATE or midnight else at.isoformat(" ")


def fit_time(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """Times of day within the bounds; those of a choice that lie there."""
    low = 0 if facts.low is None else int(position(facts.low, column.type)) + facts.low_strict
    high = DAY if facts.high is None else int(position(facts.high, column.type)) + (not facts.high_strict)
    choice = made.said.get("choice") if isinstance(made.said, Mapping) else None
    if isinstance(choice, list):
        left = [v for v in choice if low <= int(position(v, column.type)) < high and v not in facts.none_of]
        if left:
            return Made({"choice": left}, pool=len(left))
    if low >= high or facts.none_of:
        return _minutes(column, low, high, facts)
    return Made({"uniform": {"min": duration(low), "max": duration(high)}})


def _minutes(column: Column, low: int, high: int, facts: ColumnFacts) -> Made | None:
    """Whole minutes between two times of day, but for those that must not be."""
    every = range(-(-low // (60 * SECOND)) * 60 * SECOND, high, 60 * SECOND)
    told = [str(value_at(position(at, column.type), column.type)) for at in map(_clock, every)]
    left = [text for text in told if text not in facts.none_of]
    return Made({"choice": left}, pool=len(left)) if left else None


def _clock(micros: int) -> str:
    return (datetime.min + timedelta(microseconds=micros)).time().isoformat()  # noqa: DTZ901 (a time of day)


def fit_length(column: Column, made: Made, facts: ColumnFacts) -> Made | None:
    """Lengths of time within the bounds."""
    low = 0 if facts.low is None else int(position(facts.low, column.type)) + facts.low_strict
    high = None if facts.high is None else int(position(facts.high, column.type)) - facts.high_strict
    if facts.unit is not None:
        return _whole_lengths(low, high, facts)
    said = made.said if isinstance(made.said, Mapping) else {}
    law = next((v for k, v in said.items() if k not in ("min", "max") and isinstance(v, Mapping)), None)
    middle = None if law is None or "median" not in law else parse_duration(str(law["median"])).micros
    if middle is not None and low < middle and (high is None or middle < high):
        least = max(low, parse_duration(str(said.get("min", "0s"))).micros)
        most = [m for m in (high, parse_duration(str(said["max"])).micros if "max" in said else None) if m is not None]
        return Made({**said, "min": duration(least), **({"max": duration(min(most))} if most else {})})
    if high is None:
        high = max(low * 2, low + DAY)
    if low == 0 and high < 0:
        low = high - DAY
    return Made({"uniform": {"min": duration(low), "max": duration(high)}}) if low <= high else None


def _whole_lengths(low: int, high: int | None, facts: ColumnFacts) -> Made | None:
    """Lengths that people choose, of whole minutes or hours, but for those that must not be."""
    unit = 3600 * SECOND if facts.unit == "hour" else 60 * SECOND
    left = [n * unit for n in _LENGTHS[str(facts.unit)] if low <= n * unit <= (low + DAY if high is None else high)]
    if not left:
        first = -(-low // unit) * unit
        left = [at for at in (first, first + unit, first + 2 * unit) if high is None or at <= high]
    left = [at for at in left if at not in facts.none_of]
    return Made({"choice": [duration(at) for at in left]}, pool=len(left)) if left else None


def duration(micros: int) -> str:
    """A length of time as people write it, in the largest unit that it is a whole number of."""
    unit, size = next((u, s) for u, s in _UNITS if micros % s == 0)
    return f"{micros // size}{unit}"
