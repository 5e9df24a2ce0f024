"""Entities without a table: rows that only parent others."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from engine.errors import SpecError
from engine.generate.changes import changes
from engine.generate.rows import World
from engine.plan.explain import explain
from tests.worlds import catalog, plan_of, rows_of, table

CALLS = catalog(table("calls", "id int8", "at timestamptz", "burst int8 null", "size int4"))
SPEC = """
scenario: bursts
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  bursts:
    virtual: true
    count: 40
    moment: {column: began, spread: {start: 2025-01-01, end: 2025-02-01}}
    columns:
      size: {uniform: {min: 1, max: 9}, type: int4}
  calls:
    table: calls
    per: {parent: bursts, as: way, hidden: true, count: {expr: size, max: 9}}
    columns:
      id: {expr: "way * 100 + ordinal"}
      at: {after: way.began, by: {uniform: {min: 0s, max: 60s}}}
      size: {attribute: way.size}
"""


def test_a_virtual_entity_parents_rows_and_writes_none():
    made = rows_of(plan_of(SPEC, CALLS), "calls")
    calls = made["calls"]
    grouped = calls.append_column("way", pc.divide(calls["id"], 100)).group_by("way")
    groups = grouped.aggregate([("size", "min"), ("size", "max"), ([], "count_all")])
    assert 20 <= groups.num_rows <= 40
    assert groups["size_min"].to_pylist() == groups["size_max"].to_pylist() == groups["count_all"].to_pylist()
    assert set(rows_of(plan_of(SPEC, CALLS))) == {"bursts", "calls"}
    assert [entity.name for entity in plan_of(SPEC, CALLS).filled] == ["calls"]


def test_a_plan_says_that_nothing_of_it_is_written():
    lines = explain(plan_of(SPEC, CALLS))
    assert any("bursts" in line and "nothing (virtual)" in line for line in lines)
    assert "in 1 tables" in lines[2]


def test_a_column_may_hold_the_number_of_a_virtual_row():
    text = SPEC.replace("as: way, hidden: true", "as: burst").replace("way", "burst")
    text = text.replace("    columns:\n      size", "    columns:\n      id: {sequence: 7}\n      size", 1)
    made = rows_of(plan_of(text, CALLS), "calls")["calls"]
    assert pc.min(made["burst"]).as_py() >= 7
    assert pc.max(made["burst"]).as_py() <= 46


def test_a_virtual_entity_has_no_table():
    with pytest.raises(SpecError, match="go into no table"):
        plan_of(SPEC.replace("virtual: true", "virtual: true\n    table: calls"), CALLS)


NOTES = catalog(table("notes", "id uuid", "at timestamptz", "state text"))
LIVES = """
scenario: notes
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
lifecycles: {life: {start: open, states: {open: {done: {delay: 3d}}}}}
entities:
  bursts: {virtual: true, count: 20, columns: {size: {choice: [1, 2]}}}
  notes:
    table: notes
    per: {parent: bursts, as: burst, hidden: true, count: {expr: size, max: 2}}
    keep: "ordinal = 1 or more"
    moment: {column: at}
    columns:
      id: {uuid4: true}
      more: {bernoulli: 50%, hidden: true}
      at: {uniform: {min: 2025-01-01, max: 2025-02-01}}
      state: {lifecycle: life}
"""


def test_rows_below_a_virtual_entity_change_until_they_are_what_is_loaded():
    plan = plan_of(LIVES, NOTES)
    world, last = World(plan), {}
    for number in plan.partitions("bursts"):
        for change in changes(world, plan.partition("bursts", number)):
            assert change.entity == "notes"
            last |= zip(
                zip(change.index.tolist(), change.lineage.tolist(), strict=True), change.rows.to_pylist(), strict=True
            )
    assert {note["state"] for note in last.values()} == {"open", "done"}
    assert [last[name] for name in sorted(last)] == rows_of(plan)["notes"].to_pylist()
