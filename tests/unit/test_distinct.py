"""Columns in which no two rows agree, by construction; and references that go round."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from engine.errors import SpecError
from engine.generators.deal import Pair
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("tenants", "id int8"),
    replace(table("users", "tenant_id int8", "id int8"), primary_key=("tenant_id", "id"), uniques=()),
    replace(table("projects", "id int8", "tenant_id int8"), uniques=()),
    table("profiles", "user_no int8", "theme text"),
    replace(
        table(
            "grants",
            "tenant_id int8",
            "user_id int8",
            "project_id int8 null",
            "level text",
            "flag bool",
            "day date",
            "note text null",
        ),
        primary_key=(),
        uniques=(),
    ),
)

WORLD = """
scenario: tenancy
seed: 3
window: {{start: 2025-01-01, end: 2025-12-01}}
entities:
  tenants: {{table: tenants, count: 7, columns: {{id: {{sequence: 100}}}}}}
  users:
    table: users
    count: 60
    columns: {{tenant_id: {{reference: tenants, pick: even}}, id: {{sequence: 1}}}}
  projects:
    table: projects
    count: 23
    columns: {{id: {{sequence: 500}}, tenant_id: {{reference: tenants, pick: even}}}}
  grants:
    table: grants
    count: {count}
    {grants}
"""


def made(grants: str, count: int = 200, batch_rows: int = 65_536) -> list[dict[str, object]]:
    plan = plan_of(WORLD.format(count=count, grants=grants.strip()), TABLES)
    rows: list[dict[str, object]] = rows_of(plan, "grants", batch_rows=batch_rows)["grants"].to_pylist()
    return rows


COLUMNS = """
    distinct: [[project_id, level, flag]]
    columns:
      tenant_id: 1
      user_id: 1
      project_id: {reference: projects}
      level: {choice: [read, write, own]}
      flag: {bernoulli: 50%}
      day: 2025-01-01
"""


def test_no_two_rows_agree_up_to_the_last_combination() -> None:
    rows = made(COLUMNS, count=23 * 3 * 2)
    assert len({(r["project_id"], r["level"], r["flag"]) for r in rows}) == 23 * 3 * 2


def test_one_row_more_than_there_are_combinations_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(SpecError, match=r"139 rows cannot differ in .*: there are 23 × 3 × 2 = 138 combinations"):
        made(COLUMNS, count=139)


def test_a_few_rows_of_many_combinations_take_each_value_about_equally_often() -> None:
    days = "{uniform: {min: 2025-01-01, max: 2025-12-31}}"
    rows = made(COLUMNS.replace("flag]]", "day]]").replace("day: 2025-01-01", f"day: {days}"), count=6_000)
    assert len({(r["project_id"], r["level"], r["day"]) for r in rows}) == 6_000
    shares = Counter(r["level"] for r in rows)
    assert all(1_850 < shares[level] < 2_150 for level in ("read", "write", "own"))
    assert len({r["day"] for r in rows}) > 360


def test_the_rows_are_the_same_in_other_batches_and_more_rows_only_follow() -> None:
    assert made(COLUMNS, count=100, batch_rows=7) == made(COLUMNS, count=138)[:100]


def test_a_reference_alone_is_one_to_one() -> None:
    rows = made(COLUMNS.replace("[[project_id, level, flag]]", "[[project_id], [level, flag]]"), count=6)
    assert len({r["project_id"] for r in rows}) == 6


def test_a_unique_column_that_is_dealt_out_alone_is_accepted_and_without_it_is_not() -> None:
    spec = WORLD.format(count=1, grants=COLUMNS.strip()) + (
        "  profiles: {table: profiles, count: 60, DISTINCT columns: {user_no: {reference: projects}, theme: dark}}\n"
    )
    with pytest.raises(SpecError, match=r"add distinct: \[\[user_no\]\]"):
        plan_of(spec.replace("DISTINCT ", "").replace("count: 60, columns", "count: 20, columns"), TABLES)
    with pytest.raises(SpecError, match="60 rows cannot differ in user_no: there are 23 = 23 combinations"):
        plan_of(spec.replace("DISTINCT", "distinct: [[user_no]],"), TABLES)
    plan = plan_of(
        spec.replace("DISTINCT", "distinct: [[user_no]],").replace("count: 60, dist", "count: 23, dist"), TABLES
    )
    keys = rows_of(plan, "profiles")["profiles"]["user_no"].to_pylist()
    assert sorted(keys) == list(range(500, 523))


def test_columns_of_a_named_reference_stand_for_the_rows_that_it_leads_to() -> None:
    grants = """
    distinct: [[tenant_id, user_id, level]]
    references: {user: {to: users, as: {tenant_id: tenant_id, user_id: id}}}
    columns: {level: {choice: [read, write]}, flag: true, day: 2025-01-01}
"""
    rows = made(grants, count=120)
    assert len({(r["tenant_id"], r["user_id"], r["level"]) for r in rows}) == 120


def test_a_column_that_differs_on_its_own_needs_no_deal() -> None:
    grants = COLUMNS.replace("[[project_id, level, flag]]", "[[project_id, user_id]]")
    rows = made(grants.replace("user_id: 1", "user_id: {sequence: 1}"), count=5_000)
    assert len({(r["project_id"], r["user_id"]) for r in rows}) == 5_000


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[[project_id, level, flag]]", "[[project_id, note]]", "'grants' has no column 'note'"),
        ("[[project_id, level, flag]]", "[[project_id, level], [level, flag]]", "'level' is in two groups"),
        ("[[project_id, level, flag]]", "[[project_id, user_id]]", "made by 'constant', whose values are not counted"),
        ("reference: projects", "reference: projects, pick: {zipf: 1}", "`pick` and `distinct` do not go together"),
    ],
)
def test_what_cannot_be_dealt_out_is_refused(before: str, after: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        made(COLUMNS.replace(before, after), count=10)


def test_rows_that_go_round_point_to_all_equally_often() -> None:
    users = rows_of(plan_of(WORLD.format(count=1, grants=COLUMNS.strip()), TABLES), "users")["users"].to_pylist()
    assert Counter(Counter(u["tenant_id"] for u in users).values()) == {9: 4, 8: 3}


OVERLAPPING = """
    references:
      user: {to: users, as: {tenant_id: tenant_id, user_id: id}}
      project: {to: projects, as: {tenant_id: tenant_id, project_id: id}, same: tenant_id}
    columns: {level: read, flag: true, day: 2025-01-01}
"""


def test_two_keys_that_overlap_agree_where_both_go_round_the_common_rows() -> None:
    plan = plan_of(WORLD.format(count=900, grants=OVERLAPPING.strip()), TABLES)
    rows = rows_of(plan)
    users = {(u["tenant_id"], u["id"]) for u in rows["users"].to_pylist()}
    projects = {(p["tenant_id"], p["id"]) for p in rows["projects"].to_pylist()}
    grants = rows["grants"].to_pylist()
    assert {(g["tenant_id"], g["user_id"]) for g in grants} == users
    assert {(g["tenant_id"], g["project_id"]) for g in grants} == projects


def test_popular_rows_are_picked_among_those_that_share_the_same() -> None:
    text = WORLD.format(count=900, grants=OVERLAPPING.strip())
    rows = rows_of(plan_of(text.replace("same: tenant_id}", "same: tenant_id, pick: {zipf: 1}}"), TABLES))
    projects = {(p["tenant_id"], p["id"]) for p in rows["projects"].to_pylist()}
    grants = Counter((g["tenant_id"], g["project_id"]) for g in rows["grants"].to_pylist())
    assert set(grants) <= projects
    assert max(grants.values()) > 1.6 * 900 / 23  # of three rows that share a tenant the first has 6 in 11


def test_going_round_fewer_rows_than_there_are_is_refused_where_others_pick_the_same() -> None:
    text = WORLD.format(count=9, grants=OVERLAPPING.strip()).replace("count: 23", "count: 3")
    with pytest.raises(SpecError, match="3 rows of 'projects' go to 7 of 'tenants' in turn"):
        plan_of(text, TABLES)


PAIRS = """
    distinct: [[tenant_id, user_id]]
    columns:
      tenant_id: {reference: projects}
      user_id: {reference: projects, RELATION: tenant_id}
      project_id: {reference: projects}
      level: read
      flag: true
      day: 2025-01-01
"""


def test_pairs_of_different_rows_are_dealt_out_up_to_the_last() -> None:
    rows = made(PAIRS.replace("RELATION", "differs_from"), count=23 * 22)
    pairs = {(r["tenant_id"], r["user_id"]) for r in rows}
    assert len(pairs) == 23 * 22
    assert all(one != other for one, other in pairs)


def test_pairs_in_which_one_row_comes_after_the_other_are_dealt_out_up_to_the_last() -> None:
    rows = made(PAIRS.replace("RELATION", "comes_after"), count=23 * 22 // 2)
    assert sorted((r["tenant_id"], r["user_id"]) for r in rows) == [
        (500 + a, 500 + b) for a in range(23) for b in range(a + 1, 23)
    ]


@pytest.mark.parametrize(
    ("kind", "key"), [("int8", "{uniform: {min: 1, max: 100_000}, unique: true}"), ("uuid", "{uuid4: true}")]
)
@pytest.mark.parametrize("batch_rows", [7, 65_536])
def test_the_larger_of_two_keys_comes_after_the_other_whatever_order_they_are_made_in(
    kind: str, key: str, batch_rows: int
) -> None:
    pair = replace(table("pairs", f"low {kind}", f"high {kind}"), primary_key=("low", "high"), uniques=())
    plan = plan_of(f"""
scenario: friends
seed: 3
window: {{start: 2025-01-01, end: 2025-12-01}}
entities:
  people: {{table: people, count: 30, columns: {{id: {key}}}}}
  pairs:
    table: pairs
    count: 435
    distinct: [[low, high]]
    columns: {{low: {{reference: people}}, high: {{reference: people, comes_after: low}}}}
""", catalog(table("people", f"id {kind}"), pair))  # fmt: skip
    found = rows_of(plan, "people", "pairs", batch_rows=batch_rows)
    people = sorted(row["id"] for row in found["people"].to_pylist())
    assert sorted((row["low"], row["high"]) for row in found["pairs"].to_pylist()) == list(combinations(people, 2))


def test_texts_have_no_order_that_we_know() -> None:
    pair = replace(table("pairs", "low text", "high text"), primary_key=("low", "high"), uniques=())
    with pytest.raises(SpecError, match=r"the keys of 'people' are text, whose order is PostgreSQL's own"):
        plan_of("""
scenario: friends
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  people: {table: people, count: 30, columns: {id: {pattern: "a###"}}}
  pairs:
    table: pairs
    count: 20
    distinct: [[low, high]]
    columns: {low: {reference: people}, high: {reference: people, comes_after: low}}
""", catalog(table("people", "id text"), pair))  # fmt: skip


def test_a_reference_comes_after_another_only_where_both_are_dealt_out() -> None:
    with pytest.raises(SpecError, match=r"add distinct: \[\[tenant_id, user_id\]\]"):
        made(PAIRS.replace("RELATION", "comes_after").replace("    distinct: [[tenant_id, user_id]]\n", ""))


@pytest.mark.parametrize("rows", [2, 3, 1_000, 1 << 20])
def test_the_number_of_a_pair_gives_back_the_pair(rows: int) -> None:
    total = Pair.ASCENDING.combinations(rows)
    numbers = np.unique(np.concatenate([np.arange(min(total, 5_000)), total - 1 - np.arange(min(total, 5_000))]))
    low, high = Pair.ASCENDING.rows_of(numbers, rows)
    assert bool(((low >= 0) & (low < high) & (high < rows)).all())
    assert (high * (high - 1) // 2 + low).tolist() == numbers.tolist()
