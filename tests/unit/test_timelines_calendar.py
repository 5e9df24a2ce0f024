"""The named days of the year, against lists and against the calendar itself."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest

from engine.timelines.calendar import EVENTS

YEARS = range(2019, 2031)
DAYS_OF_NOVEMBER = [29, 27, 26, 25, 24, 29, 28, 27, 26, 24, 23, 29]


def test_black_friday_has_these_dates():
    assert [EVENTS["black_friday"](year) for year in YEARS] == [
        date(year, 11, day) for year, day in zip(YEARS, DAYS_OF_NOVEMBER, strict=True)
    ]


@pytest.mark.parametrize("year", [2018, 2029])
def test_black_friday_is_not_the_last_friday_where_november_has_five(year: int):
    assert EVENTS["black_friday"](year) == date(year, 11, 23)


@pytest.mark.parametrize("year", YEARS)
def test_the_days_around_thanksgiving_follow_it(year: int):
    thursdays = [week[calendar.THURSDAY] for week in calendar.monthcalendar(year, 11) if week[calendar.THURSDAY]]
    thanksgiving = date(year, 11, thursdays[3])
    assert EVENTS["thanksgiving"](year) == thanksgiving
    assert EVENTS["black_friday"](year) - thanksgiving == timedelta(days=1)
    assert EVENTS["cyber_monday"](year) - thanksgiving == timedelta(days=4)


def test_cyber_monday_may_be_in_december():
    assert [EVENTS["cyber_monday"](year) for year in (2019, 2024, 2025)] == [
        date(2019, 12, 2),
        date(2024, 12, 2),
        date(2025, 12, 1),
    ]


@pytest.mark.parametrize(
    ("event", "month", "weekday", "place"),
    [
        ("mothers_day", 5, calendar.SUNDAY, 1),
        ("memorial_day", 5, calendar.MONDAY, -1),
        ("fathers_day", 6, calendar.SUNDAY, 2),
        ("labor_day", 9, calendar.MONDAY, 0),
    ],
)
@pytest.mark.parametrize("year", YEARS)
def test_a_floating_day_is_its_weekday_of_the_month(event: str, month: int, weekday: int, place: int, year: int):
    days = [week[weekday] for week in calendar.monthcalendar(year, month) if week[weekday]]
    assert EVENTS[event](year) == date(year, month, days[place])


@pytest.mark.parametrize("year", range(1990, 2060))
def test_super_saturday_is_the_last_saturday_before_christmas(year: int):
    day = EVENTS["super_saturday"](year)
    assert day.weekday() == calendar.SATURDAY
    assert day < date(year, 12, 25) <= day + timedelta(days=7)


def test_easter_has_these_dates():
    # Astronomical Applications Department, US Naval Observatory, and its earliest and latest possible dates
    known = [(2019, 4, 21), (2020, 4, 12), (2021, 4, 4), (2022, 4, 17), (2023, 4, 9), (2024, 3, 31), (2025, 4, 20)]
    known += [(2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2029, 4, 1), (2030, 4, 21), (1818, 3, 22), (2038, 4, 25)]
    assert [EVENTS["easter"](year) for year, _, _ in known] == [date(*day) for day in known]


def test_good_friday_is_two_days_before_easter():
    assert EVENTS["good_friday"](2025) == date(2025, 4, 18)


@pytest.mark.parametrize(
    ("event", "month", "day"),
    [
        ("new_year", 1, 1),
        ("valentines_day", 2, 14),
        ("independence_day", 7, 4),
        ("halloween", 10, 31),
        ("singles_day", 11, 11),
        ("christmas_eve", 12, 24),
        ("christmas", 12, 25),
        ("boxing_day", 12, 26),
        ("new_years_eve", 12, 31),
    ],
)
def test_a_fixed_day_is_the_same_each_year(event: str, month: int, day: int):
    assert {EVENTS[event](year) for year in YEARS} == {date(year, month, day) for year in YEARS}
