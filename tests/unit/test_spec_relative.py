"""Moments counted from the clock, and windows that say how long they are."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from engine.errors import Code, SpecError
from engine.spec.load import Spec, load
from engine.units import zone

NOW = datetime(2026, 3, 10, 2, 30, tzinfo=timezone.utc)
"""In New York still 9 March, 22:30, two days after the clocks went forward."""
TEXT = """
scenario: fresh
timezone: America/New_York
window: {window}
timelines: {{t: {{spikes: {{s: {{at: {at}, peak: 2, hold: 1h}}}}}}}}
entities:
  people:
    table: people
    count: 3
    moment: {{column: born, spread: {{start: today - 365d, end: today}}}}
    columns: {{id: {{sequence: 1}}, note: today, start: {{constant: now}}}}
"""


def read(window: str, at: str = "2026-03-01", now: datetime | None = NOW) -> Spec:
    return load(TEXT.format(window=window, at=at), file="spec.yaml", now=now)


def span(window: str) -> tuple[datetime, datetime]:
    found = read(window).scenario.window
    return found.start.wall, found.end.wall


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        ("{end: today, for: 90d}", datetime(2025, 12, 9), datetime(2026, 3, 9)),
        ("{start: today, for: 30d}", datetime(2026, 3, 9), datetime(2026, 4, 8)),
        ("{start: today - 7d, end: today + 1d}", datetime(2026, 3, 2), datetime(2026, 3, 10)),
        ("{start: 2025-01-01, for: 36h}", datetime(2025, 1, 1), datetime(2025, 1, 2, 12)),
        ("{start: today-1w, end: today}", datetime(2026, 3, 2), datetime(2026, 3, 9)),
    ],
)
def test_days_are_those_of_the_spec_s_own_zone(window: str, start: datetime, end: datetime):
    assert span(window) == (start, end)


def test_now_is_an_instant():
    start, end = span("{end: now, for: 2h}")
    assert end == NOW
    assert end - start == timedelta(hours=2)


NIGHT = datetime(2025, 11, 2, 5, 30, tzinfo=timezone.utc)
"""In New York 1:30, half an hour before the clocks go back."""


@pytest.mark.parametrize("hours", [-48, -3, 1, 2, 24])
def test_so_long_before_or_after_now_is_so_much_time_whatever_the_clocks_do(hours: int):
    sign = "+" if hours > 0 else "-"
    spec = read("{start: 2025-10-01, end: 2025-12-01}", at=f"now {sign} {abs(hours)}h", now=NIGHT).scenario
    at = spec.timelines["t"].spikes["s"].at
    assert at is not None
    local = zone("America/New_York")
    assert at.micros(local) == int((NIGHT + timedelta(hours=hours)).timestamp()) * 1_000_000


def test_a_window_counted_from_now_has_its_length_whatever_the_clocks_do():
    found = read("{start: now, for: 2h}", now=NIGHT).scenario.window
    local = zone("America/New_York")
    assert found.end.micros(local) - found.start.micros(local) == 7_200_000_000


@pytest.mark.parametrize(
    "window", ["{end: today - 3x, for: 9d}", "{end: now - 3x, start: today}", "{end: today, for: 3x}"]
)
def test_one_mistake_is_told_once(window: str):
    with pytest.raises(SpecError) as error:
        read(window)
    assert len(error.value.diagnostics) == 1


def test_events_beside_the_timelines_may_be_counted_from_the_clock():
    text = TEXT.format(window="{end: today, for: 90d}", at="2026-03-01") + "events: {e: {at: today - 3d, for: 1h}}\n"
    at = load(text, file="spec.yaml", now=NOW).scenario.events["e"].at
    assert at is not None
    assert at.wall == datetime(2026, 3, 6)


def test_events_and_spreads_may_be_counted_from_the_clock_too_and_nothing_else_is():
    spec = read("{end: today, for: 90d}", at="today - 3d").scenario
    at = spec.timelines["t"].spikes["s"].at
    assert at is not None
    assert at.wall == datetime(2026, 3, 6)
    moment = spec.entities["people"].moment
    assert moment is not None
    assert moment.spread is not None
    assert (moment.spread.start.wall, moment.spread.end.wall) == (datetime(2025, 3, 9), datetime(2026, 3, 9))
    made = spec.entities["people"].columns
    assert (made["note"].generator.constant, made["start"].generator.constant) == ("today", "now")  # type: ignore[attr-defined]


def test_the_same_clock_gives_the_same_window_wherever_it_is_read():
    elsewhere = NOW.astimezone(zone("Asia/Tokyo"))
    assert read("{end: today, for: 9d}", now=elsewhere).scenario == read("{end: today, for: 9d}").scenario


@pytest.mark.parametrize(
    ("window", "code", "path"),
    [
        ("{for: 90d}", Code.CONFLICT, ("window", "for")),
        ("{start: today, end: now, for: 90d}", Code.CONFLICT, ("window", "for")),
        ("{end: today, for: 90}", Code.BAD_UNIT, ("window", "for")),
        ("{end: today - 3 moons, for: 9d}", Code.BAD_UNIT, ("window", "end")),
        ("{end: yesterday, for: 9d}", Code.BAD_UNIT, ("window", "end")),
        ("{start: today, end: today - 1d}", Code.OUT_OF_RANGE, ("window", "end")),
        ("{start: today - 9999999w, end: today}", Code.BAD_UNIT, ("window", "start")),
    ],
)
def test_what_cannot_be_counted_is_told_at_its_place(window: str, code: Code, path: tuple[str, ...]):
    with pytest.raises(SpecError) as error:
        read(window)
    assert (code, path) in [(d.code, d.path) for d in error.value.diagnostics]
    assert all(d.path[0] == "window" for d in error.value.diagnostics)


def test_without_a_clock_the_words_are_a_mistake():
    with pytest.raises(SpecError) as error:
        read("{end: today, for: 90d}", now=None)
    assert "no clock" in str(error.value)


@pytest.mark.parametrize(
    ("written", "wall"),
    [
        ("+10m", "2025-11-01 08:10"),
        ("start + 1d", "2025-11-02 08:00"),
        ("end - 2h", "2025-11-30 22:00"),
        ("start", "2025-11-01 08:00"),
        ("2025-11-05 09:00", "2025-11-05 09:00"),
    ],
)
def test_events_may_begin_so_long_after_the_window_does(written: str, wall: str):
    text = f"""
scenario: story
window: {{start: 2025-11-01 08:00, for: 712h}}
events: {{sale: {{at: {written}, for: 1h}}}}
entities: {{things: {{virtual: true, count: 1}}}}
"""
    (sale,) = load(text.replace("712h", "29d 16h"), file="s.yaml").scenario.events.values()
    assert str(sale.at.wall)[:16] == wall


@pytest.mark.parametrize("written", ["+banana", "start + ", "+", "end -3", "begin + 1h", "-"])
def test_what_is_not_so_long_is_refused(written: str):
    text = f"""
scenario: story
window: {{start: 2025-11-01 08:00, end: 2025-12-01}}
events: {{sale: {{at: "{written}", for: 1h}}}}
entities: {{things: {{virtual: true, count: 1}}}}
"""
    with pytest.raises(SpecError) as refused:
        load(text, file="s.yaml")
    assert {d.location.line for d in refused.value.diagnostics if d.location} == {4}
