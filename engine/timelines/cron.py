"""Times as cron writes them, in five fields: minute, hour, day of the month, month, day of the week (POSIX crontab).

With what everybody has added since Vixie's cron: names, ranges of names, and steps. Evaluated as arithmetic on days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.timelines.rule import RuleError
from engine.timelines.wall import HOUR, MINUTE
from engine.types import DAY, I64

_LONGEST = 200
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
"""Each field's name, the least and the most of it, and words for its numbers; the days 0 and 7 are Sunday."""
_PART = re.compile(r"(\*|(\w{1,3})(?:-(\w{1,3}))?)(?:/(\d{1,3}))?", re.ASCII)
_THURSDAY = 4  # 1 January 1970, counted from Sunday


@dataclass(frozen=True, slots=True)
class Cron:
    """A pattern read; `either`: a day need only be one of `days` or one of `weekdays`, as both are restricted."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool

    def count(self, begin: int, end: int) -> int:
        """How many times there are from one wall time to before another, both microseconds since 1970."""
        first, last = begin // DAY, (end - 1) // DAY
        times = self._times()
        whole = int(self._on(np.arange(first, last + 1, dtype=np.int64)).sum()) * len(times)
        before = int((times < begin - first * DAY).sum()) if self._on(np.array([first]))[0] else 0
        after = int((times >= end - last * DAY).sum()) if self._on(np.array([last]))[0] else 0
        return whole - before - after

    def between(self, begin: int, end: int) -> I64:
        """Those times, ascending, (count,); ask for their number first."""
        day = np.arange(begin // DAY, (end - 1) // DAY + 1, dtype=np.int64)
        day = day[self._on(day)]
        walls: I64 = (day[:, None] * DAY + self._times()).reshape(-1)
        return walls[(walls >= begin) & (walls < end)]

    def _times(self) -> I64:
        """The times of a day on which it is, in microseconds after midnight."""
        hours, minutes = np.array(self.hours, np.int64), np.array(self.minutes, np.int64)
        return (hours[:, None] * HOUR + minutes * MINUTE).reshape(-1)

    def _on(self, day: I64) -> npt.NDArray[np.bool_]:
        """Whether it is on days counted from 1970, (n,) → (n,)."""
        dates = day.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        by_date = np.isin((dates - months).astype(np.int64) + 1, self.days)
        by_weekday = np.isin((day + _THURSDAY) % 7, self.weekdays)
        either = by_date | by_weekday if self.either else by_date & by_weekday
        found: npt.NDArray[np.bool_] = either & np.isin(months.astype(np.int64) % 12 + 1, self.months)
        return found


def read_cron(text: object) -> Cron:
    """Read ``0 9 * * mon-fri``. Raises RuleError."""
    fields = text.split() if isinstance(text, str) and len(text) <= _LONGEST else []
    if len(fields) != len(_FIELDS) or not isinstance(text, str):
        hint = "write minute, hour, day of the month, month and day of the week: 0 9 * * mon-fri"
        raise RuleError("this is not five fields", hint)
    found = [_field(field, *about) for field, about in zip(fields, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = found
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Cron(text, minutes, hours, days, months, tuple(sorted({day % 7 for day in weekdays})), either)


def _field(text: str, name: str, least: int, most: int, words: Mapping[str, int]) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.lower().split(","):
        read = _PART.fullmatch(part)
        if read is None or (read[4] and read[2] and not read[3]):
            hint = "write numbers, lists 1,15, ranges 9-17 and steps */15; an rrule has the last Friday of a month"
            raise RuleError(f"'{part}' is not a {name}", hint)
        low = least if read[1] == "*" else _number(read[2], name, least, most, words)
        high = most if read[1] == "*" else low if not read[3] else _number(read[3], name, least, most, words)
        step = int(read[4] or 1)
        if not 1 <= step <= most:
            raise RuleError(f"'{part}': a step is from 1 to {most}")
        if high < low:
            raise RuleError(f"'{part}' ends before it begins", "write two ranges, with a comma between")
        found.update(range(low, high + 1, step))
    return tuple(sorted(found))


def _number(text: str, name: str, least: int, most: int, words: Mapping[str, int]) -> int:
    number = words[text] if text in words else int(text) if text.isdecimal() else -1
    if not least <= number <= most:
        also = f", or {', '.join(words)}" if words else ""
        raise RuleError(f"'{text}' is not a {name}", f"it is from {least} to {most}{also}")
    return number
