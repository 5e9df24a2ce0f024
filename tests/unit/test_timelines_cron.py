"""Times by cron, beside a slow walk over the days and minutes of a year that reads the fields anew for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from engine.errors import SpecError
from engine.timelines.cron import read_cron
from engine.timelines.rule import RuleError
from tests.timelines import DAY, HOUR, local, rate_of, window
from tests.worlds import STORY, plan_of

NAMES = {name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])} | {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
PATTERNS = [
    "0 9 * * mon-fri",
    "*/15 8-17 * * *",
    "30 4 1,15 * 5",  # POSIX's own example: on the 1st and the 15th, and on every Friday
    "0 0 */2 * sun",  # a step begins with a star: both must be true (Vixie)
    "0 0 13 * 5",
    "0 0 29 2 *",
    "5,7-9,50-59/3 0-23/5 28-31 jan,MAR-may 7",
    "0 12 1-7 * 0-7",
    "59 23 31 12 *",
    "0 6 * * 5-7",
    "1-59/29 */7 * */5 *",
]


def number(text: str) -> int:
    return NAMES[text.lower()] if text.lower() in NAMES else int(text)


def means(field: str, value: int, least: int, most: int, *, weekday: bool = False) -> bool:
    """Whether a field names a value, item by item and step by step."""
    for item in field.split(","):
        span, _, step = item.partition("/")
        low, high = (least, most) if span == "*" else (number(span.partition("-")[0]), number(span.rpartition("-")[2]))
        here = low
        while here <= high:
            if here == value or (weekday and here == 7 and value == 0):
                return True
            here += int(step or 1)
    return False


def is_on_the_day(pattern: str, at: datetime) -> bool:
    _, _, day, month, weekday = pattern.split()
    by_day = means(day, at.day, 1, 31)
    by_weekday = means(weekday, at.isoweekday() % 7, 0, 7, weekday=True)
    either = by_day or by_weekday if not (day[0] == "*" or weekday[0] == "*") else by_day and by_weekday
    return means(month, at.month, 1, 12) and either


def is_at_the_minute(pattern: str, minute: int) -> bool:
    minutes, hours, *_ = pattern.split()
    return means(minutes, minute % 60, 0, 59) and means(hours, minute // 60, 0, 23)


def micros_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_year_of_minutes_is_what_the_slow_twin_says(pattern: str):
    begin, end = datetime(2024, 1, 1), datetime(2025, 1, 1)
    minutes = [minute for minute in range(1440) if is_at_the_minute(pattern, minute)]
    days = [begin + timedelta(days=n) for n in range(366)]
    wanted = [micros_of(day + timedelta(minutes=m)) for day in days if is_on_the_day(pattern, day) for m in minutes]
    cron = read_cron(pattern)
    assert cron.between(micros_of(begin), micros_of(end)).tolist() == wanted
    assert cron.count(micros_of(begin), micros_of(end)) == len(wanted)


def test_a_count_is_that_of_the_times_wherever_it_begins_and_ends():
    cron = read_cron("*/20 6-9,22 * * mon-thu")
    start = micros_of(datetime(2025, 3, 3))
    for begin, length in [(0, 1), (7 * HOUR, 60), (6 * HOUR + 1, DAY), (-DAY, 9 * DAY), (23 * HOUR, 8 * HOUR)]:
        times = cron.between(start + begin, start + begin + length)
        assert cron.count(start + begin, start + begin + length) == len(times)


def test_an_event_is_on_at_each_of_its_times():
    span = window("2025-11-03", "2025-11-17")
    rate = rate_of(span, outages={"backup": {"on": {"cron": "30 2 * * sat,sun"}, "for": "20m"}})
    begins = local(np.array([start for start, _ in rate.spans["backup"]]))
    assert [(at.day, at.hour, at.minute) for at in begins] == [(day, 2, 30) for day in (8, 9, 15, 16)]
    assert all(end - start == 20 * 60 * 10**6 for start, end in rate.spans["backup"])


def test_what_began_before_the_window_reaches_into_it():
    span = window("2025-11-03 10:00", "2025-11-04")
    rate = rate_of(span, spikes={"s": {"on": {"cron": "0 9 * * *"}, "peak": 2, "hold": "3h"}})
    assert rate.spans["s"] == ((span.start, span.start + 2 * HOUR),)


def test_where_the_clock_changes_each_time_of_the_wall_comes_once():
    cron = {"on": {"cron": "*/30 * * * *"}, "for": "10m"}
    spring = rate_of(window("2025-03-09", "2025-03-10"), outages={"x": cron})  # New York has 23 hours
    autumn = rate_of(window("2025-11-02", "2025-11-03"), outages={"x": cron})  # and 25
    assert len(spring.spans["x"]) == 46
    assert len(autumn.spans["x"]) == 48
    assert all(a[1] <= b[0] for rate in (spring, autumn) for a, b in pairwise(rate.spans["x"]))
    skipped = rate_of(window("2025-03-09", "2025-03-10"), outages={"x": {**cron, "on": {"cron": "30 2 * * *"}}})
    (begin,) = local(np.array([start for start, _ in skipped.spans["x"]]))
    assert (begin.hour, begin.minute) == (3, 30)  # as long after the change as it should have been
    twice = rate_of(window("2025-11-02", "2025-11-03"), outages={"x": {**cron, "on": {"cron": "30 1 * * *"}}})
    (begin,) = local(np.array([start for start, _ in twice.spans["x"]]))
    assert (begin.hour, begin.minute, begin.fold) == (1, 30, 0)


def test_every_minute_of_centuries_is_refused_without_being_made():
    text = STORY.replace(
        "{on: black_friday, peak: 6, rise: 4h, hold: 12h, decay: 4h}", '{on: {cron: "* * * * *"}, peak: 2, hold: 1m}'
    )
    with pytest.raises(SpecError, match=r"'sale' would happen [0-9_]+ times; 10_000 are the most"):
        plan_of(text.replace("end: 2025-12-01}\ntimelines", "end: 2500-12-01}\ntimelines"))


@pytest.mark.parametrize(
    "pattern",
    [
        "0 9 * *",
        "0 9 * * mon-fri 2025",
        "",
        "60 9 * * *",
        "0 24 * * *",
        "0 9 0 * *",
        "0 9 L * *",
        "0 9 * 13 *",
        "0 9 * * 8",
        "0 9 * * mon#2",
        "*/0 * * * *",
        "5/3 * * * *",
        "0 17-9 * * *",
        "@daily",
        "0 9 * * fri-mon",
        "0,, * * * *",
        5,
        "9" * 300,
    ],
)
def test_what_is_no_pattern_is_refused(pattern: object):
    with pytest.raises(RuleError):
        read_cron(pattern)
