"""What a timeline may say, and how each mistake is named."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from engine.errors import Code, SpecError
from engine.timelines.growth import Growth, GrowthField
from engine.timelines.model import Timeline
from engine.timelines.profiles import DAILY, WEEKDAYS, WEEKLY
from tests.timelines import DAY, rate_of, timeline, window

MEANT = "did you mean 'black_friday'?"
GROWTH = "write {per_week: 1.04} (or per_day, per_month, per_year)"
SALE = {"on": "black_friday", "peak": 7.5, "rise": "8h", "hold": "14h", "decay": "10h"}


def wrong(**keys: object) -> list[tuple[str, str, str | None]]:
    """The codes, places and hints of what pydantic finds."""
    with pytest.raises(ValidationError) as caught:
        Timeline.model_validate(keys)
    return [(e["type"], ".".join(map(str, e["loc"])), e.get("ctx", {}).get("hint")) for e in caught.value.errors()]


def test_a_whole_timeline_is_read():
    made = timeline(
        daily="online_retail",
        weekly={"mon": 1.05, "sat": 0.92},
        trend={"per_week": 1.04},
        noise="8%",
        spikes={"sale": SALE},
        outages={"down": {"at": "2025-11-28 14:05:30", "for": "22m", "drop": "40%"}},
    )
    assert made.daily == (DAILY["online_retail"],) * 7
    assert made.weekly == (1.05, 1.0, 1.0, 1.0, 1.0, 0.92, 1.0)
    assert made.trend == Growth(1.04, 7 * DAY)
    assert made.noise == 0.08
    assert made.spikes["sale"].hold.micros == 14 * 3600 * 10**6
    assert made.outages["down"].drop == 0.4


def test_nothing_said_is_a_flat_rate():
    assert {weight for day in timeline().daily for weight in day} | set(timeline().weekly) == {1.0}


def test_every_named_curve_has_a_day_of_hours_and_every_profile_a_week_of_days():
    assert {len(curve) for curve in DAILY.values()} == {24}
    assert {len(profile) for profile in WEEKLY.values()} == {7}


@pytest.mark.parametrize("name", ["online_retail", "online_grocery", "store_grocery", "web", "office"])
def test_the_percentages_of_a_curve_are_a_whole_day(name: str):
    assert sum(DAILY[name]) == pytest.approx(100, abs=0.15)


@pytest.mark.parametrize("event", ["starts", "rise", "decay"])
def test_what_is_not_said_of_a_spike_is_nothing(event: str):
    spike = timeline(spikes={"sale": {"on": "2025-11-28", "peak": 3, "hold": "1h"}}).spikes["sale"]
    assert getattr(spike, event).micros == 0


def test_a_list_of_dates_is_put_in_order_and_said_once():
    dates = ["2025-11-28", "2024-11-29", "2025-11-28"]
    days = timeline(spikes={"sale": {**SALE, "on": dates}}).spikes["sale"].on
    assert days is not None
    assert days.dates == (date(2024, 11, 29), date(2025, 11, 28))


def test_growth_is_read_in_both_of_its_forms():
    reader: TypeAdapter[Growth] = TypeAdapter(GrowthField)
    year = 365 * DAY + DAY * 97 // 400
    assert reader.validate_python("1.6 per year") == reader.validate_python({"per_year": 1.6}) == Growth(1.6, year)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"daily": "online_retial"}, (Code.WRONG_TYPE, "daily", "did you mean 'online_retail'?")),
        ({"daily": [1] * 23}, (Code.BAD_WEIGHTS, "daily", None)),
        ({"daily": [0] * 24}, (Code.BAD_WEIGHTS, "daily", None)),
        ({"daily": [1] * 23 + [-1]}, (Code.BAD_WEIGHTS, "daily", None)),
        ({"daily": [1] * 23 + [float("nan")]}, (Code.BAD_WEIGHTS, "daily", None)),
        ({"daily": [1] * 23 + [float("inf")]}, (Code.BAD_WEIGHTS, "daily", None)),
        ({"daily": [1] * 23 + [True]}, (Code.WRONG_TYPE, "daily", None)),
        ({"weekly": {"mon": -1}}, (Code.BAD_WEIGHTS, "weekly", None)),
        ({"weekly": dict.fromkeys(WEEKDAYS, 0)}, (Code.BAD_WEIGHTS, "weekly", None)),
        ({"weekly": {"mo": 1}}, (Code.UNKNOWN_KEY, "weekly", "write mon, tue, wed, thu, fri, sat, sun")),
        ({"trend": 1.04}, (Code.BAD_UNIT, "trend.<growth>", GROWTH)),
        ({"trend": {"week": 1.04}}, (Code.BAD_UNIT, "trend.<growth>", GROWTH)),
        ({"trend": {"per_day": 0}}, (Code.OUT_OF_RANGE, "trend.<growth>", None)),
        (
            {"spikes": {"x": {**SALE, "on": "blak_friday"}}},
            (Code.UNKNOWN_EVENT, "spikes.x.on", MEANT),
        ),
        ({"spikes": {"x": {**SALE, "on": "2025-02-29"}}}, (Code.BAD_UNIT, "spikes.x.on", None)),
        ({"spikes": {"x": {**SALE, "on": []}}}, (Code.WRONG_TYPE, "spikes.x.on", None)),
        ({"spikes": {"x": {**SALE, "peak": 0}}}, ("greater_than", "spikes.x.peak", None)),
        ({"spikes": {"x": {**SALE, "hold": "0s"}}}, (Code.OUT_OF_RANGE, "spikes.x", None)),
        ({"spikes": {"x": {**SALE, "rise": "-1h"}}}, (Code.OUT_OF_RANGE, "spikes.x", None)),
        ({"spikes": {"x": {**SALE, "starts": "-8d"}}}, (Code.OUT_OF_RANGE, "spikes.x", None)),
        ({"spikes": {"x": {**SALE, "at": "2025-11-28"}}}, (Code.CONFLICT, "spikes.x", None)),
        ({"outages": {"x": {"for": "1h"}}}, (Code.CONFLICT, "outages.x", None)),
        ({"outages": {"x": {"at": "2025-11-28", "starts": "1h", "for": "1h"}}}, (Code.CONFLICT, "outages.x", None)),
        ({"outages": {"x": {"at": "2025-11-28", "for": "1h", "drop": 1.5}}}, ("value_error", "outages.x.drop", None)),
    ],
)
def test_a_mistake_is_named_where_it_is(keys: dict[str, object], found: tuple[str, str, str | None]):
    assert wrong(**keys) == [found]


def test_a_spike_and_an_outage_may_not_share_a_name():
    both = {"spikes": {"x": SALE}, "outages": {"x": {"at": "2025-11-28", "for": "1h"}}}
    assert [code for code, _, _ in wrong(**both)] == [Code.CONFLICT]


def test_a_date_with_a_time_is_sent_to_at():
    ((code, _, hint),) = wrong(spikes={"x": {**SALE, "on": "2025-11-28 14:05"}})
    assert code == Code.BAD_UNIT
    assert "`at:`" in str(hint)


def test_every_event_outside_the_window_is_named_at_once():
    with pytest.raises(SpecError) as caught:
        rate_of(
            window("2025-06-01", "2025-07-01"),
            spikes={"sale": SALE, "flash": {"at": "2025-06-10 12:00", "peak": 2, "hold": "1h"}},
            outages={"down": {"at": "2025-07-01", "for": "1h"}},
        )
    found = [(d.code, d.path) for d in caught.value.diagnostics]
    assert found == [(Code.OUTSIDE_WINDOW, ("spikes", "sale", "on")), (Code.OUTSIDE_WINDOW, ("outages", "down", "at"))]
    assert caught.value.diagnostics[0].hint == "the window is 2025-06-01 00:00 to 2025-07-01 00:00"


def test_one_date_of_a_list_outside_the_window_is_an_error():
    spikes = {"sale": {**SALE, "on": ["2024-11-29", "2025-11-28"]}}
    with pytest.raises(SpecError, match="outside the window"):
        rate_of(window("2025-11-01", "2025-12-01"), spikes=spikes)


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(SpecError) as caught:
        rate_of(window("2025-11-01", "2025-11-02"), outages={"x": {"on": "2025-11-01", "for": "1d"}})
    assert [d.code for d in caught.value.diagnostics] == [Code.BAD_WEIGHTS]


@pytest.mark.parametrize(("start", "end"), [("2025-11-02", "2025-11-02"), ("1000-01-01", "1700-01-01")])
def test_a_window_that_is_empty_or_centuries_long_is_refused(start: str, end: str):
    with pytest.raises(SpecError) as caught:
        rate_of(window(start, end, "UTC"))
    assert [d.code for d in caught.value.diagnostics] == [Code.OUT_OF_RANGE]
