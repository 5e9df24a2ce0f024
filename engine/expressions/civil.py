"""The calendar as arithmetic on days: Howard Hinnant's `days_from_civil` and its inverse, on whole columns."""

from __future__ import annotations

import numpy as np

from engine.types import DAY, I64, Bool

_ERA = 146_097  # days in 400 years
_EPOCH = 719_468  # days from 0000-03-01 to 1970-01-01


def civil(days: I64) -> tuple[I64, I64, I64]:
    """Year, month, day of days since 1970, (n,) each; proleptic Gregorian, as PostgreSQL has it."""
    shifted = days + _EPOCH
    era = shifted // _ERA
    of_era = shifted - era * _ERA
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    late = (5 * of_year + 2) // 153
    day = of_year - (153 * late + 2) // 5 + 1
    month = np.where(late < 10, late + 3, late - 9)
    return year_of_era + era * 400 + (month <= 2), month, day


def days(year: I64, month: I64, day: I64) -> I64:
    """Days since 1970 of a date, (n,); a day past the month's end runs on into the next."""
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * np.where(month > 2, month - 3, month + 9) + 2) // 5 + day - 1
    return np.asarray(era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH)


def month_length(year: I64, month: I64) -> I64:
    """Days in a month, (n,)."""
    leap: Bool = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.asarray(np.where(month == 2, 28 + leap, 30 + (month + (month > 7)) % 2))


def add_months(local: I64, months: I64) -> I64:
    """Wall time in microseconds plus months; a day that the month does not have becomes its last, (n,)."""
    day_number = local // DAY
    year, month, day = civil(day_number)
    total = year * 12 + (month - 1) + months
    year, month = total // 12, total % 12 + 1
    return days(year, month, np.minimum(day, month_length(year, month))) * DAY + (local - day_number * DAY)


def iso_weekday(day_number: I64) -> I64:
    """1 for Monday to 7 for Sunday, (n,)."""
    return (day_number + 3) % 7 + 1


def iso_week(day_number: I64) -> tuple[I64, I64]:
    """ISO 8601 year and week: those of the week's Thursday, (n,) each."""
    thursday = day_number - iso_weekday(day_number) + 4
    one = np.ones_like(thursday)
    year = civil(thursday)[0]
    return year, (thursday - days(year, one, one)) // 7 + 1
