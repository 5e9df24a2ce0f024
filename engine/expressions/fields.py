"""The parts of a moment: EXTRACT and date_trunc, by PostgreSQL's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from engine.expressions import civil, exact
from engine.expressions.column import Numbers
from engine.expressions.zones import Zone
from engine.types import DAY, I64, SECOND, Bool

Part: TypeAlias = Callable[[I64], I64]
_MINUTE, _HOUR = 60 * SECOND, 3600 * SECOND

ALIASES = {
    "microseconds": "microsecond", "milliseconds": "millisecond", "seconds": "second", "minutes": "minute",
    "hours": "hour", "days": "day", "weeks": "week", "months": "month", "quarters": "quarter", "years": "year",
}  # fmt: skip


def _one(day_number: I64) -> I64:
    return np.ones_like(day_number)


DAY_PARTS: dict[str, Part] = {  # from days since 1970
    "year": lambda d: civil.civil(d)[0],
    "month": lambda d: civil.civil(d)[1],
    "day": lambda d: civil.civil(d)[2],
    "quarter": lambda d: (civil.civil(d)[1] + 2) // 3,
    "week": lambda d: civil.iso_week(d)[1],
    "isoyear": lambda d: civil.iso_week(d)[0],
    "dow": lambda d: civil.iso_weekday(d) % 7,
    "isodow": civil.iso_weekday,
    "doy": lambda d: d - civil.days(civil.civil(d)[0], _one(d), _one(d)) + 1,
}
TIME_PARTS: dict[str, Part] = {  # from microseconds since midnight, in units of 10 to the -PLACES
    "hour": lambda t: t // _HOUR,
    "minute": lambda t: t // _MINUTE % 60,
    "second": lambda t: t % _MINUTE,
    "millisecond": lambda t: t % _MINUTE,
    "microsecond": lambda t: t % _MINUTE,
}
INTERVAL_PARTS: dict[str, Part] = {  # from (n, 3); each part towards zero
    "year": lambda a: exact.truncated(a[:, 0], np.array([12])),
    "month": lambda a: exact.remainder(a[:, 0], np.array([12])),
    "day": lambda a: a[:, 1],
    "hour": lambda a: exact.truncated(a[:, 2], np.array([_HOUR])),
    "minute": lambda a: exact.remainder(exact.truncated(a[:, 2], np.array([_MINUTE])), np.array([60])),
    "second": lambda a: exact.remainder(a[:, 2], np.array([_MINUTE])),
    "millisecond": lambda a: exact.remainder(a[:, 2], np.array([_MINUTE])),
    "microsecond": lambda a: exact.remainder(a[:, 2], np.array([_MINUTE])),
}
PLACES = {"second": 6, "millisecond": 3, "epoch": 6}
"""The scale of a field's numeric; 0 where none is said."""

TRUNCATIONS: dict[str, Part] = {  # of wall time
    "microsecond": lambda w: w,
    "millisecond": lambda w: w - w % 1000,
    "second": lambda w: w - w % SECOND,
    "minute": lambda w: w - w % _MINUTE,
    "hour": lambda w: w - w % _HOUR,
    "day": lambda w: w - w % DAY,
    "week": lambda w: (w // DAY - (w // DAY + 3) % 7) * DAY,
    "month": lambda w: _start(w, 1),
    "quarter": lambda w: _start(w, 3),
    "year": lambda w: _start(w, 12),
}
_WITHIN_A_DAY = ("microsecond", "millisecond", "second", "minute", "hour")


def _start(wall: I64, months: int) -> I64:
    year, month, _ = civil.civil(wall // DAY)
    return civil.days(year, (month - 1) // months * months + 1, np.ones_like(year)) * DAY


def of_moment(field: str, zone: Zone | None, nulls: Bool | None, moment: I64) -> Numbers:  # noqa: ARG001
    """EXTRACT from a timestamp, in units of 10⁻ᵖˡᵃᶜᵉˢ; with a zone, of the wall clock there."""
    if field == "epoch":
        return moment
    wall = moment if zone is None else zone.wall(moment)
    if field in DAY_PARTS:
        return DAY_PARTS[field](wall // DAY)
    return TIME_PARTS[field](wall % DAY)


def of_date(field: str, nulls: Bool | None, day: I64) -> Numbers:  # noqa: ARG001
    """EXTRACT from a date; its epoch has no decimal places."""
    return day * (DAY // SECOND) if field == "epoch" else DAY_PARTS[field](day)


def of_time(field: str, nulls: Bool | None, time: I64) -> Numbers:  # noqa: ARG001
    """EXTRACT from a time of day."""
    return time if field == "epoch" else TIME_PARTS[field](time)


def of_interval(field: str, nulls: Bool | None, interval: I64) -> Numbers:  # noqa: ARG001
    """EXTRACT from an interval; its epoch has years of 365.25 days and months of 30."""
    if field != "epoch":
        return INTERVAL_PARTS[field](interval)
    years = exact.truncated(interval[:, 0], np.array([12]))
    days = years * 1461 + (interval[:, 0] - years * 12) * 120 + interval[:, 1] * 4
    return exact.add(exact.multiply(days, np.array([DAY // 4])), interval[:, 2])


def truncated(field: str, zone: Zone | None, nulls: Bool | None, moment: I64) -> I64:  # noqa: ARG001
    """date_trunc by the wall clock of `zone`; below a day its offset stays (PostgreSQL's timestamptz_trunc)."""
    if zone is None:
        return TRUNCATIONS[field](moment)
    offset = zone.offset(moment)
    wall = TRUNCATIONS[field](moment + offset)
    return wall - offset if field in _WITHIN_A_DAY else zone.instant(wall)
