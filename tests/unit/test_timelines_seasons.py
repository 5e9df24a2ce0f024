"""Curves by weekday, months, days of the month, and events of every shape, beside slow loops over the calendar."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from typing import Any, get_args

import numpy as np
import pytest

from engine.timelines.profiles import DAILY
from engine.timelines.ramps import Shape, climbed
from engine.timelines.rate import Rate
from engine.types import F64
from tests.timelines import DAY, HOUR, lengths, local, micros, rate_of, window

YEAR = window("2024-01-01", "2025-01-01", "UTC")
WEEK = window("2025-11-03", "2025-11-10", "UTC")
SPIKE: dict[str, Any] = {"at": "2025-11-05 12:00", "peak": 5, "rise": "6h", "hold": "2h", "decay": "8h"}


def rates(rate: Rate) -> F64:
    return rate.weights / lengths(rate)


def by_day(rate: Rate) -> dict[Any, float]:
    found: dict[Any, float] = defaultdict(float)
    for at, weight in zip(local(rate.edges[:-1], "UTC"), rate.weights, strict=True):
        found[at.date()] += weight
    return found


def test_each_weekday_has_its_own_curve_and_the_week_still_decides_how_much_a_day_gets():
    daily = {"weekdays": "office", "sat": "flat", "else": "web"}
    rate = rate_of(WEEK, daily=daily, weekly={"sun": 0.5})
    hours = np.zeros((7, 24))
    for at, weight in zip(local(rate.edges[:-1], "UTC"), rate.weights, strict=True):
        hours[at.weekday(), at.hour] += weight
    for day, curve in ((0, "office"), (4, "office"), (5, "flat"), (6, "web")):
        np.testing.assert_allclose(hours[day] / hours[day].sum(), np.array(DAILY[curve]) / sum(DAILY[curve]))
    np.testing.assert_allclose(hours.sum(axis=1) / hours[0].sum(), [1, 1, 1, 1, 1, 1, 0.5])


def test_one_curve_for_all_days_is_the_same_as_the_same_for_each():
    alike = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "web")
    np.testing.assert_array_equal(rate_of(WEEK, daily="web").weights, rate_of(WEEK, daily=alike).weights)


def test_months_and_days_of_the_month_multiply():
    rate = rate_of(YEAR, yearly={"feb": 2, "dec": 3}, monthly={1: 5, "15": 0, "last": 7, 31: 4})
    plain, even = 24 * 60, by_day(rate_of(YEAR))
    for day, weight in by_day(rate).items():
        season = {2: 2, 12: 3}.get(day.month, 1)
        last = day.day == monthrange(day.year, day.month)[1]
        wanted = season * (7 if last else {1: 5, 15: 0}.get(day.day, 1))
        assert weight / even[day] == pytest.approx(wanted) if day.day < 3 else True
        assert weight == pytest.approx(wanted * weight_of_a_plain_day(rate, plain)), day


def weight_of_a_plain_day(rate: Rate, minutes: int) -> float:
    """3 January's."""
    first = int(np.searchsorted(rate.edges, micros("2024-01-03", "UTC")))
    return float(rate.weights[first : first + minutes].sum())


@pytest.mark.parametrize("shape", get_args(Shape))
def test_a_ramp_climbs_from_nothing_to_all_and_never_falls(shape: Shape):
    share = np.linspace(0, 1, 201)
    way = climbed(shape, share)
    assert way[0] == pytest.approx(0, abs=1e-12)
    assert way[-1] == pytest.approx(1)
    assert (np.diff(way) >= 0).all()


def test_ramps_of_other_shapes_rise_later_than_a_line():
    line, steep, bell = (
        rates(rate_of(WEEK, spikes={"s": {**SPIKE, "shape": shape}})) for shape in ("linear", "exponential", "gaussian")
    )
    edges = rate_of(WEEK, spikes={"s": SPIKE}).edges
    at = int(np.searchsorted(edges, micros("2025-11-05 16:00", "UTC")))
    assert line[at] / line[0] == pytest.approx(1 + 4 * 4 / 6, rel=0.01)
    assert steep[at] / steep[0] == pytest.approx(1 + 4 * (np.exp(4 * 4 / 6) - 1) / (np.exp(4) - 1), rel=0.01)
    foot = np.exp(-4.5)
    assert bell[at] / bell[0] == pytest.approx(1 + 4 * (np.exp(-0.5) - foot) / (1 - foot), rel=0.01)
    top = int(np.searchsorted(edges, micros("2025-11-05 19:00", "UTC")))
    assert all(one[top] / one[0] == pytest.approx(5) for one in (line, steep, bell))


def test_people_wait_before_a_spike_and_rest_after_it():
    event = {**SPIKE, "lead_up": {"for": "24h", "factor": 0.5}, "hangover": {"for": "12h", "factor": 0.2}}
    rate = rate_of(WEEK, spikes={"s": event})
    ratio = rates(rate) / rates(rate)[0]

    def seen(text: str) -> float:
        return float(ratio[np.searchsorted(rate.edges, micros(text, "UTC"))])

    assert seen("2025-11-04 11:00") == 1
    assert seen("2025-11-05 00:00") == pytest.approx(0.75, rel=0.01)
    assert seen("2025-11-05 11:59") == pytest.approx(0.5, rel=0.01)
    assert seen("2025-11-06 04:01") == pytest.approx(0.2, rel=0.02)
    assert seen("2025-11-06 10:00") == pytest.approx(0.6, rel=0.01)
    assert seen("2025-11-06 16:00") == 1
    assert rate.ramps["s"] == ((micros("2025-11-05 12:00", "UTC"), micros("2025-11-06 04:00", "UTC")),)


def test_a_share_of_what_an_outage_loses_comes_back_after_it():
    outage = {"at": "2025-11-05 12:00", "for": "3h", "drop": 0.8, "catch_up": {"share": 0.5, "over": "6h"}}
    plain, rate = rate_of(WEEK), rate_of(WEEK, outages={"down": outage})
    assert rate.weights.sum() == pytest.approx(plain.weights.sum() - 3 * 0.8 * 0.5, rel=1e-9)
    ratio = rates(rate) * HOUR
    begin, end = (int(np.searchsorted(rate.edges, micros(f"2025-11-05 {h}:00", "UTC"))) for h in (12, 15))
    assert ratio[begin : end - 1].max() == pytest.approx(0.2)
    assert ratio[end] == pytest.approx(1 + 2 * 1.2 / 6, rel=0.01)
    assert ratio[end + 180] == pytest.approx(1 + 1.2 / 6, rel=0.01)
    assert ratio[end + 361] == pytest.approx(1)


def test_what_comes_back_while_another_outage_is_on_is_lost():
    first = {"at": "2025-11-05 12:00", "for": "1h", "catch_up": {"share": 1.0, "over": "4h"}}
    second = {"at": "2025-11-05 13:00", "for": "2h"}
    rate = rate_of(WEEK, outages={"first": first, "second": second})
    begin, end = (int(np.searchsorted(rate.edges, micros(f"2025-11-05 {h}:00", "UTC"))) for h in (12, 15))
    assert (rate.weights[begin:end] == 0).all()
    assert rate.weights[end] > rate.weights[0]


def test_a_step_lasts_to_the_end_and_may_have_begun_before_the_window():
    rate = rate_of(WEEK, steps={"launch": {"at": "2025-11-06", "factor": 3, "rise": "2h"}})
    ratio = rates(rate) / rates(rate)[0]
    assert ratio[int(np.searchsorted(rate.edges, micros("2025-11-06 01:00", "UTC")))] == pytest.approx(2, rel=0.01)
    assert ratio[-1] == pytest.approx(3)
    assert rate.spans["launch"] == ((micros("2025-11-06 02:00", "UTC"), WEEK.end),)
    before = rate_of(WEEK, steps={"launch": {"at": "2025-01-01", "factor": 3}})
    assert before.spans["launch"] == ((WEEK.start, WEEK.end),)


def test_a_year_of_everything_is_finite_and_as_long_as_the_year():
    rate = rate_of(
        YEAR,
        daily={"weekdays": "office", "weekend": "flat"},
        yearly={"dec": 2},
        monthly={"last": 3},
        noise=0.2,
        spikes={"s": {"on": "black_friday", "peak": 5, "hold": "9h", "shape": "gaussian", "rise": "5h", "decay": "9h"}},
        outages={"o": {"on": "cyber_monday", "for": "2h", "catch_up": {"share": "60%", "over": "3h"}}},
        steps={"t": {"on": "2024-06-01", "factor": 1.5}},
    )
    assert np.isfinite(rate.weights).all()
    assert (rate.weights >= 0).all()
    assert int(lengths(rate).sum()) == 366 * DAY
