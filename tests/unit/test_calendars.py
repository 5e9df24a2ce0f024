"""Slots of calendars, against a walk through the days; and what no two rows of a parent may do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Code, SpecError
from engine.generators.slots import Hours, Opening
from tests.worlds import catalog, plan_of, rows_of, table

MINUTE, HOUR = 60_000_000, 3_600_000_000
TABLES = catalog(
    table("doctors", "id int8", "since timestamptz null", "gone timestamptz null"),
    table(
        "visits",
        "id int8",
        "doctor_id int8",
        "starts_at timestamptz",
        "ends_at timestamptz null",
        "before_id int8 null",
        references={"doctor_id": "public.doctors.id"},
    ),
    table("notes", "id int8", "visit_id int8", "at timestamptz", references={"visit_id": "public.visits.id"}),
)
SPEC = """
scenario: clinic
seed: 3
timezone: Europe/Oslo
window: {start: 2025-03-24, end: 2025-11-03}
entities:
  doctors:
    table: doctors
    count: 30
    moment: {column: since, spread: {start: 2025-03-24, end: 2025-06-01}}
    columns:
      id: {sequence: 1}
      gone: {after: since, by: {uniform: {min: 10d, max: 300d}}, null_fraction: 20%}
  visits:
    table: visits
    per:
      parent: doctors
      as: doctor_id
      calendar: CALENDAR
    moment: {column: starts_at}
    columns:
      id: {expr: "doctor_id.id * 100000 + ordinal"}
      before_id: {previous: id}
  notes:
    table: notes
    count: 500
    columns:
      id: {sequence: 1}
      visit_id: {reference: visits}
      at: {attribute: visit_id.starts_at}
"""
PLAIN = """{hours: "08:00-12:00, 13-17", days: mon-fri, length: 30m, gap: 10m, fill: 70%, closed: [2025-05-17],
                 ends: ends_at}"""


def slots_by_hand(opening: Opening, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Day by day, hour by hour, in UTC."""
    day = start.astimezone(zone).date()
    length, step = timedelta(microseconds=opening.length), timedelta(microseconds=opening.length + opening.gap)
    while day <= end.astimezone(zone).date():
        midnight = datetime(day.year, day.month, day.day)
        for hours in opening.hours:
            if not opening.weekdays[day.weekday()] or (day - date(1970, 1, 1)).days in opening.closed:
                continue
            at, close = (midnight + timedelta(microseconds=edge) for edge in (hours.begin, hours.end))
            slot, last = (edge.replace(tzinfo=zone).astimezone(timezone.utc) for edge in (at, close))
            while slot + length <= last:
                if slot >= start and slot + length <= end:
                    yield slot
                slot += step
        day += timedelta(1)


@given(
    hours=st.lists(st.integers(0, 24), min_size=2, max_size=6, unique=True).map(sorted),
    length=st.integers(1, 300),
    gap=st.integers(0, 50),
    days=st.tuples(*[st.booleans()] * 7),
    zone=st.sampled_from(["Europe/Oslo", "UTC", "America/New_York", "Australia/Lord_Howe"]),
    start=st.integers(0, 300 * 24),
    size=st.integers(1, 20 * 24),
)
@settings(max_examples=150, deadline=None)
def test_slots_are_those_of_a_walk_through_the_days(
    hours: list[int], length: int, gap: int, days: tuple[bool, ...], zone: str, start: int, size: int
):
    spans = tuple(Hours(a * HOUR, b * HOUR) for a, b in zip(hours[::2], hours[1::2], strict=False))
    opening = Opening(spans, days, (20_200,), length * MINUTE, gap * MINUTE)
    begin = datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(hours=start)
    end = begin + timedelta(hours=size)
    edges = [int(edge.timestamp()) * 1_000_000 for edge in (begin, end)]
    wanted = [int(at.timestamp()) * 1_000_000 for at in slots_by_hand(opening, begin, end, ZoneInfo(zone))]
    found = opening.slots(*edges, zone)
    assert found.tolist() == wanted
    assert (np.diff(found) >= length * MINUTE).all()


def made(calendar: str, batch_rows: int = 65_536) -> dict[str, pa.Table]:
    return rows_of(plan_of(SPEC.replace("CALENDAR", calendar), TABLES), batch_rows=batch_rows)


def by_doctor(tables: dict[str, pa.Table]) -> dict[int, list[dict[str, object]]]:
    found = defaultdict(list)
    for row in tables["visits"].to_pylist():
        found[row["doctor_id"]].append(row)
    return found


def test_rows_never_overlap_come_in_order_and_fill_their_share():
    found = by_doctor(made(PLAIN))
    zone, hours = ZoneInfo("Europe/Oslo"), defaultdict(int)
    assert len(found) == 30
    for visits in found.values():
        for one, other in pairwise(visits):
            assert other["starts_at"] - one["ends_at"] >= timedelta(minutes=10)
            assert other["before_id"] == one["id"]
        for visit in visits:
            local = visit["starts_at"].astimezone(zone)
            assert local.weekday() < 5
            assert local.date() != date(2025, 5, 17)
            assert visit["ends_at"] - visit["starts_at"] == timedelta(minutes=30)
            hours[local.hour] += 1
    assert set(hours) == {8, 9, 10, 11, 13, 14, 15, 16}
    days = np.busday_count("2025-03-24", "2025-11-03")
    assert 0.68 < sum(map(len, found.values())) / (30 * days * 12) < 0.72


@pytest.mark.parametrize("batch_rows", [700, 41])
def test_rows_are_the_same_in_other_batches(batch_rows: int):
    whole, parts = made(PLAIN), made(PLAIN, batch_rows)
    assert all(whole[name].equals(parts[name]) for name in whole)


def test_who_refers_to_a_row_finds_its_moment():
    tables = made(PLAIN)
    starts = dict(zip(tables["visits"]["id"].to_pylist(), tables["visits"]["starts_at"].to_pylist(), strict=True))
    notes = tables["notes"].to_pylist()
    assert all(starts[note["visit_id"]] == note["at"] for note in notes)


def test_slots_lie_within_what_columns_of_the_parent_say():
    tables = made('{hours: "0-24", length: 2h, fill: 50%, from: since, until: gone, ends: ends_at}')
    doctors = {row["id"]: row for row in tables["doctors"].to_pylist()}
    end, inside = datetime(2025, 11, 2, 23, tzinfo=timezone.utc), 0
    for doctor, visits in by_doctor(tables).items():
        since, gone = doctors[doctor]["since"], doctors[doctor]["gone"] or end
        assert all(since <= visit["starts_at"] and visit["ends_at"] <= min(gone, end) for visit in visits)
        inside += (min(gone, end) - since) / timedelta(hours=2)
    assert 0.45 < tables["visits"].num_rows / inside < 0.52


def test_a_slot_that_is_always_taken_leaves_no_choice():
    found = by_doctor(made('{hours: "9:00-10:00", days: "sat-sun", length: 1h}'))
    weekends = sum((date(2025, 3, 24) + timedelta(n)).weekday() > 4 for n in range(224))
    assert {len(visits) for visits in found.values()} == {weekends}


@pytest.mark.parametrize(
    ("calendar", "code", "words"),
    [
        ('{hours: "8-12", length: 5h}', Code.INFEASIBLE, "a slot of 5h fits into no hours: 4h are the longest"),
        ('{hours: "12-8", length: 1h}', Code.BAD_UNIT, "end before they begin a night is two"),
        ('{hours: "8-12, 11-13", length: 1h}', Code.BAD_UNIT, "11:00-13:00 begin before 08:00-12:00 end"),
        ('{hours: "8-25", length: 1h}', Code.BAD_UNIT, "after 24:00"),
        ("{hours: morning, length: 1h}", Code.BAD_UNIT, "'morning' are no hours write 08:00-12:00"),
        ('{hours: "8-12", length: 0h}', Code.OUT_OF_RANGE, "must be more than 0"),
        ('{hours: "8-12", length: 1h, gap: -5m}', Code.OUT_OF_RANGE, "gap: -5m"),
        ('{hours: "8-12", length: 1h, fill: 140%}', Code.BAD_UNIT, "140%"),
        ('{hours: "8-12", length: 1h, days: montag}', Code.BAD_UNIT, "'montag' is no day"),
        ('{hours: "8-12", length: 1us}', Code.INFEASIBLE, "slots in the window"),
        ('{hours: "8-12", length: 1h, until: 2025-03-24}', Code.INFEASIBLE, "no slot in the window"),
        ('{hours: "8-12", length: 1h, from: since, until: wone}', Code.UNKNOWN_COLUMN, "wone"),
        ('{hours: "8-12", length: 1h}, count: 3', Code.CONFLICT, "so there is nothing to count"),
        ('{hours: "8-12", length: 1h}, every: 1h', Code.CONFLICT, "so there is nothing to count"),
    ],
)
def test_calendars_that_cannot_be_are_refused(calendar: str, code: Code, words: str):
    inline = SPEC.replace("      calendar: CALENDAR\n", "".join(f"      {part}\n" for part in _parts(calendar)))
    with pytest.raises(SpecError) as caught:
        plan_of(inline, TABLES)
    told = caught.value.diagnostics
    assert any(d.code is code and words in f"{d.message} {d.hint}" for d in told), told
    assert all(d.location for d in told)


def _parts(calendar: str) -> list[str]:
    """The calendar, and what stands beside it."""
    inside, _, beside = calendar.partition("}, ")
    return [f"calendar: {inside}" + ("}" if beside else ""), *([beside] if beside else [])]
