"""Named days of the year, as pure rules: a year in, a date out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th (from 1) weekday (Monday is 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def thanksgiving(year: int) -> date:
    """The fourth Thursday of November (5 U.S.C. § 6103)."""
    return nth(year, 11, _THURSDAY, 4)


def black_friday(year: int) -> date:
    """The day after Thanksgiving; not the last Friday of November, which in 2018 and 2029 is a week later."""
    return thanksgiving(year) + timedelta(days=1)


def cyber_monday(year: int) -> date:
    """The Monday after Thanksgiving; in some years it is in December."""
    return thanksgiving(year) + timedelta(days=4)


def memorial_day(year: int) -> date:
    """The last Monday of May (5 U.S.C. § 6103)."""
    return nth(year, 6, _MONDAY, 1) - timedelta(days=7)


def super_saturday(year: int) -> date:
    """The last Saturday before Christmas Day, 18 to 24 December."""
    eve = date(year, 12, 24)
    return eve - timedelta(days=(eve.weekday() - _SATURDAY) % 7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


EVENTS: Mapping[str, Callable[[int], date]] = {
    "new_year": _fixed(1, 1),
    "valentines_day": _fixed(2, 14),
    "good_friday": lambda year: easter(year) - timedelta(days=2),
    "easter": easter,
    "mothers_day": lambda year: nth(year, 5, _SUNDAY, 2),  # as in the US
    "memorial_day": memorial_day,
    "fathers_day": lambda year: nth(year, 6, _SUNDAY, 3),  # as in the US
    "independence_day": _fixed(7, 4),
    "labor_day": lambda year: nth(year, 9, _MONDAY, 1),
    "halloween": _fixed(10, 31),
    "singles_day": _fixed(11, 11),
    "thanksgiving": thanksgiving,
    "black_friday": black_friday,
    "cyber_monday": cyber_monday,
    "super_saturday": super_saturday,
    "christmas_eve": _fixed(12, 24),
    "christmas": _fixed(12, 25),
    "boxing_day": _fixed(12, 26),
    "new_years_eve": _fixed(12, 31),
}
"""Every named day. Days that a company announces anew each year (Prime Day) have no rule: write their date."""
