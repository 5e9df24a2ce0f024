"""The days on which something happens: a named day of each year, a date, a list of dates, or what recurs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.calendar import EVENTS
from engine.timelines.dates import read_date
from engine.timelines.recurrence import RECURRENCE_JSON, Recurrence, read_recurrence
from engine.timelines.refusal import meant, refuse


@dataclass(frozen=True, slots=True)
class Days:
    """A rule that names a day in every year, one that recurs, or dates; all but one of them are empty."""

    event: str | None = None
    dates: tuple[date, ...] = ()
    rule: Recurrence | None = None

    def between(self, first: int, last: int) -> tuple[date, ...]:
        """The days in the years from `first` to `last`, in order."""
        first, last = max(first, 1), min(last, 9999)
        if self.rule is not None:
            return self.rule.between(first, last)
        if self.event is not None:
            return tuple(EVENTS[self.event](year) for year in range(first, last + 1))
        return tuple(day for day in self.dates if first <= day.year <= last)

    def __str__(self) -> str:
        return self.event or (str(self.rule) if self.rule else ", ".join(map(str, self.dates)))


def read_days(value: object) -> Days:
    """Read ``black_friday``, ``2025-11-28``, a list of dates, ``{holidays: US}`` or ``{rrule: FREQ=MONTHLY}``.

    Raises PydanticCustomError (UNKNOWN_EVENT, BAD_UNIT, WRONG_TYPE, UNKNOWN_KEY).
    """
    if isinstance(value, Days):
        return value
    if isinstance(value, Mapping):
        return Days(rule=read_recurrence(value))
    if isinstance(value, list | tuple):
        if not value:
            raise refuse(Code.WRONG_TYPE, "the list of dates is empty")
        return Days(dates=tuple(sorted({read_date(one) for one in value})))
    if isinstance(value, str) and not re.match(r"\s*[0-9]", value):
        if value not in EVENTS:
            raise refuse(Code.UNKNOWN_EVENT, f"no day of the year is called '{value}'", meant(value, EVENTS))
        return Days(event=value)
    return Days(dates=(read_date(value),))


_DATE_JSON = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$|\{\{", "examples": ["2025-11-28"]}
_DATES_JSON = {"type": "array", "items": _DATE_JSON, "minItems": 1}
_DAYS_JSON = {"anyOf": [{"enum": list(EVENTS)}, _DATE_JSON, _DATES_JSON, *RECURRENCE_JSON]}

DaysField = Annotated[Days, PlainValidator(read_days), WithJsonSchema(_DAYS_JSON)]
