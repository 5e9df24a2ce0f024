"""What has happened to some rows only: how many, and that all columns that tell of it agree."""

from __future__ import annotations

import pytest

from engine.catalog.model import Unique
from engine.sketch.ends import ended, ends, nulls_of
from engine.types import Family
from tests.drafts import Draft, drafted, rules, to
from tests.worlds import table

USERS = table("users", "id int8", "created_at timestamptz")


def share(draft: Draft, entity: str, column: str) -> float:
    rows = draft.rows[entity]
    return sum(row[column] is None for row in rows) / len(rows)


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [
        ("deleted_at timestamptz null", 0.9, 0.98),
        ("DELETEDAT timestamp null", 0.9, 0.98),
        ("date_cancelled date null", 0.9, 0.98),
        ("cancelled timestamptz null", 0.9, 0.98),
        ("email_banned_by text null", 0.9, 0.98),
        ("cancellation_reason text null", 0.9, 0.98),
        ("error_message text null", 0.88, 0.96),
        ("closed_on date null", 0.55, 0.65),
        ("finished_at timestamptz null", 0.25, 0.35),
        ("cancelled text null", 0.05, 0.15),
        ("close_price numeric(10,2) null", 0.05, 0.15),
        ("foo text null", 0.05, 0.15),
    ],
)
def test_a_name_says_how_many_rows_are_without(column: str, least: float, most: float):
    draft = drafted(table("things", "id int8", column), rows=2000, rows_given=True)
    assert least < share(draft, "things", column.split()[0]) < most


def test_a_reference_to_who_ended_a_row_is_as_rare():
    world = rules(table("posts", "id int8", "deleted_by int8 null"), foreign_keys=(to("users", "deleted_by"),))
    assert share(drafted(USERS, world, rows=2000, rows_given=True), "posts", "deleted_by") > 0.9


def test_who_and_when_and_why_are_there_where_the_yes_or_no_says_so():
    columns = ("is_deleted bool", "deleted_at timestamptz null", "deleted_by int8 null", "deletion_reason text null")
    world = rules(table("posts", "id int8", *columns), foreign_keys=(to("users", "deleted_by"),))
    draft = drafted(USERS, world, rows=1000, rows_given=True)
    names = ("deleted_at", "deleted_by", "deletion_reason")
    assert all((row[name] is not None) is row["is_deleted"] for row in draft.rows["posts"] for name in names)
    assert 0.02 < sum(row["is_deleted"] for row in draft.rows["posts"]) / len(draft.rows["posts"]) < 0.15
    assert draft.broken == []


@pytest.mark.parametrize("check", ["", "(status = ANY (ARRAY['open'::text, 'paid'::text, 'canceled'::text]))"])
def test_they_are_there_where_the_state_of_the_row_is_the_last(check: str):
    world = table("orders", "id int8", "status text", "cancelled_at timestamptz null", "paid_at timestamptz null")
    draft = drafted(rules(world, check) if check else world, rows=1000, rows_given=True)
    rows = draft.rows["orders"]
    ended_ = [row["status"] in ("cancelled", "canceled") for row in rows]
    assert [row["cancelled_at"] is not None for row in rows] == ended_
    assert any(ended_)
    assert any(row["paid_at"] is not None and row["status"] != "paid" for row in rows), "others come after it"


def test_without_a_state_who_ended_a_row_says_when():
    world = table("keys", "id int8", "revoked_at timestamptz null", "revoked_by text null", "locked_by text null")
    draft = drafted(world, rows=1000, rows_given=True)
    rows = draft.rows["keys"]
    assert all((row["revoked_at"] is None) is (row["revoked_by"] is None) for row in rows)
    assert any((row["locked_by"] is None) is not (row["revoked_by"] is None) for row in rows)


def test_a_yes_or_no_follows_the_moment_that_a_partial_unique_asks_for():
    world = rules(
        table("members", "id int8", "user_id int8", "revoked_at timestamptz null", "revoked bool"),
        foreign_keys=(to("users", "user_id"),),
        uniques=(Unique("once", ("user_id",), partial=True, where="(revoked_at IS NULL)"),),
    )
    draft = drafted(USERS, world)
    rows = draft.rows["members"]
    assert {row["revoked"] for row in rows} == {True, False}
    assert all(row["revoked"] is (row["revoked_at"] is not None) for row in rows)
    assert draft.broken == []


def test_what_a_check_says_comes_before_what_names_say():
    checks = ("((deleted_at IS NULL) = (deleted_by IS NULL))", "(NOT deleted)")
    world = table("posts", "id int8", "deleted bool", "deleted_at timestamptz null", "deleted_by text null")
    draft = drafted(rules(world, *checks), rows=1000, rows_given=True)
    rows = draft.rows["posts"]
    assert all((row["deleted_at"] is None) is (row["deleted_by"] is None) for row in rows)
    assert not any(row["deleted"] for row in rows)


def test_what_ends_a_row_comes_after_its_beginning():
    later = ("archived_at timestamptz null", "last_seen_on date null", "sent_at timestamptz null", "expires date")
    others = ("born_at timestamptz null", "due_on timestamptz")
    made = drafted(table("posts", "id int8", "created_at timestamptz", *later, *others)).columns("posts")
    assert {made[column.split()[0]].get("after") for column in later} == {"created_at"}
    assert {made[column.split()[0]].get("after") for column in others} == {None}


def test_every_word_of_the_table_is_found_in_a_name():
    for word, known in ends().forms.items():
        column = table("t", f"{word}_at timestamptz").columns[0]
        found = ended(column)
        assert found is not None
        assert (found.of, found.when, nulls_of(column)) == (known, True, known.nulls), word
        assert column.type.family is Family.TIMESTAMP
