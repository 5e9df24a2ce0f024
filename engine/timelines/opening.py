"""When something is open: hours of days of the week, and the slots of equal length that lie in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.clock import clock
from engine.timelines.days import Days, DaysField
from engine.timelines.profiles import WEEKDAYS
from engine.timelines.refusal import meant, refuse, shown
from engine.timelines.wall import HOUR, MINUTE
from engine.types import DAY, I64

_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?", re.ASCII)
_DAYS = re.compile(r"([A-Za-z]+)(?:\s*-\s*([A-Za-z]+))?")
_FAR = 2**62
_MOST_SPANS = 24
_GROUPS = {"weekdays": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Half-open spans of a local day, in order, microseconds after midnight."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours, the days of the week (0 is Monday) that have them, and days that have none."""

    hours: Hours
    weekdays: tuple[int, ...]
    closed: Days | None = None

    @property
    def longest(self) -> int:
        """The longest of the spans, microseconds."""
        return max(end - begin for begin, end in self.hours)

    def days(self, start: int, end: int, timezone: str) -> I64:
        """The open days that touch a half-open span of instants, as days since 1970, (n,)."""
        first, last = clock(timezone).wall(np.array([start, end - 1])) // DAY
        found = np.arange(first, last + 1)
        closed = self.closed.between(_year(first), _year(last)) if self.closed else ()
        numbers = [(day - date(1970, 1, 1)).days for day in closed]
        return found[np.isin((found + 3) % len(WEEKDAYS), self.weekdays) & ~np.isin(found, numbers)]

    def spans(self, days: I64, timezone: str) -> I64:
        """The instants at which these days open and close, (n, 2) in order; the hours that a clock skips are empty."""
        wall = (days[:, None, None] * DAY + np.array(self.hours)).reshape(-1)
        return clock(timezone).reached(wall).reshape(-1, 2)


def most_slots(hours: Hours, length: int, gap: int) -> int:
    """How many slots a day of 24 hours has at most."""
    return sum(max((end - begin - length) // (length + gap) + 1, 0) for begin, end in hours)


def slots(spans: I64, length: int, gap: int) -> I64:
    """The instants at which slots begin, in order.

    The first of each span (n, 2) begins with it, and each other `gap` after the one before ends; none ends later than
    its span, or less than `gap` before the next span begins.
    """
    begin, end = spans[:, 0], np.minimum(spans[:, 1], np.append(spans[1:, 0], _FAR) - gap)
    many = np.maximum((end - begin - length) // (length + gap) + 1, 0)
    place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    found: I64 = np.repeat(begin, many) + place * (length + gap)
    return found


def _year(day: int) -> int:
    return int(np.datetime64(int(day), "D").astype("datetime64[Y]").astype(int)) + 1970


def _listed(value: object) -> list[object]:
    """Texts with commas, or lists of them, as single parts."""
    parts = value if isinstance(value, list | tuple) else [value]
    return [one for part in parts for one in (part.split(",") if isinstance(part, str) else [part])]


def read_hours(value: object) -> Hours:
    """Read ``08:00-12:00, 13:00-17:00`` or a list of such spans.

    Raises PydanticCustomError (BAD_UNIT, OUT_OF_RANGE, CONFLICT).
    """
    said = sorted((_span(part), str(part).strip()) for part in _listed(value))
    if not 0 < len(said) <= _MOST_SPANS:
        raise refuse(Code.OUT_OF_RANGE, f"a day has 1 to {_MOST_SPANS} spans of open hours, not {len(said)}")
    for (one, before), (other, after) in pairwise(said):
        if other[0] < one[1]:
            raise refuse(Code.CONFLICT, f"the hours {before} and {after} overlap")
    return tuple(span for span, _ in said)


def _span(part: object) -> tuple[int, int]:
    written = _SPAN.fullmatch(part.strip()) if isinstance(part, str) else None
    if written is None:
        raise refuse(Code.BAD_UNIT, f"{shown(part)} are no hours", "write 08:00-12:00")
    numbers = [int(number or 0) for number in written.groups()]
    begin, end = (numbers[at] * HOUR + numbers[at + 1] * MINUTE for at in (0, 2))
    if max(begin, end) > DAY or max(numbers[1], numbers[3]) >= HOUR // MINUTE:
        raise refuse(Code.BAD_UNIT, f"{shown(part)} are no hours of a day", "write times from 00:00 to 24:00")
    if end <= begin:
        hint = "hours over midnight are two spans: 22:00-24:00, 00:00-06:00" if end < begin else None
        raise refuse(Code.OUT_OF_RANGE, f"the hours {shown(part)} end {'before' if hint else 'when'} they begin", hint)
    return begin, end


def read_weekdays(value: object) -> tuple[int, ...]:
    """Read ``mon-fri``, ``mon, wed, fri``, ``weekdays`` or a list: numbers of days, 0 is Monday.

    Raises PydanticCustomError (BAD_UNIT).
    """
    found = {number for part in _listed(value) for number in _weekdays(part)}
    if not found:
        raise refuse(Code.BAD_UNIT, "the list of days is empty", "write mon-fri")
    return tuple(sorted(found))


def _weekdays(part: object) -> Iterable[int]:
    if isinstance(part, str) and part in _GROUPS:
        return map(WEEKDAYS.index, _GROUPS[part])
    written = _DAYS.fullmatch(part.strip()) if isinstance(part, str) else None
    if written is None:
        raise refuse(Code.BAD_UNIT, f"{shown(part)} are no days of the week", "write mon-fri, or mon, wed, fri")
    first, last = (_number(word) for word in (written[1], written[2] or written[1]))
    return ((first + ahead) % len(WEEKDAYS) for ahead in range((last - first) % len(WEEKDAYS) + 1))


def _number(word: str) -> int:
    if word not in WEEKDAYS:
        raise refuse(Code.BAD_UNIT, f"'{word[:40]}' is not a day of the week", meant(word, WEEKDAYS))
    return WEEKDAYS.index(word)


def _whole(days: Days) -> Days:
    if days.rule is not None and days.rule.cron is not None:
        raise refuse(Code.WRONG_TYPE, "cron says times, and a day is closed as a whole", "write {rrule: FREQ=…}")
    return days


_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_HOURS_JSON = {"anyOf": [{"type": "string", "examples": ["08:00-12:00, 13:00-17:00"]}, _TEXTS]}
_WEEKDAYS_JSON = {"anyOf": [{"type": "string", "examples": ["mon-fri"]}, _TEXTS]}

HoursField = Annotated[Hours, PlainValidator(read_hours), WithJsonSchema(_HOURS_JSON)]
WeekdaysField = Annotated[tuple[int, ...], PlainValidator(read_weekdays), WithJsonSchema(_WEEKDAYS_JSON)]
ClosedField = Annotated[DaysField, AfterValidator(_whole)]
