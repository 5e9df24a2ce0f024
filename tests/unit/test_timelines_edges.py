"""Events at the edges of the window and of the calendar: what is felt inside counts, whatever lies outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.errors import Code, SpecError
from engine.timelines.occurrence import MOST_TIMES
from engine.timelines.rate import Rate
from engine.types import F64
from tests.timelines import DAY, HOUR, lengths, micros, rate_of, timeline, window

LONG, SHORT = window("2025-10-01", "2026-01-01", "UTC"), window("2025-11-01", "2025-12-01", "UTC")


def rates(rate: Rate) -> F64:
    found: F64 = rate.weights / lengths(rate) * HOUR
    return found


@pytest.mark.parametrize(
    "events",
    [
        {"spikes": {"a": {"at": "2025-12-03", "peak": 3, "hold": "2h", "lead_up": {"for": "5d", "factor": 0.5}}}},
        {"spikes": {"a": {"at": "2025-10-30", "peak": 3, "hold": "2h", "hangover": {"for": "5d", "factor": 0.5}}}},
        {"outages": {"a": {"at": "2025-10-31 20:00", "for": "3h", "catch_up": {"share": "60%", "over": "5h"}}}},
        {"outages": {"a": {"at": "2025-10-31 20:00", "for": "6h", "catch_up": {"share": "60%", "over": "5h"}}}},
        {"outages": {"a": {"at": "2025-10-31", "for": "23h", "drop": 0.5, "catch_up": {"share": 1, "over": "9h"}}}},
    ],
)
def test_what_comes_before_or_after_an_event_is_felt_in_the_window_though_the_event_is_outside(events: dict[str, Any]):
    short, long = rate_of(SHORT, **events), rate_of(LONG, **events)
    inside = (long.edges[:-1] >= SHORT.start) & (long.edges[:-1] < SHORT.end)
    np.testing.assert_array_equal(short.edges[:-1], long.edges[:-1][inside])
    np.testing.assert_allclose(rates(short), rates(long)[inside], rtol=1e-12)
    assert not np.allclose(rates(short), rates(short)[0])


def test_an_event_that_nobody_in_the_window_feels_is_refused():
    with pytest.raises(SpecError) as refused:
        rate_of(
            SHORT, spikes={"a": {"at": "2025-12-10", "peak": 3, "hold": "2h", "lead_up": {"for": "5d", "factor": 2}}}
        )
    assert [d.code for d in refused.value.diagnostics] == [Code.OUTSIDE_WINDOW]


def test_steps_before_the_window_are_in_its_level_and_do_not_multiply_without_end():
    daily = {"on": {"rrule": "FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10"}, "factor": 1e6}
    rate = rate_of(SHORT, steps={"a": daily})
    np.testing.assert_allclose(rates(rate), 1.0)
    assert rate.spans["a"] == ((SHORT.start, SHORT.end),)


def test_a_step_in_the_window_is_the_same_whatever_steps_came_before():
    monthly = {"on": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=15"}, "factor": 2.0}
    once = {"at": "2025-11-15", "factor": 2.0}
    np.testing.assert_allclose(rates(rate_of(SHORT, steps={"a": monthly})), rates(rate_of(SHORT, steps={"a": once})))


def test_a_step_that_still_rises_when_the_window_begins_is_seen_rising():
    step = {"at": "2025-10-31", "rise": "3d", "factor": 4.0}
    found = rates(rate_of(SHORT, steps={"a": step}))
    assert found[0] == pytest.approx(1 + 3 / 3, rel=1e-3)
    assert found[-1] == pytest.approx(4)


def test_a_rule_of_too_many_days_is_refused_not_cut():
    span = window("2000-01-01", "2035-01-01", "UTC")
    assert span.end - span.start > MOST_TIMES * DAY
    with pytest.raises(SpecError) as refused:
        rate_of(span, spikes={"a": {"on": {"rrule": "FREQ=DAILY"}, "peak": 3, "hold": "2h"}})
    (told,) = refused.value.diagnostics
    assert (told.code, told.path) == (Code.OUT_OF_RANGE, ("spikes", "a", "on"))
    assert "10_000 are the most" in told.message


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", ["2025-11-03", "9999-12-31"]])
@pytest.mark.parametrize("starts", ["30h", "-30h", "0h"])
def test_days_at_the_ends_of_the_calendar_are_refused_in_words(day: object, starts: str):
    with pytest.raises(ValidationError, match="is not in the years 100 to 9900"):
        timeline(spikes={"a": {"on": day, "starts": starts, "peak": 3, "hold": "2h"}})


@pytest.mark.parametrize(("start", "end"), [("0100-01-01", "0101-01-01"), ("9899-12-01", "9900-12-31 23:59")])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
def test_the_first_and_the_last_year_of_a_story_have_their_days(start: str, end: str, zone: str):
    long = {"rise": "366d", "hold": "366d", "decay": "366d", "hangover": {"for": "366d", "factor": 2}}
    rate = rate_of(window(start, end, zone), spikes={"a": {"on": "black_friday", "starts": "30h", "peak": 3, **long}})
    assert (rate.edges[0], rate.edges[-1]) == (micros(start, zone), micros(end, zone))
