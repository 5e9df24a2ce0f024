"""Days that recur: a country's public holidays, and rules as calendars write them (RFC 5545, section 3.3.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from itertools import islice

from engine.errors import Code
from engine.timelines.refusal import meant, refuse

MOST_DAYS = 10_000
"""More are not read of one rule."""
_ANCHOR = date(2000, 1, 1)
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYSETPOS", "WKST", "BYEASTER")
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
_LONGEST = 200
_KEYS = {"holidays": ("region", "only"), "rrule": ("from",)}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Either a country, with a region and the names wanted of its holidays, or a rule and the day it counts from."""

    country: str = ""
    region: str | None = None
    only: tuple[str, ...] = ()
    rule: str = ""
    start: date = _ANCHOR

    def between(self, first: int, last: int) -> tuple[date, ...]:
        """The days in the years from `first` to `last`, both from 1 to 9999, in order."""
        if self.country:
            return _holidays(self.country, self.region, self.only, first, last)
        return _recurring(self.rule, self.start, first, last)

    def __str__(self) -> str:
        return self.rule or f"the holidays of {self.country}{f' ({self.region})' if self.region else ''}"


def read_recurrence(value: Mapping[object, object]) -> Recurrence:
    """Read ``{holidays: DE, region: BY}`` or ``{rrule: "FREQ=WEEKLY;BYDAY=FR", from: 2025-01-03}``.

    Raises PydanticCustomError (UNKNOWN_KEY, WRONG_TYPE, BAD_UNIT, UNKNOWN_EVENT).
    """
    kinds = [kind for kind in _KEYS if kind in value]
    if len(kinds) != 1:
        raise refuse(Code.WRONG_TYPE, "write {holidays: US} or {rrule: FREQ=MONTHLY;BYDAY=-1FR}")
    (kind,) = kinds
    for key in value:
        if key != kind and key not in _KEYS[kind]:
            raise refuse(Code.UNKNOWN_KEY, f"'{key}' is unknown beside '{kind}'", f"write {', '.join(_KEYS[kind])}")
    return _country(value) if kind == "holidays" else _rule(value)


def _country(value: Mapping[object, object]) -> Recurrence:
    country, region, only = value["holidays"], value.get("region"), value.get("only", ())
    known: Mapping[str, list[str]] = import_module("holidays").list_supported_countries(include_aliases=False)
    if not isinstance(country, str) or country not in known:
        raise refuse(Code.UNKNOWN_EVENT, f"no holidays are known of {country!r}", "write a country's code: US, DE, JP")
    if region is not None and region not in known[country]:
        hint = meant(str(region), known[country]) if known[country] else None
        raise refuse(Code.UNKNOWN_EVENT, f"{country} has no region {region!r}", hint)
    names = (only,) if isinstance(only, str) else only
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise refuse(Code.WRONG_TYPE, f"only: the names of holidays, not {only!r}")
    found = Recurrence(country=country, region=None if region is None else str(region), only=tuple(names))
    if names and not found.between(2000, 2030):
        told = sorted({name for name, _ in _named(country, found.region, 2000, 2030)})
        raise refuse(Code.UNKNOWN_EVENT, f"{country} has no holiday {' or '.join(names)}", meant(names[0], told))
    return found


def _rule(value: Mapping[object, object]) -> Recurrence:
    text, start = value["rrule"], value.get("from", _ANCHOR)
    if not isinstance(text, str) or len(text) > _LONGEST or not _RULE.fullmatch(text):
        raise refuse(Code.BAD_UNIT, f"{text!r} is not a rule", "write FREQ=MONTHLY;BYDAY=-1FR, as calendars do")
    parts = dict(part.split("=", 1) for part in text.split(";"))
    for part in parts:
        if part not in _PARTS:
            raise refuse(Code.BAD_UNIT, f"'{part}' is not read in a rule of days", f"write {', '.join(_PARTS)}")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise refuse(Code.BAD_UNIT, f"{text!r} has no FREQ of days", f"write FREQ={', '.join(_FREQUENCIES)}")
    if not isinstance(start, date):
        try:
            start = date.fromisoformat(str(start))
        except ValueError as error:
            raise refuse(Code.BAD_UNIT, f"from: {start!r} is not a date: {error}") from None
    try:
        _recurring(text, start, start.year, start.year)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise refuse(Code.BAD_UNIT, f"{text!r} is not a rule: {error}") from None
    return Recurrence(rule=text, start=start)


@cache
def _named(country: str, region: str | None, first: int, last: int) -> tuple[tuple[str, date], ...]:
    """A country's holidays on their own days, not on those on which they are observed instead."""
    known = import_module("holidays").country_holidays(
        country, subdiv=region, years=range(first, last + 1), observed=False, language="en_US"
    )
    return tuple((name, day) for day, names in sorted(known.items()) for name in names.split("; "))


def _holidays(country: str, region: str | None, only: tuple[str, ...], first: int, last: int) -> tuple[date, ...]:
    found = _named(country, region, first, last)
    return tuple(dict.fromkeys(day for name, day in found if not only or name in only))


@cache
def _recurring(rule: str, start: date, first: int, last: int) -> tuple[date, ...]:
    dateutil = import_module("dateutil.rrule")
    begin = datetime(start.year, start.month, start.day)
    until = datetime(last, 12, 31)
    days = (at.date() for at in dateutil.rrulestr(rule, dtstart=begin).replace(until=until))
    return tuple(islice((day for day in days if day.year >= first), MOST_DAYS))


RECURRENCE_JSON: tuple[dict[str, object], ...] = (
    {
        "type": "object",
        "properties": {
            "holidays": {"type": "string", "examples": ["US"]},
            "region": {"type": "string"},
            "only": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        },
        "required": ["holidays"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {
            "rrule": {"type": "string", "examples": ["FREQ=MONTHLY;BYDAY=-1FR"]},
            "from": {"type": "string"},
        },
        "required": ["rrule"],
        "additionalProperties": False,
    },
)
