"""Dates, times and intervals as PostgreSQL computes them; days and months are those of a named time zone.

Intervals are (n, 3): months, days, microseconds. Timestamps are microseconds, with a time zone since 1970 UTC,
without one as the wall clock shows them.
"""

from __future__ import annotations

import numpy as np

from engine.errors import GenerateError
from engine.expressions import civil, exact
from engine.expressions.column import Numbers
from engine.expressions.zones import Zone
from engine.types import DAY, I64, Bool

MONTH_DAYS = 30
_LATEST = (civil.days(np.array([10_000]), np.array([1]), np.array([1])) * DAY)[0]
_EARLIEST = (civil.days(np.array([1]), np.array([1]), np.array([1])) * DAY)[0]


def known(micros: Numbers, nulls: Bool | None) -> I64:
    """Timestamps, checked to lie in the years 1 to 9999. Raises GenerateError."""
    bad = (micros < _EARLIEST) | (micros >= _LATEST)
    if bad.any():
        if (bad if nulls is None else bad & ~nulls).any():
            raise GenerateError("a moment outside the years 1 to 9999")
        micros = np.where(bad, 0, micros)
    return micros.astype(np.int64, copy=False)


def shift(zone: Zone | None, sign: int, nulls: Bool | None, moment: I64, interval: I64) -> I64:
    """moment ± interval: months, then days on the wall clock of `zone` (None: it is a wall clock), then the rest."""
    months, days, micros = (sign * interval[:, part] for part in range(3))
    for step, amount in ((civil.add_months, months), (_add_days, days)):
        if amount.any():
            _reach(amount)
            wall = step(moment if zone is None else zone.wall(moment), amount)
            moment = np.where(amount != 0, wall if zone is None else zone.instant(wall), moment)
    return known(exact.add(moment, micros), nulls)


def _reach(amount: I64) -> None:
    if exact.magnitude(amount) > 10_000 * 366:
        raise GenerateError("an interval of more than 10,000 years")


def _add_days(wall: I64, days: I64) -> I64:
    return wall + days * DAY


def between(nulls: Bool | None, a: I64, b: I64) -> I64:  # noqa: ARG001
    """a - b as days and microseconds of one sign (`interval_justify_hours`), (n, 3)."""
    micros = np.asarray(a - b)
    days = exact.truncated(micros, np.array([DAY]))
    return interval(np.zeros_like(micros), days, micros - days * DAY)


def interval(months: I64, days: I64, micros: I64) -> I64:
    """Three columns as one of intervals, (n, 3)."""
    return np.stack(np.broadcast_arrays(months, days, micros), axis=1)


def interval_sum(sign: int, nulls: Bool | None, a: I64, b: I64) -> I64:  # noqa: ARG001
    """a ± b, part by part."""
    return a + sign * b


def interval_times(nulls: Bool | None, a: I64, factor: I64) -> I64:  # noqa: ARG001
    """An interval a whole number of times."""
    if exact.magnitude(a) * exact.magnitude(factor) >= 1 << 62:
        raise GenerateError("an interval too long")
    return a * factor[:, None]


def span(a: I64) -> I64:
    """What intervals are compared by: microseconds, with days of 24 hours and months of 30 days, (n,)."""
    days = a[:, 0] * MONTH_DAYS + a[:, 1]
    if exact.magnitude(days) * DAY + exact.magnitude(a[:, 2]) >= 1 << 63:
        return days.astype(object) * DAY + a[:, 2]
    return days * DAY + a[:, 2]


def day_of(zone: Zone | None, nulls: Bool | None, moment: I64) -> I64:  # noqa: ARG001
    """timestamp::date."""
    return (moment if zone is None else zone.wall(moment)) // DAY


def time_of(zone: Zone | None, nulls: Bool | None, moment: I64) -> I64:  # noqa: ARG001
    """timestamp::time."""
    return (moment if zone is None else zone.wall(moment)) % DAY


def midnight(zone: Zone | None, nulls: Bool | None, day: I64) -> I64:
    """date::timestamp or, in a zone, date::timestamptz."""
    wall = known(exact.multiply(day, np.array([DAY])), nulls)
    return wall if zone is None else zone.instant(wall)


def to_wall(zone: Zone, nulls: Bool | None, instant: I64) -> I64:  # noqa: ARG001
    """timestamptz AT TIME ZONE, or timestamptz::timestamp."""
    return zone.wall(instant)


def to_instant(zone: Zone, nulls: Bool | None, wall: I64) -> I64:  # noqa: ARG001
    """timestamp AT TIME ZONE, or timestamp::timestamptz."""
    return zone.instant(wall)


def add_days(sign: int, nulls: Bool | None, day: I64, count: Numbers) -> I64:
    """date ± integer."""
    found = exact.add(day, sign * count)
    return known(exact.multiply(found, np.array([DAY])), nulls) // DAY


def moment_at(nulls: Bool | None, day: I64, time: I64) -> I64:
    """date + time."""
    return known(day * DAY + time, nulls)


def shift_time(sign: int, nulls: Bool | None, time: I64, span_: I64) -> I64:  # noqa: ARG001
    """time ± interval: only its microseconds count, round the clock."""
    return (time + sign * span_[:, 2]) % DAY


def make_date(nulls: Bool | None, year: I64, month: I64, day: I64) -> I64:
    """make_date(year, month, day). Raises GenerateError for a day that the calendar does not have."""
    inside = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12)
    safe_year, safe_month = np.where(inside, year, 2000), np.where(inside, month, 1)
    good = inside & (day >= 1) & (day <= civil.month_length(safe_year, safe_month))
    if not good.all() and (~good if nulls is None else ~good & ~nulls).any():
        raise GenerateError("make_date was asked for a day that the calendar does not have")
    return civil.days(safe_year, safe_month, np.where(good, day, 1))
