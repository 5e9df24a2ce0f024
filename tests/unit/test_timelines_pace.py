"""Rows per time: the total follows from the curves, the events and the window, and is a Poisson draw."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from engine.spec.entity import Spread
from engine.stream import stream_key
from engine.timelines.compile import spread
from engine.timelines.pace import Pace, drawn, read_pace
from tests.timelines import DAY, HOUR, rate_of, window
from tests.worlds import STORY, plan_of, rows_of

WEEK = window("2025-11-03", "2025-11-10", "UTC")
PACE = read_pace({"per_hour": 120})
RATED = STORY.replace("count: 2_000", "rate: {per_hour: 3}")


def expected(span: Any = WEEK, **keys: object) -> float:
    return PACE.mean(rate_of(span, **keys))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("120 per hour", Pace(120, HOUR)),
        ({"per_hour": 120}, Pace(120, HOUR)),
        ("1_000 per day", Pace(1000, DAY)),
        ({"per_second": 0.5}, Pace(0.5, 1_000_000)),
        (PACE, PACE),
    ],
)
def test_a_rate_is_read(said: object, meant: Pace):
    assert read_pace(said) == meant


def test_an_ordinary_hour_is_the_mean_of_the_curves_whatever_their_weights_sum_to():
    for curves in ({}, {"daily": "office", "weekly": "online_grocery"}, {"weekly": {"sat": 0.2}, "daily": "web"}):
        assert expected(**curves) == pytest.approx(120 * 168)
    assert expected(window("2025-11-03", "2025-11-17", "UTC"), weekly="office") == pytest.approx(120 * 336)


def test_events_come_on_top_or_are_lost():
    spike = {"at": "2025-11-05 12:00", "peak": 7.5, "rise": "1h", "hold": "2h", "decay": "1h"}
    assert expected(spikes={"sale": spike}) == pytest.approx(120 * (168 + 6.5 * 3))
    assert expected(outages={"down": {"at": "2025-11-05 12:00", "for": "5h"}}) == pytest.approx(120 * 163)
    step = {"at": "2025-11-05", "factor": 2}
    assert expected(steps={"launch": step}) == pytest.approx(120 * (48 + 240))


def test_steps_before_the_window_and_growth_are_as_the_window_starts():
    once = {"at": "2025-10-01", "factor": 3}
    often = {"on": {"rrule": "FREQ=YEARLY"}, "factor": 5}
    for steps in ({"once": once}, {"often": often}, {"once": once, "often": often}):
        assert expected(steps=steps) == pytest.approx(120 * 168)
    hours = sum(2 ** (hour / 168) for hour in range(168))
    assert expected(trend={"per_week": 2}) == pytest.approx(120 * hours)
    hours = sum(0.5 ** (hour / 168) for hour in range(168))
    assert expected(trend={"per_week": 0.5}) == pytest.approx(120 * hours)


def test_what_an_outage_before_the_window_brings_back_does_not_move_its_start():
    outage = {"at": "2025-11-02", "for": "1d", "catch_up": {"share": 0.5, "over": "1d"}}
    plain, more = (expected(trend={"per_week": 2}, outages=o) for o in ({}, {"down": outage}))
    day_before = sum(2 ** (hour / 168) for hour in range(-24, 0))
    assert more - plain == pytest.approx(120 * 0.5 * day_before)


def test_seasons_are_averaged_over_the_whole_calendar():
    yearly, monthly, weekly = {"feb": 2, "dec": 3}, {1: 5, "15": 0, "last": 7}, {"sun": 0.1}
    days, day = [], date(2000, 1, 1)
    while day < date(2400, 1, 1):
        last = (day + timedelta(1)).day == 1
        weight = 7 if last else {1: 5, 15: 0}.get(day.day, 1)
        days.append(weight * {2: 2, 12: 3}.get(day.month, 1) * (0.1 if day.weekday() == 6 else 1))
        day += timedelta(1)
    in_june = [w for n, w in enumerate(days) if (date(2000, 1, 1) + timedelta(n)).strftime("%Y%m") == "202506"]
    wanted = 120 * 24 * sum(in_june) / (sum(days) / len(days))
    june = window("2025-06-01", "2025-07-01", "UTC")
    assert expected(june, yearly=yearly, monthly=monthly, weekly=weekly) == pytest.approx(wanted)


def test_a_spread_has_its_rate_where_it_begins():
    span = Spread.model_validate({"start": "2025-01-01", "end": "2025-01-31"})
    assert read_pace("20 per day").mean(spread(span, WEEK)) == pytest.approx(600)
    span = Spread.model_validate({"start": "2025-01-01", "end": "2025-01-31", "growth": "2 per day"})
    hours = sum(2 ** (hour / 24) for hour in range(30 * 24))
    assert read_pace("24 per day").mean(spread(span, WEEK)) == pytest.approx(hours)


def test_the_number_of_rows_is_a_poisson_draw():
    few = [drawn(4.2, 10**12, stream_key(seed, "rows")) for seed in range(3000)]
    found = np.bincount(few, minlength=20)[:12]
    wanted = np.array([math.exp(-4.2) * 4.2**k / math.factorial(k) for k in range(12)]) * 3000
    assert ((found - wanted) ** 2 / wanted).sum() < 32  # chi-square, 12 degrees of freedom, one in a thousand
    many = np.array([drawn(1e6, 10**12, stream_key(seed, "rows")) for seed in range(1000)])
    assert abs(many.mean() - 1e6) < 4 * 1000 / math.sqrt(1000)
    assert 0.85 < many.var() / 1e6 < 1.15


def test_the_same_seed_draws_the_same_number_and_the_rows_are_there():
    plan = plan_of(RATED)
    count = plan.entities["orders"].count
    assert count == plan_of(RATED).entities["orders"].count
    assert count != plan_of(RATED.replace("seed: 7", "seed: 8")).entities["orders"].count
    made = rows_of(plan)
    assert made["orders"].num_rows == count
    assert made["customers"].equals(rows_of(plan_of(STORY), "customers")["customers"])
    mean = Pace(3, HOUR).mean(rate_of_story())
    assert abs(count - mean) < 4 * math.sqrt(mean)


def rate_of_story() -> Any:
    sale = {"on": "black_friday", "peak": 6, "rise": "4h", "hold": "12h", "decay": "4h"}
    return rate_of(window("2025-11-01", "2025-12-01"), daily="online_retail", spikes={"sale": sale})


def test_without_an_event_there_are_the_fewer_rows():
    told, calm = (plan_of(RATED, **how).entities["orders"].count for how in ({}, {"--without": "storefront.sale"}))
    assert told is not None
    assert calm is not None
    assert told - calm > 200  # 5 × 3 rows an hour on top for 16 hours, of which the ordinary rate is 1.2 and more
    by_day = pc.day(rows_of(plan_of(RATED, **{"--without": "storefront.sale"}), "orders")["orders"]["placed_at"])
    assert pc.sum(pc.equal(by_day, 28)).as_py() < 120


@pytest.mark.parametrize("how", ["counts: {negative_binomial: {fano: 9}}", "counts: even"])
def test_how_counts_scatter_leaves_the_number_of_rows_as_it_is(how: str):
    plan = plan_of(scattered(how))
    assert plan.entities["orders"].count == plan_of(RATED).entities["orders"].count
    assert rows_of(plan, "orders")["orders"].num_rows == plan.entities["orders"].count


def test_bursts_are_a_share_of_the_rows_that_a_rate_makes_and_not_more_of_them():
    text = scattered("bursts: {per_day: 6, share: 30%, branching: 0.5, decay: 20m}")
    found = [plan_of(text.replace("seed: 7", f"seed: {seed}")).entities["orders"].count for seed in range(40)]
    mean = Pace(3, HOUR).mean(rate_of_story())
    assert abs(np.mean(found) - mean) < 0.05 * mean


def scattered(how: str) -> str:
    text = RATED.replace("    daily: online_retail\n", f"    daily: online_retail\n    {how}\n")
    assert text != RATED
    return text
