"""Rules of days as calendars write them (RFC 5545, section 3.3.10): read strictly, and evaluated as arithmetic on days.

A rule is a mask over the days of a span, so that one which names no day costs no more than one which names all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.timelines.calendar import easter
from engine.types import I64

Mask: TypeAlias = npt.NDArray[np.bool_]
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_LONGEST = 200
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST_OF: Mapping[str, tuple[int, int]] = {
    "INTERVAL": (1, 1000),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (1, 31),
    "BYYEARDAY": (1, 366),
    "BYWEEKNO": (1, 53),
    "BYSETPOS": (1, 366),
    "BYEASTER": (0, 366),
}
"""The least and the most of each number; those after BYMONTH may be counted from the end, with a minus."""
_UNSIGNED = ("INTERVAL", "BYMONTH")
_ONLY_WITH: Mapping[str, tuple[str, ...]] = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY",),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", "DAILY"),
}
PARTS = ("FREQ", *_MOST_OF, "BYDAY", "WKST")
_CHOOSING = tuple(part for part in PARTS if part.startswith("BY") and part != "BYSETPOS")
_THURSDAY = 3  # 1 January 1970


class RuleError(ValueError):
    """What is wrong with a rule, in words; `hint` says what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule read: `numbers` by part, and `weekdays` with their ordinal (0 is every one; Monday is 0)."""

    text: str
    frequency: str
    interval: int = 1
    first_weekday: int = 0
    weekdays: tuple[tuple[int, int], ...] = ()
    numbers: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def days(self, start: date, first: int, last: int) -> tuple[date, ...]:
        """The days at or after `start` in the years from `first` to `last`, in order; costs are by the year."""
        low, high = _number_of(date(first, 1, 1)), _number_of(date(last, 12, 31))
        span = _Span(np.arange(low - 7, high + 8, dtype=np.int64), self.first_weekday)
        anchor = _Span(np.array([_number_of(start)], np.int64), self.first_weekday)
        period = span.period(self.frequency)
        since = period - anchor.period(self.frequency)[0]
        chosen = self._mask(span, anchor) & (since % self.interval == 0)
        chosen = _at_places(chosen, period, dict(self.numbers).get("BYSETPOS", ()))
        chosen &= (span.day >= max(low, _number_of(start))) & (span.day <= high)
        return tuple(span.day[chosen].astype("datetime64[D]").tolist())

    def _mask(self, span: _Span, anchor: _Span) -> Mask:
        """The days that the BY parts name; where none does, those like the anchor."""
        found = np.ones(len(span.day), np.bool_)
        for part, wanted in self._wanted(anchor):
            if part in _MEASURES:
                found &= np.logical_or.reduce([np.isin(measure(span), wanted) for measure in _MEASURES[part]])
        if self.weekdays:
            within = "month" if self.frequency == "MONTHLY" or dict(self.numbers).get("BYMONTH") else "year"
            found &= np.logical_or.reduce([span.is_weekday(day, n, within) for n, day in self.weekdays])
        elif self.frequency == "WEEKLY" and not self._chooses():
            found &= span.weekday == anchor.weekday[0]
        return found

    def _wanted(self, anchor: _Span) -> tuple[tuple[str, tuple[int, ...]], ...]:
        if self._chooses() or self.frequency not in ("YEARLY", "MONTHLY"):
            return self.numbers
        same_day = ("BYMONTHDAY", (int(anchor.month_day[0]),))
        same_month = ("BYMONTH", (int(anchor.month[0]),))
        yearly = self.frequency == "YEARLY" and "BYMONTH" not in dict(self.numbers)
        return (*self.numbers, same_day, same_month) if yearly else (*self.numbers, same_day)

    def _chooses(self) -> bool:
        """Whether a part says which days, beside BYMONTH."""
        return bool(self.weekdays) or any(part in _CHOOSING and part != "BYMONTH" for part, _ in self.numbers)


class _Span:
    """What a calendar says of days counted from 1970, each (n,)."""

    def __init__(self, day: I64, first_weekday: int) -> None:
        dates = day.astype("datetime64[D]")
        months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
        self.day, self.weekday, self.first_weekday = day, (day + _THURSDAY) % 7, first_weekday
        self.month_number, self.year = months.astype(np.int64), years.astype(np.int64) + 1970
        self.month = self.month_number % 12 + 1
        self.month_day = (dates - months).astype(np.int64) + 1
        self.month_left = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64)
        self.year_day = (dates - years).astype(np.int64) + 1
        self.year_left = ((years + 1).astype("datetime64[D]") - dates).astype(np.int64)

    def period(self, frequency: str) -> I64:
        """Which year, month, week or day it is in."""
        week = (self.day + _THURSDAY - self.first_weekday) // 7
        return {"YEARLY": self.year, "MONTHLY": self.month_number, "WEEKLY": week, "DAILY": self.day}[frequency]

    def is_weekday(self, weekday: int, ordinal: int, within: str) -> Mask:
        """Whether it is the weekday, and the n-th of its month or year (from the end where n is below 0)."""
        on: Mask = self.weekday == weekday
        before, left = (self.month_day, self.month_left) if within == "month" else (self.year_day, self.year_left)
        if ordinal > 0:
            on = on & ((before - 1) // 7 + 1 == ordinal)
        elif ordinal < 0:
            on = on & ((left - 1) // 7 + 1 == -ordinal)
        return on

    def from_easter(self) -> I64:
        """Days after Easter Sunday of its year."""
        years, place = np.unique(self.year, return_inverse=True)
        sundays = np.array([_number_of(easter(year)) for year in years.tolist()], np.int64)
        found: I64 = self.day - sundays[place]
        return found

    def week(self) -> tuple[I64, I64]:
        """The number of its week, and the same counted from the year's last (-1); week 1 has four days or more."""
        fourth = self.day - (self.weekday - self.first_weekday) % 7 + 3
        years = fourth.astype("datetime64[D]").astype("datetime64[Y]")
        place = (fourth.astype("datetime64[D]") - years).astype(np.int64)
        left = ((years + 1).astype("datetime64[D]") - fourth.astype("datetime64[D]")).astype(np.int64)
        return place // 7 + 1, -((left - 1) // 7 + 1)


_MEASURES: Mapping[str, tuple[Callable[[_Span], I64], ...]] = {
    "BYMONTH": (lambda span: span.month,),
    "BYMONTHDAY": (lambda span: span.month_day, lambda span: -span.month_left),
    "BYYEARDAY": (lambda span: span.year_day, lambda span: -span.year_left),
    "BYWEEKNO": (lambda span: span.week()[0], lambda span: span.week()[1]),
    "BYEASTER": (lambda span: span.from_easter(),),
}


def read_rule(text: object) -> Rule:
    """Read ``FREQ=MONTHLY;BYDAY=-1FR``. Raises RuleError."""
    if not isinstance(text, str) or len(text) > _LONGEST or not _RULE.fullmatch(text):
        raise RuleError("this is not a rule", "write FREQ=MONTHLY;BYDAY=-1FR, as calendars do")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name not in PARTS:
            raise RuleError(f"'{name}' is not read in a rule of days", f"write {', '.join(PARTS)}")
        if name in parts:
            raise RuleError(f"{name} is said twice", f"write one {name} with all its values, with commas between")
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise RuleError("FREQ is missing, or not one of days", f"write FREQ={', '.join(FREQUENCIES)}")
    _require_company(parts)
    numbers = {part: _numbers(part, parts[part]) for part in _MOST_OF if part in parts}
    interval = numbers.pop("INTERVAL", (1,))
    if len(interval) != 1:
        raise RuleError("INTERVAL is one number")
    week = parts.get("WKST", "MO")
    if week not in _WEEKDAYS:
        raise RuleError(f"WKST={week} is not a day", f"write {', '.join(_WEEKDAYS)}")
    days = _weekdays(parts)
    return Rule(text, parts["FREQ"], interval[0], _WEEKDAYS.index(week), days, tuple(numbers.items()))


def _require_company(parts: Mapping[str, str]) -> None:
    """The RFC's table of which part goes with which FREQ."""
    for part, wanted in _ONLY_WITH.items():
        if part in parts and parts["FREQ"] not in wanted:
            raise RuleError(f"{part} does not go with FREQ={parts['FREQ']}", f"it goes with {', '.join(wanted)}")
    if "BYSETPOS" in parts and not any(part in _CHOOSING for part in parts):
        raise RuleError("BYSETPOS picks among days that another part names", "add BYDAY or another BY part")


def _numbers(part: str, text: str) -> tuple[int, ...]:
    least, most = _MOST_OF[part]
    signed = part not in _UNSIGNED
    found = [int(one) if _NUMBER.fullmatch(one) else None for one in text.split(",")]
    for one, number in zip(text.split(","), found, strict=True):
        if number is None or not least <= (abs(number) if signed else number) <= most:
            minus = f", or -{most} to -{least}" if signed and least else f", or -{most} to -1" if signed else ""
            raise RuleError(f"{part}={one} is out of range", f"{part} is {least} to {most}{minus}")
    return tuple(number for number in found if number is not None)


def _weekdays(parts: Mapping[str, str]) -> tuple[tuple[int, int], ...]:
    if "BYDAY" not in parts:
        return ()
    found: list[tuple[int, int]] = []
    in_year = parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts
    most = 53 if in_year else 5
    for one in parts["BYDAY"].split(","):
        read = _DAY.fullmatch(one)
        if read is None:
            raise RuleError(f"BYDAY={one} is not a day", f"write {', '.join(_WEEKDAYS)}, or -1FR for the last Friday")
        if read[1] is not None and (parts["FREQ"] not in ("YEARLY", "MONTHLY") or "BYWEEKNO" in parts):
            raise RuleError(f"BYDAY={one} counts days of a month or a year", f"write BYDAY={read[2]}, or FREQ=MONTHLY")
        if read[1] is not None and not 1 <= abs(int(read[1])) <= most:
            raise RuleError(
                f"BYDAY={one} is out of range", f"a {'year' if in_year else 'month'} has at most {most} of a weekday"
            )
        found.append((int(read[1] or 0), _WEEKDAYS.index(read[2])))
    return tuple(found)


def _number_of(day: date) -> int:
    """Days since 1970."""
    return (day - date(1970, 1, 1)).days


def _at_places(chosen: Mask, period: I64, places: tuple[int, ...]) -> Mask:
    """Of the chosen days, those at these places of their period, from 1, or from -1 at its end."""
    if not places:
        return chosen
    index = np.flatnonzero(chosen)
    number = period[index]
    place = np.arange(len(index)) - np.searchsorted(number, number) + 1
    left = np.searchsorted(number, number, side="right") - np.arange(len(index))
    found = np.zeros(len(chosen), np.bool_)
    found[index[np.isin(place, places) | np.isin(-left, places)]] = True
    return found
