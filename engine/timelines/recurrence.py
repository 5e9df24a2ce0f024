"""What recurs: a country's public holidays, rules as calendars write them (RFC 5545, section 3.3.10), and cron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module

from engine.errors import Code
from engine.timelines.cron import Cron, read_cron
from engine.timelines.dates import read_date
from engine.timelines.refusal import meant, refuse, shown
from engine.timelines.rule import Rule, RuleError, read_rule

_ANCHOR = date(2000, 1, 1)
_PROBED = (2001, 2030)
_KEYS = {"holidays": ("region", "only"), "rrule": ("from",), "cron": ()}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A country, with a region and the names wanted of its holidays; a rule and the day it counts from; or times."""

    country: str = ""
    region: str | None = None
    only: tuple[str, ...] = ()
    rule: Rule | None = None
    start: date = _ANCHOR
    cron: Cron | None = None  # which has times instead of days

    def between(self, first: int, last: int) -> tuple[date, ...]:
        """The days in the years from `first` to `last`, both from 1 to 9999, in order."""
        if self.rule is None:
            return _holidays(self.country, self.region, self.only, first, last)
        return self.rule.days(self.start, first, last)

    def __str__(self) -> str:
        if self.cron is not None:
            return self.cron.text
        return (
            self.rule.text
            if self.rule
            else f"the holidays of {self.country}{f' ({self.region})' if self.region else ''}"
        )


def read_recurrence(value: Mapping[object, object]) -> Recurrence:
    """Read ``{holidays: DE, region: BY}``, ``{rrule: FREQ=WEEKLY, from: 2025-01-03}`` or ``{cron: 0 9 * * 1}``.

    Raises PydanticCustomError (UNKNOWN_KEY, WRONG_TYPE, BAD_UNIT, UNKNOWN_EVENT).
    """
    kinds = [kind for kind in _KEYS if kind in value]
    if len(kinds) != 1:
        raise refuse(
            Code.WRONG_TYPE, "write {holidays: US}, {rrule: FREQ=MONTHLY;BYDAY=-1FR} or {cron: 0 9 * * mon-fri}"
        )
    (kind,) = kinds
    for key in value:
        if key != kind and key not in _KEYS[kind]:
            others = f"write {', '.join(_KEYS[kind])}" if _KEYS[kind] else "it stands alone"
            raise refuse(Code.UNKNOWN_KEY, f"'{key}' is unknown beside '{kind}'", others)
    if kind == "cron":
        return _times(value["cron"])
    return _country(value) if kind == "holidays" else _rule(value)


def _country(value: Mapping[object, object]) -> Recurrence:
    country, region, only = value["holidays"], value.get("region"), value.get("only", ())
    known: Mapping[str, list[str]] = import_module("holidays").list_supported_countries(include_aliases=False)
    if not isinstance(country, str) or country not in known:
        raise refuse(
            Code.UNKNOWN_EVENT, f"no holidays are known of {shown(country)}", "write a country's code: US, DE, JP"
        )
    if region is not None and region not in known[country]:
        hint = meant(str(region), known[country]) if known[country] else None
        raise refuse(Code.UNKNOWN_EVENT, f"{country} has no region {shown(region)}", hint)
    names = (only,) if isinstance(only, str) else only
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise refuse(Code.WRONG_TYPE, f"only: the names of holidays, not {shown(only)}")
    found = Recurrence(country=country, region=None if region is None else str(region), only=tuple(names))
    _require_names(found)
    return found


def _require_names(found: Recurrence) -> None:
    """Every name that is wanted is one that the country has had lately, or will have."""
    if not found.only:
        return
    told = sorted({name for name, _ in _named(found.country, found.region, *_PROBED)})
    for name in found.only:
        if name not in told:
            raise refuse(Code.UNKNOWN_EVENT, f"{found.country} has no holiday '{name}'", meant(name, told))


def _rule(value: Mapping[object, object]) -> Recurrence:
    text, start = value["rrule"], value.get("from", _ANCHOR)
    try:
        rule = read_rule(text)
    except RuleError as error:
        raise refuse(Code.BAD_UNIT, f"{shown(text)}: {error}", error.hint) from None
    return Recurrence(rule=rule, start=read_date(start, "from: "))


def _times(text: object) -> Recurrence:
    try:
        return Recurrence(cron=read_cron(text))
    except RuleError as error:
        raise refuse(Code.BAD_UNIT, f"{shown(text)}: {error}", error.hint) from None


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
    {
        "type": "object",
        "properties": {"cron": {"type": "string", "examples": ["0 9 * * mon-fri"]}},
        "required": ["cron"],
        "additionalProperties": False,
    },
)
