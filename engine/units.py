"""Quantities as people write them: ``4h``, ``3d``, ``22m``, ``2025-11-28 14:05``, ``10%``, ``1_000_000``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from engine.types import DAY, SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UNITS = {"us": 1, "ms": 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY}
_PART = re.compile(r"(\d[\d_]*(?:\.\d+)?)(us|ms|s|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(rf"-?(?:{_PART.pattern})+", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)
FIRST_YEAR, LAST_YEAR = 100, 9900
"""The years in which a story may take place: what is counted from its moments stays within the calendar."""


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in microseconds; a day is 24 hours."""

    micros: int

    def __str__(self) -> str:
        for unit in ("w", "d", "h", "m", "s", "ms"):
            if self.micros and self.micros % _UNITS[unit] == 0:
                return f"{self.micros // _UNITS[unit]}{unit}"
        return f"{self.micros}us"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, or a wall-clock time that becomes one when a time zone is known."""

    wall: datetime

    def micros(self, zone: ZoneInfo) -> int:
        """Microseconds since 1970 UTC; a wall time that daylight saving repeats means its first pass,
        one that it skips means the instant as far after midnight (PEP 495, fold=0)."""
        aware = self.wall if self.wall.tzinfo else self.wall.replace(tzinfo=zone)
        return (aware - _EPOCH) // timedelta(microseconds=1)


@cache
def zone(name: str) -> ZoneInfo:
    """A time zone from the pinned `tzdata` package, never from the machine's own files.

    Raises ValueError for an unknown name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        raise ValueError(f"'{name}' is not a time zone name")
    source = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if not source.is_file():
        raise ValueError(f"no time zone is called '{name}'")
    with source.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def parse_duration(value: object) -> Duration:
    """Read ``4h``, ``1h30m``, ``250ms``, ``-10m``. Raises ValueError; a bare number has no unit and is refused."""
    if isinstance(value, Duration):
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(text := value.strip().replace(" ", "")):
        raise ValueError(
            f"{_said(value)} is not a duration; write a number with us, ms, s, m, h, d or w, such as 4h or 1h30m"
        )
    total = sum(round(float(n.replace("_", "")) * _UNITS[unit]) for n, unit in _PART.findall(text))
    return Duration(-total if text.startswith("-") else total)


def parse_moment(value: object) -> Moment:
    """Read ``2025-11-01``, ``2025-11-28 14:05`` or ISO 8601 with an offset. Raises ValueError."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, datetime):
        return Moment(value)
    if isinstance(value, date):
        return Moment(datetime(value.year, value.month, value.day))
    try:
        if isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return Moment(datetime.fromisoformat(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a moment; there is no such day or time") from None
    raise ValueError(f"{_said(value)} is not a moment; write 2025-11-01 or 2025-11-28 14:05")


def parse_story_moment(value: object) -> Moment:
    """Read a moment of the story itself, as `parse_moment` does. Raises ValueError outside the years of a story."""
    found = parse_moment(value)
    if not FIRST_YEAR <= found.wall.year <= LAST_YEAR:
        raise ValueError(f"{found.wall.date()} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def parse_fraction(value: object) -> float:
    """Read a share: ``0.1`` or ``10%``. Raises ValueError outside [0, 1]."""
    number: object = value
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        number = float(match[1]) / 100
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise ValueError(f"{_said(value)} is not a share; write a number from 0 to 1 or a percentage such as 10%")
    return float(number)


def parse_quantity(value: object) -> Quantity:
    """Read a number, a duration or a moment. Raises ValueError."""
    if isinstance(value, int | float | Duration | Moment) and not isinstance(value, bool) and not _endless(value):
        return value
    if isinstance(value, str):
        for reader in (parse_duration, parse_moment, _number):
            try:
                return reader(value)
            except ValueError:
                continue
    raise ValueError(f"{value!r} is not a number, a duration (4h) or a moment (2025-11-01)")


def _said(value: object) -> str:
    """A value in a sentence, in the words of a spec."""
    if isinstance(value, Mapping | list | tuple):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return (
        {None: "nothing", True: "true", False: "false"}[value]
        if value is None or value is True or value is False
        else repr(value)
    )


def _endless(value: object) -> bool:
    return isinstance(value, int | float) and not -1e300 <= value <= 1e300


def _number(value: str) -> int | float:
    text = value.replace("_", "")
    if not text.isascii():
        raise ValueError(f"{value!r} is not a number")
    found = int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    if _endless(found):
        raise ValueError(f"{value!r} is not a finite number")
    return found


Quantity: TypeAlias = int | float | Duration | Moment

_DURATION_JSON = {
    "type": "string",
    "pattern": r"^-?(\d[\d_]*(\.\d+)?(us|ms|s|m|h|d|w)\s*)+$|\{\{",
    "examples": ["4h", "1h30m"],
}
_MOMENT_JSON = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\d|^(now|today)|\{\{",
    "examples": ["2025-11-28 14:05"],
}
_FRACTION_JSON = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": r"%$|\{\{"}],
    "examples": [0.1, "10%"],
}
_QUANTITY_JSON = {"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [24, "4h", "2025-11-01"]}

DurationField = Annotated[Duration, PlainValidator(parse_duration), WithJsonSchema(_DURATION_JSON)]
MomentField = Annotated[Moment, PlainValidator(parse_story_moment), WithJsonSchema(_MOMENT_JSON)]
FractionField = Annotated[float, PlainValidator(parse_fraction), WithJsonSchema(_FRACTION_JSON)]
QuantityField = Annotated[Quantity, PlainValidator(parse_quantity), WithJsonSchema(_QUANTITY_JSON)]
