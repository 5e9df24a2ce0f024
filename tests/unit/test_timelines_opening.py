"""Open hours and the slots in them, compared with a calendar that is kept by hand."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from engine.timelines.clock import clock
from engine.timelines.opening import Opening, read_hours, read_weekdays, slots
from tests.calendars import days_between, first_shown, micros, slots_by_hand

MINUTE = 60_000_000
CHANGES = {  # days around which clocks go forward and back
    "Europe/Oslo": [date(2025, 3, 30), date(2025, 10, 26)],
    "America/New_York": [date(2025, 3, 9), date(2025, 11, 2)],
    "Australia/Lord_Howe": [date(2025, 4, 6), date(2025, 10, 5)],  # by half an hour
    "America/Sao_Paulo": [date(2017, 10, 15), date(2018, 2, 18)],  # at midnight
    "Pacific/Apia": [date(2011, 12, 30)],  # the whole day is skipped
    "UTC": [date(2025, 3, 30)],
}
AROUND = [(name, day) for name, days in CHANGES.items() for day in days]
HOURS = ["08:00-12:00, 13:00-17:00", "00:00-24:00", "01:30-02:30, 02:30-04", "02:00-02:30, 3-3:40, 22:30-24:00"]


@pytest.mark.parametrize(("name", "change"), AROUND, ids=str)
def test_a_time_is_reached_when_a_clock_first_shows_it_or_a_later_one(name: str, change: date):
    times = [(day, minutes) for day in days_between(change - timedelta(1), change) for minutes in range(0, 1440, 15)]
    wall = np.array([((day - date(1970, 1, 1)).days * 1440 + minutes) * MINUTE for day, minutes in times])
    slow = [micros(first_shown(day, minutes, ZoneInfo(name))) for day, minutes in times]
    assert clock(name).reached(wall).tolist() == slow
    assert slow == sorted(slow)


@pytest.mark.parametrize(("name", "change"), AROUND, ids=str)
@pytest.mark.parametrize(("length", "gap"), [(30, 0), (25, 10), (90, 45)])
def test_slots_are_those_of_a_calendar_kept_by_hand(name: str, change: date, length: int, gap: int):
    days = days_between(change - timedelta(1), change + timedelta(1))
    numbers = np.array([(day - date(1970, 1, 1)).days for day in days])
    for text in HOURS:
        hours = read_hours(text)
        spans = Opening(hours, tuple(range(7))).spans(numbers, name)
        slow = slots_by_hand(days, [(b // MINUTE, e // MINUTE) for b, e in hours], ZoneInfo(name), length, gap)
        assert slots(spans, length * MINUTE, gap * MINUTE).tolist() == slow


def test_a_day_on_which_clocks_change_has_more_or_fewer_slots():
    opening = Opening(read_hours("00:00-24:00"), tuple(range(7)))
    for day, number in ((date(2025, 3, 30), 46), (date(2025, 10, 26), 50), (date(2025, 10, 27), 48)):
        spans = opening.spans(np.array([(day - date(1970, 1, 1)).days]), "Europe/Oslo")
        assert len(slots(spans, 30 * MINUTE, 0)) == number


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat-mon, wed", [0, 2, 5, 6]),
        (["mon", "tue - thu"], [0, 1, 2, 3]),
        ("weekend", [5, 6]),
        ("sun", [6]),
    ],
)
def test_days_are_read_as_people_write_them(text: object, days: list[int]):
    assert read_weekdays(text) == tuple(days)


def test_hours_are_read_as_people_write_them():
    wanted = ((8 * 60 * MINUTE, 12 * 60 * MINUTE), (13 * 60 * MINUTE + 30 * MINUTE, 24 * 60 * MINUTE))
    assert read_hours("13:30-24:00, 08:00-12:00") == read_hours(["8-12", "13:30 - 24"]) == wanted


@pytest.mark.parametrize("odd", [{}, [[]], [{"mon": 1}], 7, None, "mon-", "fri-mo"])
def test_what_are_no_days_is_refused(odd: object):
    with pytest.raises(PydanticCustomError, match=r"days? of the week"):
        read_weekdays(odd)
