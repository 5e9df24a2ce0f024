"""References to rows of several entities that fill one table."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.errors import Code, GenerateError, SpecError
from tests.worlds import catalog, plan_of, rows_of, table

TABLES = catalog(
    table("parties", "id int8", "kind text", "name text", "since timestamptz null"),
    table("shops", "id int8"),
    table(
        "deals",
        "id int8",
        "buyer_id int8 null",
        "seller_id int8",
        "buyer text null",
        "closed_at timestamptz",
        references={"buyer_id": "public.parties.id", "seller_id": "public.parties.id"},
    ),
)
HEAD = """
scenario: deals
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  shops: {table: shops, count: 5, columns: {id: {sequence: 1}}}
  companies:
    table: parties
    count: 300
    columns: {id: {sequence: 1}, kind: company, name: {template: "company {{ id }}"}}
    moment: {column: since, spread: {start: 2025-01-01, end: 2025-06-01}}
  people:
    table: parties
    count: 100
    columns: {id: {sequence: 1001}, kind: person, name: {template: "person {{ id }}"}}
    moment: {column: since, spread: {start: 2025-03-01, end: 2025-06-01}}
  deals:
    table: deals
    count: 4_000
    moment: {column: closed_at, spread: {start: 2025-02-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
"""


def deals_of(columns: str, rows: int = 65_536) -> list[dict[str, object]]:
    made = rows_of(plan_of(HEAD + columns, TABLES), "deals", "companies", "people", batch_rows=rows)
    parties = {row["id"]: row for name in ("companies", "people") for row in made[name].to_pylist()}
    found = made["deals"].to_pylist()
    for row in found:
        row["sold_by"], row["bought_by"] = parties[row["seller_id"]], parties.get(row["buyer_id"])
    return found


BOTH = """
      seller_id: {reference: [companies, people]}
      buyer_id: {reference: [companies, people], existing_at: closed_at, differs_from: seller_id, null_fraction: 10%}
      buyer: {attribute: buyer_id.name}
"""


def test_each_entity_gets_its_share_by_its_number_of_rows_and_columns_are_read_through():
    rows = deals_of(BOTH)
    kinds = Counter(row["sold_by"]["kind"] for row in rows)

    assert 0.72 < kinds["company"] / 4_000 < 0.78
    assert len({row["seller_id"] for row in rows}) == 400
    assert all(row["buyer"] == (row["bought_by"] or {}).get("name") for row in rows)
    assert 0.08 < sum(row["buyer_id"] is None for row in rows) / 4_000 < 0.12


def test_with_existing_at_only_who_was_there_is_picked_and_never_who_the_other_reference_has():
    rows = [row for row in deals_of(BOTH) if row["bought_by"]]

    assert all(row["bought_by"]["since"] <= row["closed_at"] for row in rows)
    assert all(row["buyer_id"] != row["seller_id"] for row in rows)
    early = [row for row in rows if row["closed_at"].month == 2]
    assert early
    assert {row["bought_by"]["kind"] for row in early} == {"company"}


@pytest.mark.parametrize("batch_rows", [700, 41])
def test_rows_are_the_same_in_other_batches(batch_rows: int):
    plan = plan_of(HEAD + BOTH, TABLES)
    assert rows_of(plan, "deals")["deals"].equals(rows_of(plan, "deals", batch_rows=batch_rows)["deals"])


def test_a_reference_with_a_name_may_be_to_several_too():
    named = """
    references:
      seller: {to: [companies, people], as: {seller_id: id}}
"""
    text = HEAD.replace(
        "      id: {sequence: 1}\n", "      id: {sequence: 1}\n" + "      buyer: {attribute: seller.name}\n"
    )
    made = rows_of(plan_of(text + named, TABLES), "deals")["deals"].to_pylist()

    words = {(row["buyer"].split()[0], row["seller_id"] > 1000) for row in made}
    assert words == {("company", False), ("person", True)}
    assert all(row["buyer"].split()[1] == str(row["seller_id"]) for row in made)


def test_where_nobody_is_there_yet_the_run_says_so():
    columns = (
        BOTH.replace("closed_at,", "early,")
        + """
      early: {expr: "closed_at - interval '300 days'", hidden: true, type: timestamptz}
"""
    )
    with pytest.raises(GenerateError, match="none of companies, people has a row to point to"):
        deals_of(columns)


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ("{reference: [companies, shops]}", Code.WRONG_KIND, "rows of one table, and these are of 2"),
        ("{reference: [companies, peopel]}", Code.UNKNOWN_ENTITY, "peopel"),
        ("{reference: [companies, companies]}", Code.CONFLICT, "named twice"),
        ("{reference: [companies, people], capacity: 30}", Code.CONFLICT, "`capacity` is for"),
        ("{reference: [companies]}", Code.OUT_OF_RANGE, "at least 2"),
        ("{reference: [companies, people], unique: true}", Code.NOT_UNIQUE, "may repeat"),
    ],
)
def test_what_cannot_be_is_refused(columns: str, code: Code, words: str):
    with pytest.raises(SpecError) as caught:
        plan_of(HEAD + f"      seller_id: {columns}\n", TABLES)
    (told,) = caught.value.diagnostics
    assert told.code is code, told
    assert words in told.message, told


def test_deals_before_anybody_is_there_are_refused():
    text = (
        (HEAD + BOTH)
        .replace("start: 2025-02-01", "start: 2025-01-01")
        .replace("start: 2025-01-01, end: 2025-06", "start: 2025-02-01, end: 2025-06")
    )
    with pytest.raises(SpecError) as caught:
        plan_of(text, TABLES)
    (told,) = caught.value.diagnostics
    assert told.code is Code.NO_PARENT_YET
    assert "'companies' and 'people'" in told.message
