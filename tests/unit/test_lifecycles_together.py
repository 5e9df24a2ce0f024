"""Several lives: of one row, of a row and those it points to, of children, and lives that begin late or never."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table(
        "subscriptions",
        "id int8",
        "started_at timestamptz",
        "status text",
        "plan text",
        "ended_at timestamptz null",
        "dunning text null",
        "dunned_at timestamptz null",
        "version int4",
        "updated_at timestamptz",
    ),
    table("invoices", "id uuid", "subscription_id int8", "period_start timestamptz", "plan text", "status text"),
    table(
        "tickets", "id int8", "subscription_id int8 null", "opened_at timestamptz", "plan text null", "final text null"
    ),
)
STORY = """
scenario: billing
seed: 5
window: {start: 2025-01-01, end: 2025-07-01}
lifecycles:
  service:
    start: trial
    states:
      trial:
        active: {p: 70%, delay: 14d, set: {plan: {choice: [basic, pro]}}}
        ended: {p: rest, delay: 14d, set: {ended_at: moment}}
      active:
        upgraded: {p: 30%, delay: {exponential: {mean: 60d}}, set: {plan: gold}}
        ended: {p: 20%, delay: {exponential: {mean: 90d}}, set: {ended_at: moment}}
        stay: rest
  dunning:
    start: quiet
    states:
      quiet: {reminded: {p: 50%, delay: {uniform: {min: 20d, max: 100d}}, set: {dunned_at: moment}}, stay: rest}
entities:
  subscriptions:
    table: subscriptions
    count: 800
    moment: {column: started_at, spread: {start: 2025-01-01, end: 2025-07-01}}
    columns:
      id: {sequence: 1}
      plan: free
      status: {lifecycle: service}
      dunning: {lifecycle: dunning, until: ended_at}
      version: {version: 1}
      updated_at: {changed_at: started_at}
  invoices:
    table: invoices
    per: {parent: subscriptions, as: subscription_id, count: 4}
    columns:
      id: {uuid4: true}
      day: {expr: "subscription_id.started_at + ordinal * interval '30 days'", hidden: true}
      period_start: {attribute: day}
      plan: {attribute: subscription_id.plan, at: period_start}
      status: {attribute: subscription_id.status, at: period_start}
  tickets:
    table: tickets
    count: 2000
    moment: {column: opened_at, spread: {start: 2025-02-01, end: 2025-07-01}}
    columns:
      id: {sequence: 1}
      subscription_id: {reference: subscriptions, existing_at: opened_at, null_fraction: 10%}
      plan: {attribute: subscription_id.plan, at: opened_at}
      final: {attribute: subscription_id.plan}
"""


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    return {name: made.to_pylist() for name, made in rows_of(plan_of(STORY, TABLES)).items()}


@pytest.fixture(scope="module")
def owners(rows) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows["subscriptions"]}


def test_two_lives_of_one_row_are_counted_together(rows):
    for row in rows["subscriptions"]:
        steps = {"trial": 0, "active": 1, "upgraded": 2, "ended": 1 if row["plan"] == "free" else 2}[row["status"]]
        assert row["version"] == 1 + steps + (row["dunning"] == "reminded")
        moments = [at for at in (row["started_at"], row["ended_at"], row["dunned_at"]) if at]
        assert row["updated_at"] >= max(moments)


def test_a_life_ends_where_another_says_so(rows):
    both = [row for row in rows["subscriptions"] if row["ended_at"] and row["dunned_at"]]
    assert len(both) > 10
    assert all(row["dunned_at"] < row["ended_at"] for row in both)
    early = [row for row in rows["subscriptions"] if row["ended_at"] and not row["dunned_at"]]
    assert len(early) > len(both)


def test_what_a_parent_held_at_a_moment_is_read_as_it_was(rows, owners):
    told = {(row["status"], row["plan"]) for row in rows["invoices"]}
    assert told >= {("active", "basic"), ("active", "pro"), ("upgraded", "gold"), ("ended", "free")}
    for row in rows["invoices"]:
        owner = owners[row["subscription_id"]]
        assert (row["status"] == "ended") <= (owner["ended_at"] is not None)
        if owner["ended_at"]:
            assert (row["status"] == "ended") == (row["period_start"] >= owner["ended_at"])
        if owner["status"] == "active":
            assert row["plan"] == owner["plan"]


def test_what_a_reference_held_at_a_moment_is_read_as_it_was(rows, owners):
    early = 0
    for row in rows["tickets"]:
        owner = owners.get(row["subscription_id"])
        assert row["final"] == (owner and owner["plan"])
        if owner is None:
            assert row["plan"] is None
        elif (row["opened_at"] - owner["started_at"]).days < 14:
            assert row["plan"] == "free"
            early += owner["plan"] != "free"
    assert early > 50


def test_a_life_that_never_begins_leaves_null():
    late = STORY.replace(
        "dunning: {lifecycle: dunning, until: ended_at}", "dunning: {lifecycle: dunning, from: ended_at}"
    )
    for row in rows_of(plan_of(late, TABLES), "subscriptions")["subscriptions"].to_pylist():
        assert (row["dunning"] is None) == (row["ended_at"] is None)
        assert row["dunned_at"] is None or row["dunned_at"] > row["ended_at"]


def test_a_column_read_at_a_moment_is_the_same_in_any_batch():
    plan = plan_of(STORY, TABLES)
    whole, pieces = rows_of(plan), rows_of(plan, batch_rows=13)
    assert all(whole[name].equals(pieces[name]) for name in whole)
