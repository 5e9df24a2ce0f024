"""How a day and a week are shaped: named curves with their sources, and weights of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.refusal import meant, refuse

HOURS, WEEKDAYS = 24, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST_MONTH, NO_LAST = 31, -1.0
FLAT_DAY, FLAT_WEEK = (1.0,) * HOURS, (1.0,) * len(WEEKDAYS)
FLAT_YEAR, FLAT_MONTH = (1.0,) * len(MONTHS), (*(1.0,) * LONGEST_MONTH, NO_LAST)
FLAT_DAYS = (FLAT_DAY,) * len(WEEKDAYS)
Week: TypeAlias = tuple[tuple[float, ...], ...]
"""A daily curve for each of Monday to Sunday."""
_DAYS = {"weekdays": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}
_KEYS = ", ".join((*WEEKDAYS, *_DAYS, "else"))

# fmt: off
DAILY: Mapping[str, tuple[float, ...]] = {
    "flat": FLAT_DAY,
    # General merchandise: a plateau from 10 to 16 h, a higher evening from 19 to 22 h, a night near 12 % of the
    # mean. Drawn after Criteo (France 2018: peaks at noon, 15-16 h, 19 h, climax 22 h) and Adobe Digital Insights
    # (2024: 20-22 h local); the sources give the shape, the figures are ours.
    "online_retail": (
        1.9, 1.2, 0.7, 0.5, 0.5, 0.7, 1.3, 2.3, 3.5, 4.8, 5.6, 5.9,
        6.1, 5.9, 5.8, 5.7, 5.4, 5.0, 5.2, 6.1, 7.0, 7.5, 7.1, 4.3,
    ),
    # Measured from 15,183 orders of the Instacart 2017 sample.
    "online_grocery": (
        0.62, 0.29, 0.15, 0.14, 0.20, 0.22, 0.88, 2.61, 4.76, 8.08, 8.76, 8.65,
        8.52, 8.21, 8.34, 8.10, 7.74, 6.76, 5.33, 3.93, 3.02, 1.95, 1.66, 1.07,
    ),
    # Measured from 155,848 baskets of dunnhumby's Complete Journey, after repair of its time zone.
    "store_grocery": (
        0.73, 0.36, 0.45, 0.17, 0.13, 0.23, 0.69, 1.42, 2.11, 2.99, 4.45, 5.96,
        6.74, 6.82, 7.10, 7.70, 8.97, 9.99, 9.36, 7.94, 6.45, 4.82, 2.96, 1.46,
    ),
    # TPC-DS, tools/tpcds.dst, the hours table: the set for store sales.
    "store": (0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 12, 7, 8, 9, 12, 4, 4, 12, 8, 8, 4, 0, 0, 0),
    # The same table's set for web sales.
    "web": (1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 7, 5, 3, 4, 5, 6, 7, 8, 7, 5, 3, 1),
    # Desk work from 8 to 18 h with a dip at noon; an illustration, not a measurement.
    "office": (
        0.1, 0.05, 0.05, 0.05, 0.05, 0.1, 0.4, 2.0, 7.0, 11.0, 12.0, 11.0,
        6.5, 9.5, 11.5, 11.0, 9.0, 5.5, 1.6, 0.8, 0.4, 0.25, 0.15, 0.1,
    ),
}
"""Weights of the local hours 0 to 23; only their ratios matter."""

WEEKLY: Mapping[str, tuple[float, ...]] = {
    "flat": FLAT_WEEK,
    # Sources conflict (Windsor Circle 2014: Monday 17.8 % of revenue, Saturday 10.5 %; 16 direct-to-consumer
    # brands: Saturday highest); this is the cautious middle.
    "online_retail": (1.10, 1.0, 1.0, 1.0, 1.0, 0.90, 1.05),
    # Measured from the Instacart 2017 sample, whose days 0 and 1 are believed to be Saturday and Sunday.
    "online_grocery": (14.0, 12.4, 12.2, 13.8, 12.0, 17.5, 18.1),
    # Measured from CDNOW, 69,659 orders of music in 1997-98.
    "online_music": (15.3, 14.7, 14.1, 14.3, 13.5, 13.7, 14.5),
    # Measured from dunnhumby's Complete Journey.
    "store_grocery": (14.1, 13.4, 13.2, 13.4, 13.8, 15.9, 16.3),
    # Desk work; an illustration, not a measurement.
    "office": (1.0, 1.05, 1.05, 1.0, 0.85, 0.08, 0.06),
}
# fmt: on
"""Weights of Monday to Sunday; only their ratios matter."""


def read_daily(value: object) -> tuple[float, ...]:
    """Read a curve's name or 24 weights. Raises PydanticCustomError (BAD_WEIGHTS, WRONG_TYPE)."""
    if isinstance(value, str):
        return _named(value, DAILY, "daily curve")
    if not isinstance(value, list | tuple):
        raise refuse(Code.WRONG_TYPE, f"daily is the name of a curve or {HOURS} weights", f"write {', '.join(DAILY)}")
    if len(value) != HOURS:
        raise refuse(Code.BAD_WEIGHTS, f"daily has {len(value)} weights and a day has {HOURS} hours")
    return _weights({f"{hour:02}:00": weight for hour, weight in enumerate(value)})


def read_daily_by_weekday(value: object) -> Week:
    """Read a curve for every day, or one for each: ``{weekdays: office, sat: flat, else: online_retail}``.

    Raises PydanticCustomError (BAD_WEIGHTS, UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE).
    """
    if not isinstance(value, Mapping):
        return (read_daily(value),) * len(WEEKDAYS)
    for day in value:
        if day not in (*WEEKDAYS, *_DAYS, "else"):
            raise refuse(Code.UNKNOWN_KEY, f"'{day}' is not a day of the week", f"write {_KEYS}")
    curves = {key: read_daily(curve) for key, curve in value.items()}
    given = {day: curves[group] for group, days in _DAYS.items() if group in curves for day in days}
    given |= {day: curves[day] for day in WEEKDAYS if day in curves}
    missing = [day for day in WEEKDAYS if day not in given and "else" not in curves]
    if missing:
        raise refuse(Code.MISSING_KEY, f"daily has no curve for {', '.join(missing)}", "add else: flat")
    return tuple(given.get(day) or curves["else"] for day in WEEKDAYS)


def read_yearly(value: object) -> tuple[float, ...]:
    """Read weights by month, 1 where none is given. Raises PydanticCustomError as `read_weekly` does."""
    if isinstance(value, list | tuple) and len(value) == len(MONTHS):
        value = dict(zip(MONTHS, value, strict=True))
    if not isinstance(value, Mapping):
        raise refuse(Code.WRONG_TYPE, "yearly is weights by month", "write {nov: 1.4, dec: 1.8}, or 12 weights")
    for month in value:
        if month not in MONTHS:
            raise refuse(Code.UNKNOWN_KEY, f"'{month}' is not a month", f"write {', '.join(MONTHS)}")
    return _weights({month: value.get(month, 1.0) for month in MONTHS})


def read_monthly(value: object) -> tuple[float, ...]:
    """Read weights by day of the month, 1 where none is given; the 32nd is that of `last`, whatever its number.

    Raises PydanticCustomError as `read_weekly` does.
    """
    if not isinstance(value, Mapping):
        raise refuse(Code.WRONG_TYPE, "monthly is weights by day of the month", "write {1: 2.0, 15: 1.6, last: 2.0}")
    by_day: dict[str, object] = {}
    for key, weight in value.items():
        day = _day_of_month(str(key))
        if day in by_day:
            raise refuse(Code.CONFLICT, f"the day {day} has two weights", "keep one of them")
        by_day[day] = weight
    found = _weights({str(day): by_day.get(str(day), 1.0) for day in range(1, LONGEST_MONTH + 1)})
    return (*found, _weights({"last": by_day["last"], "any": 1.0})[0] if "last" in by_day else NO_LAST)


def _day_of_month(text: str) -> str:
    if text == "last":
        return text
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:_DIGITS]) <= LONGEST_MONTH and len(text) <= _DIGITS):
        raise refuse(Code.UNKNOWN_KEY, f"'{text[:40]}' is not a day of the month", "write 1 to 31, or last")
    return str(int(text))


def read_weekly(value: object) -> tuple[float, ...]:
    """Read a profile's name or weights by day, 1 where none is given.

    Raises PydanticCustomError (BAD_WEIGHTS, UNKNOWN_KEY, WRONG_TYPE).
    """
    if isinstance(value, str):
        return _named(value, WEEKLY, "weekly profile")
    if isinstance(value, list | tuple) and len(value) == len(WEEKDAYS):
        value = dict(zip(WEEKDAYS, value, strict=True))
    if not isinstance(value, Mapping):
        raise refuse(
            Code.WRONG_TYPE, "weekly is the name of a profile or weights by day", "write {mon: 1.05, sat: 0.92}"
        )
    for day in value:
        if day not in WEEKDAYS:
            raise refuse(Code.UNKNOWN_KEY, f"'{day}' is not a day of the week", f"write {', '.join(WEEKDAYS)}")
    return _weights({day: value.get(day, 1.0) for day in WEEKDAYS})


def _named(name: str, known: Mapping[str, tuple[float, ...]], what: str) -> tuple[float, ...]:
    if name not in known:
        raise refuse(Code.WRONG_TYPE, f"no {what} is called '{name}'", meant(name, known))
    return tuple(map(float, known[name]))


def _weights(weights: Mapping[str, object]) -> tuple[float, ...]:
    found: list[float] = []
    for place, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise refuse(Code.WRONG_TYPE, f"the weight of {place} is not a number: {weight!r}")
        if not (isfinite(weight) and 0 <= weight <= _LARGEST):
            raise refuse(Code.BAD_WEIGHTS, f"the weight of {place} is {weight}; weights are from 0 to {_LARGEST:g}")
        if 0 < weight < _SMALLEST:
            message = f"the weight of {place} is {weight}; the least above 0 is {_SMALLEST:g}"
            raise refuse(Code.BAD_WEIGHTS, message, "only ratios matter: make all of them larger")
        found.append(float(weight))
    if not any(found):
        raise refuse(Code.BAD_WEIGHTS, "the weights sum to nothing, so no row would have a place")
    return tuple(found)


_LARGEST, _SMALLEST = 1e9, 1e-9
_DIGITS = 2
_WEIGHT = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"\{\{"}]}


def _names(known: Mapping[str, tuple[float, ...]]) -> dict[str, object]:
    return {"anyOf": [{"enum": list(known)}, {"type": "string", "pattern": r"\{\{"}]}


_CURVE_JSON: dict[str, object] = {
    "anyOf": [_names(DAILY), {"type": "array", "items": _WEIGHT, "minItems": HOURS, "maxItems": HOURS}]
}
_CURVES_JSON = {
    "type": "object",
    "properties": dict.fromkeys((*WEEKDAYS, *_DAYS, "else"), _CURVE_JSON),
    "additionalProperties": False,
}
_DAILY_JSON = {"anyOf": [_CURVE_JSON, _CURVES_JSON]}
_YEAR_JSON = {"type": "object", "properties": dict.fromkeys(MONTHS, _WEIGHT), "additionalProperties": False}
_YEARLY_JSON = {"anyOf": [_YEAR_JSON, {"type": "array", "items": _WEIGHT, "minItems": 12, "maxItems": 12}]}
_MONTHLY_JSON = {
    "type": "object",
    "patternProperties": {"^([1-9]|[12][0-9]|3[01]|last)$": _WEIGHT},
    "additionalProperties": False,
}
_WEEK_JSON = {"type": "object", "properties": dict.fromkeys(WEEKDAYS, _WEIGHT), "additionalProperties": False}
_LIST_JSON = {"type": "array", "items": _WEIGHT, "minItems": 7, "maxItems": 7}
_WEEKLY_JSON = {"anyOf": [_names(WEEKLY), _WEEK_JSON, _LIST_JSON]}

DailyField = Annotated[Week, PlainValidator(read_daily_by_weekday), WithJsonSchema(_DAILY_JSON)]
YearlyField = Annotated[tuple[float, ...], PlainValidator(read_yearly), WithJsonSchema(_YEARLY_JSON)]
MonthlyField = Annotated[tuple[float, ...], PlainValidator(read_monthly), WithJsonSchema(_MONTHLY_JSON)]
WeeklyField = Annotated[tuple[float, ...], PlainValidator(read_weekly), WithJsonSchema(_WEEKLY_JSON)]
