"""References with names: hidden ways whose columns are read through them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import GenerateError
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("tenants", "id int8", "code text"),
    replace(
        table("users", "tenant_id int8", "id int8", "role text", references={"tenant_id": "public.tenants.id"}),
        primary_key=("tenant_id", "id"),
        uniques=(),
    ),
    table(
        "tickets",
        "id int8",
        "tenant_id int8",
        "reporter_id int8",
        "assignee_id int8 null",
        "role text null",
        references={"tenant_id": "public.tenants.id"},
    ),
)
HEAD = """
scenario: desk
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  tenants: {table: tenants, count: 40, columns: {id: {sequence: 7}, code: {template: "t{{ id }}"}}}
  users:
    table: users
    per: {parent: tenants, as: tenant_id, count: {uniform: {min: 3, max: 9}}}
    columns: {id: {expr: ordinal}, role: {choice: {customer: 1, agent: 1}}}
  tickets:
    table: tickets
    count: 3_000
"""
NAMED = (
    HEAD
    + """
    references:
      reporter: {to: users, as: {tenant_id: tenant_id, reporter_id: id}}
      assignee: {to: users, as: {tenant_id: tenant_id, assignee_id: id}, same: tenant_id, null_fraction: 20%}
    columns:
      id: {sequence: 1}
      role: {expr: "assignee.role || reporter.tenant_id.code"}
"""
)
BY_HAND = (
    HEAD
    + """
    columns:
      id: {sequence: 1}
      reporter: {reference: users, hidden: true}
      tenant_id: {attribute: reporter.tenant_id}
      reporter_id: {attribute: reporter.id}
      assignee: {reference: users, same: reporter.tenant_id, null_fraction: 20%, hidden: true}
      assignee_id: {attribute: assignee.id}
      role: {expr: "assignee.role || reporter.tenant_id.code"}
"""
)


def test_a_reference_with_a_name_is_a_hidden_way_and_what_is_read_through_it():
    named = rows_of(plan_of(NAMED, TABLES), "tickets")["tickets"]
    by_hand = rows_of(plan_of(BY_HAND, TABLES), "tickets")["tickets"]

    assert named.select(sorted(named.column_names)).equals(by_hand.select(sorted(named.column_names)))
    assert 0.15 < named["assignee_id"].null_count / 3_000 < 0.25
    assert len(set(named["tenant_id"].to_pylist())) == 40


@pytest.mark.parametrize("batch_rows", [700, 41])
def test_rows_are_the_same_in_other_batches(batch_rows: int):
    plan = plan_of(NAMED, TABLES)
    assert rows_of(plan, "tickets", batch_rows=batch_rows)["tickets"].equals(rows_of(plan, "tickets")["tickets"])


def test_the_order_in_which_references_stand_does_not_matter():
    first, second = (line + "\n" for line in NAMED.splitlines() if "{to: users" in line)
    turned = NAMED.replace(first + second, second + first)
    assert turned != NAMED
    one, other = (rows_of(plan_of(text, TABLES), "tickets")["tickets"] for text in (NAMED, turned))
    assert one.equals(other.select(one.column_names))


@pytest.mark.parametrize(
    "tenant",
    ["{reference: tenants, pick: {zipf: 0.5}}", "{attribute: opener.tenant_id}"],
    ids=["a reference", "a copy"],
)
def test_a_column_that_is_made_elsewhere_is_kept_where_same_names_it(tenant: str):
    text = NAMED.replace("id: {sequence: 1}\n", f"id: {{sequence: 1}}\n      tenant_id: {tenant}\n")
    text = text.replace("reporter_id: id}}", "reporter_id: id}, same: tenant_id}")
    if "opener" in tenant:
        text = text.replace("      role:", "      opener: {reference: users, hidden: true}\n      role:")
    rows = rows_of(plan_of(text, TABLES), "tenants", "users", "tickets")
    users = set(zip(*(rows["users"][name].to_pylist() for name in ("tenant_id", "id")), strict=True))
    for who in ("reporter_id", "assignee_id"):
        pairs = list(zip(*(rows["tickets"][name].to_pylist() for name in ("tenant_id", who)), strict=True))
        assert {pair for pair in pairs if None not in pair} <= users
        assert len(set(pairs)) > 100


FITTED = """
    references:
      reporter: {to: users, as: {tenant_id: tenant_id, reporter_id: id}, where: "role = 'customer'"}
      assignee: {to: users, as: {tenant_id: tenant_id, assignee_id: id}, same: tenant_id, differs_from: reporter}
      reviewer: {to: users, where: "role = 'agent' and id < {{ most }}", pick: {weight: {column: id, max: 9}}}
      second: {to: tenants, where: "code = 't9'"}
    columns:
      id: {sequence: 1}
      role: {template: "{{ reviewer.role }}{{ reviewer.id }}{{ second.id }}"}
"""


def fitted(most: int) -> str:
    """A spec whose references have conditions; one that every eighth user fits, or fewer."""
    return HEAD + FITTED.replace("{{ most }}", str(most))


def test_only_rows_that_fit_are_pointed_to_and_never_the_one_of_the_other_reference():
    rows = rows_of(plan_of(fitted(4), TABLES), "users", "tickets")
    tickets, users = rows["tickets"].to_pylist(), rows["users"].to_pylist()
    role = {(u["tenant_id"], u["id"]): u["role"] for u in users}
    assert {role[t["tenant_id"], t["reporter_id"]] for t in tickets} == {"customer"}
    assert all(t["assignee_id"] != t["reporter_id"] and (t["tenant_id"], t["assignee_id"]) in role for t in tickets)
    assert {role[t["tenant_id"], t["assignee_id"]] for t in tickets} == {"customer", "agent"}
    agents = [u["id"] for u in users if u["role"] == "agent" and u["id"] < 4]
    found = [int(t["role"].removeprefix("agent").removesuffix("9")) for t in tickets]
    for who in (1, 2, 3):
        wanted = agents.count(who) * who / sum(agents)
        assert found.count(who) / 3_000 == pytest.approx(wanted, abs=0.04), "by weight among those that fit"


@pytest.mark.parametrize("batch_rows", [700, 1])
def test_what_is_drawn_again_is_the_same_in_other_batches(batch_rows: int):
    plan = plan_of(fitted(2).replace("count: 3_000", "count: 300"), TABLES)
    whole = rows_of(plan, "tickets")["tickets"]
    assert rows_of(plan, "tickets", batch_rows=batch_rows)["tickets"].equals(whole)


def test_where_none_fits_the_run_says_so():
    with pytest.raises(GenerateError, match=r"tickets\.reviewer: none of the \d+ rows of 'users' .* fits \(`where`\)"):
        rows_of(plan_of(fitted(1), TABLES), "tickets")
    few = (
        fitted(4)
        .replace("{min: 3, max: 9}", "{min: 1, max: 2}")
        .replace("where: \"role = 'customer'\"", "pick: uniform")
    )
    with pytest.raises(GenerateError, match=r"tickets\.assignee: the only row .* fit \(`differs_from: reporter`\)"):
        rows_of(plan_of(few, TABLES), "tickets")


SEARCHED = """
scenario: desk
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  tenants: {table: tenants, count: 9_000, columns: {id: {sequence: 1}, code: {template: "t{{ id }}"}}}
  tickets:
    table: tickets
    count: 3_000
    columns:
      id: {sequence: 1}
      tenant_id: {reference: tenants, where: "id in (8, 11)"}
      reporter_id: {reference: tenants, where: "code in ('t8', 't11', 't4000')", differs_from: tenant_id}
"""


def test_where_too_few_fit_to_be_drawn_the_choice_is_even_among_them():
    """Of 9,000 rows 49 draws hardly ever find one of three; the short form of a reference has conditions too."""
    rows = rows_of(plan_of(SEARCHED, TABLES), "tickets")["tickets"]
    pairs = list(zip(rows["tenant_id"].to_pylist(), rows["reporter_id"].to_pylist(), strict=True))
    assert set(pairs) == {(8, 11), (8, 4_000), (11, 8), (11, 4_000)}
    assert all(pairs.count(pair) / 3_000 == pytest.approx(0.25, abs=0.04) for pair in set(pairs))
