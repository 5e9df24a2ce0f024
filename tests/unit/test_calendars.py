"""Rows in the slots of calendars: what no two rows of a parent may do, and what their parents say."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from engine.errors import Code, GenerateError, SpecError
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("doctors", "id int8", "demand float8 null", "since timestamptz null", "gone timestamptz null"),
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
      demand: {uniform: {min: 0, max: 1}, null_fraction: 10%}
      hired: {after: since, by: 1d, null_fraction: 30%, hidden: true, type: timestamptz}
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


def test_the_edges_of_a_calendar_may_be_counted_from_those_of_the_window():
    rows = made('{hours: "8-12", length: 1h, from: +10d, until: end - 1w, ends: ends_at}')["visits"].to_pylist()
    zone = ZoneInfo("Europe/Oslo")
    assert min(row["starts_at"] for row in rows) == datetime(2025, 4, 3, 8, tzinfo=zone)
    assert max(row["ends_at"] for row in rows) == datetime(2025, 10, 26, 12, tzinfo=zone)


def test_a_parent_whose_begin_is_null_has_no_slot():
    whole, some = (by_doctor(made(f'{{hours: "8-12", length: 1h, from: {start}}}')) for start in ("since", "hired"))
    assert 15 < len(some) < len(whole)


def test_a_slot_that_is_always_taken_leaves_no_choice():
    found = by_doctor(made('{hours: "9:00-10:00", days: "sat-sun", length: 1h}'))
    weekends = sum((date(2025, 3, 24) + timedelta(n)).weekday() > 4 for n in range(224))
    assert {len(visits) for visits in found.values()} == {weekends}


def test_hours_that_a_clock_skips_push_no_slot_into_the_next():
    found = by_doctor(made('{hours: "01:30-02:30, 03:00-04:00", length: 30m, ends: ends_at}'))
    for visits in found.values():
        assert all(one["ends_at"] <= other["starts_at"] for one, other in pairwise(visits))


def test_each_parent_may_have_its_own_share():
    tables = made('{hours: "8-16", days: mon-fri, closed: {holidays: NO}, length: 1h, fill: demand}')
    demand = dict(zip(tables["doctors"]["id"].to_pylist(), tables["doctors"]["demand"].to_pylist(), strict=True))
    found = by_doctor(tables)
    most = len(by_doctor(made('{hours: "8-16", days: mon-fri, closed: {holidays: NO}, length: 1h}'))[1])
    assert most % 8 == 0
    assert np.busday_count("2025-03-24", "2025-11-03") * 8 - most == 6 * 8  # Easter, two in May, Whitsun
    for doctor, share in demand.items():
        assert abs(len(found[doctor]) / most - (share or 0)) < 0.07
    assert None in demand.values()


def test_a_share_that_is_none_fails_the_run():
    text = SPEC.replace("demand: {uniform: {min: 0, max: 1}", "demand: {uniform: {min: 0, max: 9}")
    with pytest.raises(GenerateError, match="is a share of slots"):
        rows_of(plan_of(text.replace("CALENDAR", '{hours: "8-16", length: 1h, fill: demand}'), TABLES))


@pytest.mark.parametrize(
    ("calendar", "code", "words"),
    [
        ('{hours: "8-12", length: 5h}', Code.INFEASIBLE, "a slot of 5h fits into no hours: 4h are the longest"),
        ('{hours: "12-8", length: 1h}', Code.OUT_OF_RANGE, "end before they begin hours over midnight are two"),
        ('{hours: "8-12, 11-13", length: 1h}', Code.CONFLICT, "the hours 8-12 and 11-13 overlap"),
        ('{hours: "8-25", length: 1h}', Code.BAD_UNIT, "write times from 00:00 to 24:00"),
        ("{hours: morning, length: 1h}", Code.BAD_UNIT, "'morning' are no hours write 08:00-12:00"),
        ('{hours: "8-12", length: 0h}', Code.OUT_OF_RANGE, "must be more than 0"),
        ('{hours: "8-12", length: 1h, gap: -5m}', Code.OUT_OF_RANGE, "gap: -5m"),
        ('{hours: "8-12", length: 1h, fill: 140%}', Code.BAD_UNIT, "140%"),
        ('{hours: "8-12", length: 1h, days: montag}', Code.BAD_UNIT, "'montag' is not a day"),
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
