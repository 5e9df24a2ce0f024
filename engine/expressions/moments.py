"""Dates, times and intervals as text, read the way PostgreSQL does."""

from __future__ import annotations

import re
from datetime import date

import numpy as np

from engine.expressions.zones import Zone
from engine.types import DAY, SECOND

_EPOCH = date(1970, 1, 1)
_DATE = r"(\d{4}-\d\d?-\d\d?)"
_CLOCK = r"(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"
_OFFSET = r"\s*(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?"
_TIMESTAMP = re.compile(rf"\s*{_DATE}(?:[ T]+{_CLOCK}{_OFFSET})?\s*")
_TIME = re.compile(rf"\s*{_CLOCK}\s*")
_UNITS = {
    "us": (0, 0, 1), "ms": (0, 0, 1000), "s": (0, 0, SECOND), "m": (0, 0, 60 * SECOND), "h": (0, 0, 3600 * SECOND),
    "d": (0, 1, 0), "w": (0, 7, 0), "mon": (1, 0, 0), "y": (12, 0, 0),
}  # fmt: skip
_SPELLINGS = {
    "microsecond": "us", "millisecond": "ms", "msec": "ms", "usec": "us", "second": "s", "sec": "s", "minute": "m",
    "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w", "month": "mon", "year": "y", "yr": "y",
}  # fmt: skip
_QUANTITY = re.compile(r"([+-]?)(\d{1,12})(\.\d{1,6})?\s*([a-z]+)|([+-]?)(\d{1,6}):(\d\d)(?::(\d\d)(\.\d{1,6})?)?")


def read_date(text: str) -> int:
    """Days since 1970. Raises ValueError."""
    if not re.fullmatch(rf"\s*{_DATE}\s*", text):
        raise ValueError(f"'{text}' is not a date; write 2025-11-28")
    return (_date(text.strip()) - _EPOCH).days


def _date(text: str) -> date:
    year, month, day = map(int, text.split("-"))
    return date(year, month, day)


def read_timestamp(text: str, zone: Zone | None) -> int:
    """Microseconds since 1970: UTC if there is a zone, in which a text without an offset is read. Raises ValueError."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a moment; write 2025-11-28 or 2025-11-28 14:05")
    day = _date(match[1])
    wall = (day - _EPOCH).days * DAY + _clock(match[2], match[3], match[4], match[5])
    if match[6] is None:
        return wall if zone is None else int(zone.instant(np.array([wall]))[0])
    if zone is None:
        raise ValueError(f"'{text}' has an offset, which a timestamp without time zone cannot keep")
    return wall - _offset(match[6])


def _clock(hour: str | None, minute: str | None, second: str | None, fraction: str | None) -> int:
    if hour is None or minute is None:
        return 0
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError(f"{hour}:{minute} is not a time of day")
    return (int(hour) * 3600 + int(minute) * 60 + int(second or 0)) * SECOND + int((fraction or "0").ljust(6, "0"))


def _offset(text: str) -> int:
    if text in ("Z", "z", "UTC"):
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (-1 if text[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:])) * 60 * SECOND


def read_time(text: str) -> int:
    """Microseconds since midnight. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a time of day; write 14:05")
    return _clock(match[1], match[2], match[3], match[4])


def read_interval(text: str) -> tuple[int, int, int]:
    """Months, days and microseconds of ``3 days 04:05:06``, ``1 month``, ``4h``. Raises ValueError."""
    rest = text.strip().lower()
    total = [0, 0, 0]
    while rest:
        match = _QUANTITY.match(rest)
        if match is None:
            raise ValueError(f"'{text}' is not an interval; write 3 days, 04:05 or 1 month 2 hours")
        for part, amount in enumerate(_amount(match, text)):
            total[part] += amount
        rest = rest[match.end() :].lstrip()
    if not text.strip():
        raise ValueError("an interval cannot be empty")
    return total[0], total[1], total[2]


def _amount(match: re.Match[str], text: str) -> tuple[int, int, int]:
    if match[6] is not None:
        if int(match[7]) > 59 or int(match[8] or 0) > 59:
            raise ValueError(f"'{text}' has more than 59 minutes or seconds")
        fraction = int((match[9] or ".0")[1:].ljust(6, "0"))
        micros = (int(match[6]) * 3600 + int(match[7]) * 60 + int(match[8] or 0)) * SECOND + fraction
        return 0, 0, -micros if match[5] == "-" else micros
    word = match[4]
    name = next((w for w in (word, word.removesuffix("s")) if w in _SPELLINGS or w in _UNITS), None)
    if name is None:
        raise ValueError(f"'{word}' is not a unit of time")
    months, days, micros = _UNITS[_SPELLINGS.get(name, name)]
    count = int(match[2])
    fraction = int((match[3] or ".0")[1:].ljust(6, "0"))
    if fraction and not micros:
        raise ValueError(f"'{text}': write fractions of days, weeks, months and years in smaller units")
    sign = -1 if match[1] == "-" else 1
    return sign * months * count, sign * days * count, sign * (micros * count + micros * fraction // 1_000_000)
