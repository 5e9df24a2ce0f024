"""Growth along a line and logistic growth, hour by hour beside the formula."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import numpy as np
import pytest

from engine.spec.entity import Spread
from engine.spec.load import load
from engine.timelines.compile import spread
from engine.timelines.pace import read_pace
from engine.timelines.rate import Rate
from tests.timelines import lengths, local, micros, rate_of, window
from tests.worlds import STORY, plan_of, rows_of

YEAR = window("2025-01-01", "2026-01-01")
HOURLY = read_pace("1 per hour")


def levels(rate: Rate) -> dict[datetime, float]:
    """The rate in each local hour, as a share of the highest."""
    found = rate.weights / lengths(rate)
    return dict(zip([at.replace(tzinfo=None) for at in local(rate.edges[:-1])], found / found.max(), strict=True))


def hours_from(at: datetime, moment: str) -> float:
    """From a moment to the middle of an hour of the wall clock, in hours."""
    middle = at.replace(minute=30) - datetime.fromisoformat(moment)
    return middle.total_seconds() / 3600


def test_logistic_growth_is_the_logistic_function():
    rate = rate_of(YEAR, trend={"logistic": {"from": 1, "to": 8, "midpoint": "2025-06-01", "over": "90d"}})
    steep = 2 * math.log(19) / (90 * 24)
    wanted = {at: 1 + 7 / (1 + math.exp(-steep * hours_from(at, "2025-06-01"))) for at in levels(rate)}
    most = max(wanted.values())
    assert all(level == pytest.approx(wanted[at] / most, rel=1e-12) for at, level in levels(rate).items())


def test_logistic_growth_makes_nine_tenths_of_its_way_in_the_time_that_is_said():
    rate = rate_of(YEAR, trend={"logistic": {"from": 0, "to": 100, "midpoint": "2025-07-01 12:30", "over": "60d"}})
    at = levels(rate)
    assert at[datetime(2025, 7, 1, 12)] == pytest.approx(0.5, rel=1e-6)
    assert at[datetime(2025, 6, 1, 12)] == pytest.approx(0.05, rel=1e-6)
    assert at[datetime(2025, 7, 31, 12)] == pytest.approx(0.95, rel=1e-6)


@pytest.mark.parametrize(("low", "high"), [(1, 3), (3, 1), (0, 2), (2, 0)])
def test_a_line_is_level_before_and_after(low: float, high: float):
    rate = rate_of(YEAR, trend={"linear": {"from": low, "to": high, "start": "2025-03-01", "over": "30d"}})
    for at, level in levels(rate).items():
        made = min(max(hours_from(at, "2025-03-01") / 720, 0), 1)
        assert level * max(low, high) == pytest.approx(low + (high - low) * made, abs=1e-9)


def test_a_line_takes_the_whole_window_unless_told():
    at = levels(rate_of(YEAR, trend={"linear": {"to": 3}}))
    first, middle, last = (at[datetime(2025, *day)] for day in ((1, 1, 0), (7, 2, 12), (12, 31, 23)))
    assert first / last == pytest.approx((1 + 1 / 8760) / (3 - 1 / 8760))
    assert middle / last == pytest.approx((2 + 1 / 8760) / (3 - 1 / 8760))


def test_a_rate_is_the_level_at_the_start_of_the_window():
    for trend in ({"linear": {"from": 2, "to": 6}}, {"linear": {"to": 3}}):
        assert HOURLY.mean(rate_of(YEAR, trend=trend)) == pytest.approx(8760 * 2, rel=1e-3)
    late = {"logistic": {"from": 5, "to": 40, "midpoint": "2025-07-02", "over": "30d"}}
    assert HOURLY.mean(rate_of(YEAR, trend=late)) == pytest.approx(8760 * 4.5, rel=1e-2)


def test_a_spread_grows_so_too():
    keys = {"start": "2025-01-01", "end": "2025-01-11"}
    steep = 2 * math.log(19) / 4
    bent = 1_000 * (math.log(2) - math.log(1 + math.exp(-5 * steep))) / steep / 5  # the integral of the function
    logistic = {"logistic": {"from": 0, "to": 1, "midpoint": "2025-01-06", "over": "4d"}}
    for growth in ({"linear": {"from": 0, "to": 1}}, logistic):
        rate = spread(Spread.model_validate({**keys, "growth": growth}), YEAR)
        halves = rate.expected(1_000, np.array([micros(f"2025-01-{day:02}") for day in (1, 6, 11)]))
        assert halves.tolist() == pytest.approx([250, 750] if "linear" in growth else [bent, 1_000 - bent], abs=0.1)


def test_a_midpoint_may_be_counted_from_the_clock():
    trend = "trend: {logistic: {to: 8, midpoint: today - 10d, over: 5d}}"
    now = datetime(2025, 11, 25, tzinfo=timezone.utc)
    found = load(STORY.replace("daily: online_retail", trend), file="s.yaml", now=now).scenario.timelines["storefront"]
    assert found.trend.logistic.midpoint.wall == datetime(2025, 11, 14)  # it is still the 24th in New York


def test_rows_follow_it():
    trend = "trend: {logistic: {from: 1, to: 9, midpoint: 2025-11-16, over: 2d}}"
    text = STORY.replace("daily: online_retail", trend).replace("    spikes: {sale", "    steps: {}\n    # {sale")
    text = text.replace("{during: storefront.sale, then: 40}", "{when: \"placed_at < '2025-01-01'\", then: 40}")
    made = rows_of(plan_of(text), "orders")["orders"]["placed_at"].cast("int64").to_numpy()
    late = int((made >= micros("2025-11-16")).sum())
    assert abs(late - 1_800) < 4 * (2_000 * 0.9 * 0.1) ** 0.5 + 10
