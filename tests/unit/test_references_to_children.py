"""References to rows that are made per others, or that `keep` has thinned out: counted once, then picked by number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from engine.batch import BATCH_ROWS
from engine.errors import GenerateError, SpecError
from engine.generate import rows as rows_module
from engine.generate.rows import World
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("tenants", "id int8", "opened timestamptz", "seats int4"),
    replace(
        table(
            "users",
            "tenant_id int8",
            "id int8",
            "joined timestamptz",
            "role text",
            references={"tenant_id": "public.tenants.id"},
        ),
        primary_key=("tenant_id", "id"),
        uniques=(),
    ),
    table(
        "tickets",
        "id int8",
        "tenant_id int8",
        "assignee_id int8",
        "assignee_tenant int8",
        "role text",
        "at timestamptz",
    ),
    table("badges", "id int8", "user_no int8", "user_tenant int8", "joined timestamptz", "at timestamptz"),
)
SPEC = """
scenario: tenants
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  tenants:
    table: tenants
    count: 60
    moment: {column: opened, spread: {start: 2025-01-01, end: 2025-06-01}}
    columns:
      id: {sequence: 1}
      seats: {case: [{when: "id = 7", then: 400}, {else: {uniform: {min: 1, max: 19}}}]}
  users:
    table: users
    per: {parent: tenants, as: tenant_id, count: {expr: seats, max: 400}}
    moment: {column: joined}
    columns:
      id: {expr: ordinal}
      joined: {after: tenant_id.opened, by: {exponential: {mean: 9d}, max: 60d}}
      role: {choice: {admin: 1, agent: 4}}
  tickets:
    table: tickets
    count: 6_000
    moment: {column: at, spread: {start: 2025-07-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      tenant_id: {reference: tenants, pick: {weight: {column: seats, max: 400}}}
      assignee: {reference: users, same: tenant_id, hidden: true}
      assignee_id: {attribute: assignee.id}
      assignee_tenant: {attribute: assignee.tenant_id}
      role: {attribute: assignee.role}
  badges:
    table: badges
    count: 4_000
    moment: {column: at, spread: {start: 2025-04-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      user: {reference: users, existing_at: at, hidden: true}
      user_no: {attribute: user.id}
      user_tenant: {attribute: user.tenant_id}
      joined: {attribute: user.joined}
"""
THINNED = SPEC.replace("    per: {", "    keep: \"ordinal = 1 or role = 'agent'\"\n    per: {").replace(
    "    count: 60\n", '    count: 60\n    keep: "id % 3 = 1"\n'
)


@pytest.mark.parametrize("text", [SPEC, THINNED], ids=["plain", "keep"])
def test_an_assignee_is_a_user_of_the_tickets_own_tenant(text: str):
    made = rows_of(plan_of(text, TABLES))
    users = {(u["tenant_id"], u["id"]): u["role"] for u in made["users"].to_pylist()}
    tickets = made["tickets"].to_pylist()
    assert all(t["tenant_id"] == t["assignee_tenant"] for t in tickets)
    assert all(users[t["tenant_id"], t["assignee_id"]] == t["role"] for t in tickets)
    assert {t["tenant_id"] for t in tickets} <= {t["id"] for t in made["tenants"].to_pylist()}


def test_one_tenant_has_the_share_that_its_size_gives_it():
    made = rows_of(plan_of(SPEC, TABLES))
    users = made["users"]
    share = pc.sum(pc.equal(users["tenant_id"], 7)).as_py() / users.num_rows
    tickets = pc.sum(pc.equal(made["tickets"]["tenant_id"], 7)).as_py() / made["tickets"].num_rows
    assert 0.3 < share < 0.6
    assert abs(tickets - share) < 0.03
    per_user = (
        made["tickets"]
        .filter(pc.equal(made["tickets"]["tenant_id"], 7))
        .group_by("assignee_id")
        .aggregate([([], "count_all")])
    )
    expected = tickets * 6_000 / 400
    deviations = [(n - expected) ** 2 / expected for n in per_user["count_all"].to_pylist()]
    chi = sum(deviations) + (400 - per_user.num_rows) * expected
    assert 300 < chi < 505  # 399 degrees of freedom: mean 399, sd 28


@pytest.mark.parametrize("text", [SPEC, THINNED], ids=["plain", "keep"])
def test_only_children_whose_ancestor_existed_long_enough_are_picked(text: str):
    made = rows_of(plan_of(text, TABLES))
    users = {(u["tenant_id"], u["id"]): u["joined"] for u in made["users"].to_pylist()}
    badges = made["badges"].to_pylist()
    assert all(users[b["user_tenant"], b["user_no"]] == b["joined"] <= b["at"] for b in badges)
    assert len({(b["user_tenant"], b["user_no"]) for b in badges}) > 0.8 * len(users)


def test_a_number_leads_to_the_same_row_whether_all_are_kept_in_memory_or_few_are_made(monkeypatch: pytest.MonkeyPatch):
    known = rows_of(plan_of(THINNED, TABLES))
    monkeypatch.setattr(rows_module, "RESIDENT_ROWS", 0)
    assert rows_of(plan_of(THINNED, TABLES), batch_rows=333) == known
    world = World(plan_of(THINNED, TABLES))
    every = world.numbered("users", np.arange(world.size("users")))
    assert every.read(("id",)).to_pylist() == known["users"]["id"].to_pylist()
    assert BATCH_ROWS > 333


def test_a_parent_without_children_is_told():
    text = SPEC.replace("{uniform: {min: 1, max: 19}}", "{uniform: {min: 0, max: 1}}").replace(
        ", pick: {weight: {column: seats, max: 400}}", ""
    )
    with pytest.raises(GenerateError, match="has no row of 'users' to point to"):
        rows_of(plan_of(text, TABLES))


def test_a_moment_without_a_bound_is_refused():
    with pytest.raises(SpecError, match="has no bound that is known"):
        plan_of(SPEC.replace(", max: 60d", ""), TABLES)


def test_too_many_parents_to_count_are_refused():
    with pytest.raises(SpecError, match="there are too many: about 9,000,000 parents"):
        plan_of(SPEC.replace("count: 60", "count: 9_000_000"), TABLES)


def test_the_common_row_may_be_reached_through_another_reference():
    text = SPEC.replace(
        "{reference: tenants, pick: {weight: {column: seats, max: 400}}}", "{attribute: opener.tenant_id}"
    )
    text = text.replace("      assignee: {", "      opener: {reference: users, hidden: true}\n      assignee: {")
    made = rows_of(plan_of(text.replace("same: tenant_id", "same: opener.tenant_id"), TABLES))
    assert made["tickets"]["tenant_id"] == made["tickets"]["assignee_tenant"]
    share = pc.mean(pc.equal(made["users"]["tenant_id"], 7).cast("int8")).as_py()
    assert abs(pc.mean(pc.equal(made["tickets"]["tenant_id"], 7).cast("int8")).as_py() - share) < 0.02
