"""Which column is the moment of a row, and when the rows of each table happen."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from engine.catalog.model import Table, Unique
from engine.sketch.moments import ACTIVITY, HISTORY, MOST_BUSY
from tests.drafts import drafted, rules, to
from tests.worlds import table

START, END = datetime.fromisoformat("2025-01-01T00:00Z"), datetime.fromisoformat("2026-01-01T00:00Z")


@pytest.mark.parametrize(
    ("columns", "moment"),
    [
        (("created_at timestamptz", "paid_at timestamptz", "updated_at timestamptz"), "created_at"),
        (("updated_at timestamptz", "date_created date"), "date_created"),
        (("closed_at timestamptz null", "order_date date"), "order_date"),
        (("revoked_at timestamptz null",), None),
        (("paid_at timestamptz null", "sent_at timestamptz null"), None),
        (("created_at timestamptz null", "sent_at timestamptz"), "created_at"),
        (("sent_at timestamptz",), "sent_at"),
        (("note_at timestamptz null", "fixed_at timestamptz"), "fixed_at"),
        (("timestamp timestamp",), "timestamp"),
        (("birth_date date",), None),
        (("expires_at timestamptz", "deleted_at timestamptz null", "last_login_at timestamptz"), None),
        (("created_at text", "created_on int2"), None),
        (("created_at timestamptz[]",), None),
    ],
)
def test_the_moment_of_a_row_is_found_by_its_name_and_type(columns: tuple[str, ...], moment: str | None):
    draft = drafted(table("t", "id int8", *columns))
    assert draft.entities["t"].get("moment", {}).get("column") == moment
    assert len(draft.rows["t"]) == 100


def test_rows_lie_in_the_window_on_a_timeline():
    draft = drafted(table("t", "id int8", "created_at timestamptz"))
    assert draft.entities["t"]["moment"] == {"column": "created_at", "timeline": ACTIVITY}
    assert list(draft.spec["timelines"]) == [ACTIVITY]
    assert all(START <= row["created_at"] < END for row in draft.rows["t"])


def test_what_is_pointed_to_came_about_before():
    draft = drafted(
        table("people", "id int8", "created_at timestamptz"),
        rules(table("orders", "id int8", "p int8", "created_at timestamptz"), foreign_keys=(to("people", "p"),)),
        rules(table("lines", "id int8", "o int8", "created_at timestamptz"), foreign_keys=(to("orders", "o"),)),
    )
    moments = {name: [row["created_at"] for row in rows] for name, rows in draft.rows.items()}
    assert max(moments["people"]) < min(moments["orders"])
    assert max(moments["orders"]) < min(moments["lines"])
    assert min(moments["lines"]) >= START
    assert draft.broken == []


def test_all_generations_before_the_window_share_one_history():
    """A table in the middle of a deep schema is not years older than the window."""
    tables = [table("t0", "id int8", "created_at timestamptz")]
    for i in range(1, 7):
        world = table(f"t{i}", "id int8", "p int8", "created_at timestamptz")
        tables.append(rules(world, foreign_keys=(to(f"t{i - 1}", "p"),)))
    draft = drafted(*tables)
    moments = [[row["created_at"] for row in draft.rows[f"t{i}"]] for i in range(7)]
    assert all(max(before) < min(then) for before, then in pairwise(moments))
    assert START - HISTORY <= min(moments[0]) < START - HISTORY * 0.8
    assert min(moments[5]) >= START - HISTORY / 6
    assert all(max(one) - min(one) > timedelta(days=20) for one in moments)


def test_a_history_has_a_day_for_each_generation_at_least():
    draft = drafted(
        table("t0", "id int8", "created_at timestamptz"),
        *(
            rules(table(f"t{i}", "id int8", "p int8", "created_at date"), foreign_keys=(to(f"t{i - 1}", "p"),))
            for i in range(1, 200)
        ),
    )
    spans = [draft.sketch.sheets["public", f"t{i}"].span for i in range(199)]
    assert all(span is not None and span[1] - span[0] == timedelta(days=1) for span in spans)


def test_only_the_busiest_tables_share_a_timeline():
    draft = drafted(*(table(f"t{i}", "id int8", "created_at timestamptz") for i in range(MOST_BUSY + 3)))
    said = [entity["moment"] for entity in draft.entities.values()]
    assert sum("timeline" in one for one in said) == MOST_BUSY
    assert sum("spread" in one for one in said) == 3


def test_a_draft_without_moments_has_no_timeline():
    assert "timelines" not in drafted(table("t", "id int8")).spec


@pytest.mark.parametrize(
    "check",
    [
        "(created_at < '2020-01-01 00:00:00+00'::timestamp with time zone)",
        "((kind = 'a'::text) = (created_at IS NOT NULL))",
    ],
)
def test_what_a_check_speaks_of_is_no_moment(check: str):
    kinds = "(kind = ANY (ARRAY['a'::text, 'b'::text]))"
    draft = drafted(rules(table("t", "id int8", "kind text", "created_at timestamptz null"), kinds, check))
    assert "moment" not in draft.entities["t"]
    for row in draft.rows["t"]:
        at = row["created_at"]
        assert (row["kind"] == "a") == (at is not None) if "kind" in check else at is None or at.year < 2020


def test_keys_of_rows_with_a_moment_are_in_its_order():
    draft = drafted(table("t", "id uuid", "created_at timestamptz"))
    assert draft.columns("t")["id"] == {"uuid7": "created_at"}
    rows = sorted(draft.rows["t"], key=lambda row: row["id"])
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)


def shop(*, items_once: bool = False) -> tuple[Table, ...]:
    customers = table("customers", "id int8", "created_at timestamptz")
    orders = rules(
        table("orders", "id int8", "customer_id int8", "created_at timestamptz"),
        foreign_keys=(to("customers", "customer_id"),),
    )
    uniques = (Unique("once", ("order_id",)),) if items_once else ()
    items = rules(
        table("items", "id int8", "order_id int8", "created_at timestamptz"),
        foreign_keys=(to("orders", "order_id"),),
        uniques=uniques,
    )
    return customers, orders, items


def test_what_others_point_to_comes_about_all_through_the_window_and_before_them():
    draft = drafted(*shop(), rows=1_000)
    made = {name: {row["id"]: row["created_at"] for row in draft.rows[name]} for name in ("customers", "orders")}
    assert all(made["customers"][row["customer_id"]] <= row["created_at"] for row in draft.rows["orders"])
    assert all(made["orders"][row["order_id"]] <= row["created_at"] for row in draft.rows["items"])
    months = {(at.year, at.month) for at in made["orders"].values()}
    assert {(2025, month) for month in range(1, 13)} <= months
    assert "existing_at" in draft.columns("orders")["customer_id"]
    assert draft.broken == []


def test_of_few_rows_or_rows_that_are_pointed_to_once_all_come_before():
    for draft in (drafted(*shop(), rows=60), drafted(*shop(items_once=True), rows=1_000)):
        assert "existing_at" not in draft.columns("items")["order_id"]
        first = min(row["created_at"] for row in draft.rows["items"])
        assert max(row["created_at"] for row in draft.rows["orders"]) <= first
        assert draft.broken == []
