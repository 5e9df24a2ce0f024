"""Days that recur: public holidays and calendar rules, beside what a calendar shows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from engine.timelines.days import read_days
from tests.timelines import local, rate_of, window


def test_a_country_s_holidays_are_those_of_its_calendar():
    days = read_days({"holidays": "US"}).between(2025, 2025)
    assert date(2025, 7, 4) in days
    assert date(2025, 11, 27) in days
    assert date(2025, 11, 28) not in days
    assert list(days) == sorted(days)


def test_a_region_has_more_holidays_than_its_country():
    country = set(read_days({"holidays": "DE"}).between(2025, 2025))
    region = set(read_days({"holidays": "DE", "region": "BY"}).between(2025, 2025))
    assert country < region
    assert date(2025, 1, 6) in region - country  # Epiphany


def test_only_some_holidays_can_be_meant():
    days = read_days({"holidays": "US", "only": "Thanksgiving Day"}).between(2023, 2026)
    assert days == (date(2023, 11, 23), date(2024, 11, 28), date(2025, 11, 27), date(2026, 11, 26))


def test_the_last_friday_of_each_month():
    days = read_days({"rrule": "FREQ=MONTHLY;BYDAY=-1FR"}).between(2025, 2025)
    assert len(days) == 12
    assert all(day.weekday() == 4 and (day + timedelta(days=7)).month != day.month for day in days)


def test_every_second_payday_counts_from_its_own_day_whatever_the_window():
    rule = read_days({"rrule": "FREQ=WEEKLY;INTERVAL=2", "from": "2025-01-03"})
    days = rule.between(2025, 2026)
    assert days[:2] == (date(2025, 1, 3), date(2025, 1, 17))
    assert set(rule.between(2026, 2026)) < set(days)


def test_a_rule_that_names_no_day_ends():
    assert read_days({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"}).between(1990, 2100) == ()


def test_a_spike_comes_at_each_of_its_days_in_the_window():
    span = window("2025-01-01", "2025-04-01", "UTC")
    spike = {"on": {"rrule": "FREQ=MONTHLY;BYDAY=-1FR"}, "starts": "9h", "peak": 4, "hold": "3h"}
    rate = rate_of(span, spikes={"payday": spike})
    assert [at.day for at in local(np.array([start for start, _ in rate.spans["payday"]]), "UTC")] == [31, 28, 28]


@pytest.mark.parametrize("country", ["US", "DE", "JP", "BR", "IN", "ZA"])
def test_the_same_days_in_every_year_that_is_asked_for(country: str):
    rule = read_days({"holidays": country})
    assert [d for d in rule.between(2020, 2026) if d.year == 2024] == list(rule.between(2024, 2024))
