"""Constants of a CHECK as values of a column's type: read, put in order, and moved by the smallest step."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from engine.sketch.checks.facts import Value
from engine.types import DAY, SECOND, Family, PgType

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_MONTH_DAYS, _YEAR_DAYS = (28, 31), (365, 366)
_INTERVAL = re.compile(r"(?:([+-]?\d+) years?)? ?(?:([+-]?\d+) mons?)? ?(?:([+-]?\d+) days?)? ?(\S*)", re.ASCII)
_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?", re.ASCII)
_TRUE, _FALSE = ("t", "true", "yes", "on", "1"), ("f", "false", "no", "off", "0")
NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
DAYS = (Family.DATE, Family.TIMESTAMP)
ORDERED = (*NUMBERS, *DAYS, Family.TIME, Family.INTERVAL)
"""Families of which a range means the same everywhere: the order of texts hangs on their collation."""


def coerce(raw: Value, pg: PgType) -> Value | None:
    """A constant as the type's own value; None where it is none that we know, such as infinity."""
    try:
        return _coerce(raw, pg)
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _coerce(raw: Value, pg: PgType) -> Value | None:
    family = pg.family
    if family is Family.BOOLEAN:
        text = str(raw).lower()
        return True if text in _TRUE else False if text in _FALSE else None
    if family in ORDERED:
        at = _position(raw, pg)
        grid = step(pg)
        return value_at(at, pg) if grid is None or at % grid == 0 else None
    if family is Family.OTHER and not isinstance(raw, str):
        return None
    text = str(raw)
    return text.rstrip(" ") if pg.name == "bpchar" else text


def position(value: Value, pg: PgType) -> Decimal:
    """Where a value of an ordered type lies: numbers as they are, time in microseconds."""
    return _position(value, pg)


def _position(raw: Value, pg: PgType) -> Decimal:
    if pg.family in NUMBERS:
        number = Decimal(str(raw))
        if isinstance(raw, bool) or not number.is_finite() or abs(number.adjusted()) > 400:
            raise ValueError(raw)
        return number
    if pg.family is Family.INTERVAL:
        return Decimal(raw if isinstance(raw, int) else _span(str(raw), 360, 30))  # as PostgreSQL compares them
    if pg.family is Family.TIME:
        clock = time.fromisoformat(str(raw))
        return Decimal((datetime.combine(date(1970, 1, 1), clock, timezone.utc) - _EPOCH) // _MICROSECOND)
    moment = datetime.fromisoformat(str(raw))
    if (moment.tzinfo is None) is (pg.name == "timestamptz"):
        raise ValueError(f"where {raw!r} lies depends on a time zone")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return Decimal((aware - _EPOCH) // _MICROSECOND)


def value_at(at: Decimal, pg: PgType) -> Value:
    """The value that lies there. Raises OverflowError outside the years 1 to 9999."""
    if pg.family is Family.INTEGER and at == at.to_integral_value():
        return int(at)
    if pg.family in NUMBERS:
        return at
    if pg.family is Family.INTERVAL:
        return int(at)
    moment = _EPOCH + int(at) * _MICROSECOND
    if pg.family is Family.DATE:
        return moment.date().isoformat()
    if pg.family is Family.TIME:
        return moment.time().isoformat()
    return (moment if pg.name == "timestamptz" else moment.replace(tzinfo=None)).isoformat(" ")


def step(pg: PgType) -> Decimal | None:
    """The smallest distance of two values; None where there is none, or nobody should count on it."""
    if pg.family is Family.INTEGER:
        return Decimal(1)
    if pg.family is Family.DECIMAL and pg.precision is not None:
        return Decimal(1).scaleb(-(pg.scale or 0))
    if pg.family is Family.DATE:
        return Decimal(DAY)
    return Decimal(1) if pg.family in (Family.TIMESTAMP, Family.TIME, Family.INTERVAL) else None


def inclusive(at: Decimal, pg: PgType, *, low: bool, strict: bool) -> tuple[Decimal, bool]:
    """The outermost value that a bound allows, and whether the bound is still a strict one."""
    grid = step(pg)
    if grid is None:
        return at, strict
    within = (at / grid).to_integral_value(ROUND_CEILING if low else ROUND_FLOOR) * grid
    if strict and within == at:
        within += grid if low else -grid
    return within, False


def interval(text: str) -> tuple[int, int]:
    """The least and the most microseconds that adding an interval can mean. Raises ValueError."""
    spans = sorted(_span(text, *days) for days in zip(_YEAR_DAYS, _MONTH_DAYS, strict=True))
    return spans[0], spans[-1]


def _span(text: str, in_year: int, in_month: int) -> int:
    """An interval as PostgreSQL prints it in microseconds, by the days that a year and a month have."""
    found = _INTERVAL.fullmatch(text.strip())
    if found is None or not text.strip():
        raise ValueError(f"{text!r} is not an interval")
    years, months, days = (int(part or 0) for part in found.groups()[:3])
    return (years * in_year + months * in_month + days) * DAY + _clock(found[4])


def _clock(text: str) -> int:
    if not text:
        return 0
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    micros = seconds * SECOND + int(Decimal(found[4] or 0) * SECOND)
    return -micros if found[1] == "-" else micros
