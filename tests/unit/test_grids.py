"""Rows on regular grids: places by arithmetic, compared with a clock that is stepped by hand."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from engine.errors import SpecError
from engine.generators.grid import Steps
from engine.spec.load import load
from tests.worlds import catalog, plan_of, rows_of, table

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
STEPS = [
    Steps(micros=15 * 60_000_000),
    Steps(micros=7 * 3600 * 1_000_000),
    Steps(days=1),
    Steps(days=14),
    Steps(months=1),
    Steps(months=3),
    Steps(months=12),
]


def micros(moment: datetime) -> int:
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


def stepped(steps: Steps, begin: datetime, until: datetime) -> list[int]:
    """The obvious way: one step after the other, on the wall clock where it is days or months."""
    found: list[int] = []
    while (here := micros(_one(steps, begin, len(found)))) < micros(until):
        found.append(here)
    return found


def _one(steps: Steps, begin: datetime, number: int) -> datetime:
    if steps.micros:
        return begin.astimezone(timezone.utc) + number * timedelta(microseconds=steps.micros)
    if steps.days:
        return (begin.replace(tzinfo=None) + timedelta(days=number * steps.days)).replace(tzinfo=begin.tzinfo)
    year, month = divmod(begin.year * 12 + begin.month - 1 + number * steps.months, 12)
    return begin.replace(year=year, month=month + 1, day=min(begin.day, monthrange(year, month + 1)[1]))


@pytest.mark.parametrize("steps", STEPS, ids=str)
@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Australia/Lord_Howe"])
def test_places_and_their_number_are_those_of_a_stepped_clock(steps: Steps, name: str):
    local = ZoneInfo(name)
    begins = [datetime(2024, 1, 31, 10, 5, tzinfo=local), datetime(2024, 2, 29, 1, 30, tzinfo=local)]
    untils = [
        datetime(2024, 1, 31, 10, 5, tzinfo=local),
        datetime(2024, 6, 30, tzinfo=local),
        datetime(2025, 4, 29, tzinfo=local),
    ]
    for begin in begins:
        for until in untils:
            slow = stepped(steps, begin, until)
            start = np.array([micros(begin)])
            assert steps.before(start, np.array([micros(until)]), name).tolist() == [len(slow)]
            numbers = np.arange(len(slow))
            assert steps.at(np.repeat(start, len(slow)), numbers, name).tolist() == slow


def test_a_month_that_lacks_the_day_has_its_last():
    begin = np.repeat(micros(datetime(2025, 1, 31, tzinfo=timezone.utc)), 4)
    made = [EPOCH + timedelta(microseconds=m) for m in Steps(months=1).at(begin, np.arange(4), "UTC").tolist()]
    assert [(m.month, m.day) for m in made] == [(1, 31), (2, 28), (3, 31), (4, 30)]


TABLES = catalog(
    table("months", "id int8", "begins timestamptz"),
    table("plans", "id int8", "started timestamptz", "ended timestamptz null"),
    table("invoices", "id int8", "plan_id int8", "due date", references={"plan_id": "public.plans.id"}),
)
SPEC = """
scenario: billing
seed: 5
timezone: Europe/Berlin
window: {start: 2025-01-01, end: 2025-07-01}
entities:
  months: {table: months, every: 1mo, moment: {column: begins}, columns: {id: {sequence: 1}}}
  plans:
    table: plans
    count: 200
    moment: {column: started, spread: {start: 2025-01-01, end: 2025-07-01}}
    columns:
      id: {sequence: 1}
      ended: {after: started, by: {uniform: {min: 1d, max: 300d}}, null_fraction: 0.4}
  invoices:
    table: invoices
    per: {parent: plans, as: plan_id, every: {step: 1mo, from: started, until: ended}}
    moment: {column: due}
    columns: {id: {expr: "plan_id * 1000 + ordinal"}}
"""
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_calendar_has_one_row_for_each_month():
    months = rows_of(plan_of(SPEC, TABLES))["months"]["begins"].to_pylist()
    assert months == [datetime(2025, month, 1, tzinfo=BERLIN) for month in range(1, 7)]


def test_each_parent_has_the_rows_of_its_own_grid():
    made = rows_of(plan_of(SPEC, TABLES))
    found: dict[int, list[object]] = {}
    for row in made["invoices"].to_pylist():
        found.setdefault(row["plan_id"], []).append(row["due"])
    window_end = datetime(2025, 7, 1, tzinfo=BERLIN)
    for plan in made["plans"].to_pylist():
        until = min(plan["ended"] or window_end, window_end)
        slow = stepped(Steps(months=1), plan["started"].astimezone(BERLIN), until)
        days = [(EPOCH + timedelta(microseconds=m)).astimezone(BERLIN).date() for m in slow]
        assert found.get(plan["id"], []) == days


def test_rows_of_a_grid_may_be_late_by_less_than_the_jitter_and_are_the_same_in_any_batch():
    text = SPEC.replace("every: 1mo,", "every: {step: 1h, jitter: 10m},")
    made = rows_of(plan_of(text, TABLES))["months"]["begins"].to_pylist()
    late = [(micros(m) - micros(datetime(2025, 1, 1, tzinfo=BERLIN))) % 3_600_000_000 for m in made]
    assert len(made) == 181 * 24 - 1
    assert 0 <= min(late) < 30_000_000
    assert 570_000_000 < max(late) < 600_000_000
    assert rows_of(plan_of(text, TABLES), batch_rows=7)["months"]["begins"].to_pylist() == made


def test_the_number_of_rows_is_estimated_before_they_are_made():
    plan = plan_of(SPEC, TABLES)
    assert plan.entities["months"].expected_rows == 6
    assert plan.entities["invoices"].fan_out is not None
    assert 1 < plan.entities["invoices"].fan_out.mean < 5


@pytest.mark.parametrize("step", ["0d", "1mo2d", "-1h", "1_000y", "often"])
def test_what_is_no_step_is_refused(step: str):
    with pytest.raises(SpecError, match="is not a step"):
        load(SPEC.replace("every: 1mo", f"every: {step}"), file="s.yaml")
