"""References that no foreign key declares, by the names of their columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.model import Table
from tests.drafts import drafted, rules, to
from tests.worlds import table

USERS = table("users", "id int8", "name text")


def led(column: str, *others: Table, name: str = "posts") -> object:
    """What a column of a table without foreign keys refers to."""
    draft = drafted(USERS, *others, table(name, "no int8", column))
    assert draft.broken == []
    made = draft.columns(name)[column.split()[0].strip('"')]
    return made.get("reference") if isinstance(made, dict) else made


@pytest.mark.parametrize(
    "column",
    ["user_id int8", "user_id int4", "userId int8", "userid int8", "USER_ID int8", "owner_user_id int8",
     "owner_id int8", "author_id int8 null", "created_by int8", "deleted_by int8 null"],
)  # fmt: skip
def test_a_column_that_is_called_after_a_table_points_to_its_rows(column: str):
    assert led(column) == "users"
    text = drafted(USERS, table("posts", "no int8", column)).text
    assert "# no foreign key says so, but by its name it points to users" in text


@pytest.mark.parametrize(
    "column",
    ["user_id uuid", "user_id text", "user_id int2", "stripe_user_id int8", "user_count int8", "void int8", "by int8",
     "id_user_old int8", "user_ids int8[]", "something_id int8"],
)  # fmt: skip
def test_what_is_of_another_kind_or_another_system_does_not(column: str):
    assert led(column) is None


@pytest.mark.parametrize(("tables", "column"), [("categories", "category_id"), ("shop_item", "item_id")])
def test_names_are_compared_without_plurals_and_what_tables_begin_with(tables: str, column: str):
    assert led(f"{column} int8", table(tables, "id int8"), name="shop_order") == tables


def test_a_polymorphic_column_points_to_nothing_of_its_own_name():
    draft = drafted(USERS, table("notes", "no int8", "user_id int8", "user_type text"))
    assert "reference" not in draft.columns("notes")["user_id"]


def test_a_parent_is_a_row_of_the_same_table_where_there_may_be_none():
    may, must = table("may", "id int8", "parent_id int8 null"), table("must", "id int8", "parent_id int8")
    draft = drafted(may, must)
    assert "tree" in draft.columns("may")["parent_id"]["pick"]
    assert "reference" not in draft.columns("must")["parent_id"]


def test_no_circle_is_closed_by_names():
    draft = drafted(table("left", "id int8", "right_id int8"), table("right", "id int8", "left_id int8"))
    led = [draft.columns("left")["right_id"], draft.columns("right")["left_id"]]
    assert sum("reference" in made for made in led) == 1
    assert draft.broken == []


def test_a_check_and_a_foreign_key_say_more_than_a_name():
    firms = table("firms", "id int8")
    posts = rules(table("posts", "no int8", "user_id int8", "owner_id int8"), "(owner_id > 5000)")
    draft = drafted(USERS, firms, replace(posts, foreign_keys=(to("firms", "user_id"),)))
    assert draft.columns("posts")["user_id"]["reference"] == "firms"
    assert "reference" not in draft.columns("posts")["owner_id"]


def test_a_table_that_is_left_out_is_not_pointed_to():
    users = rules(USERS, "odd(id)", kind="view")
    assert "reference" not in drafted(users, table("posts", "no int8", "user_id int8")).columns("posts")["user_id"]


def test_rows_are_told_apart_by_their_own_column_rather_than_by_another_tables():
    draft = drafted(rules(table("t", "tenant_id int8", "code text"), primary_key=("tenant_id", "code"), uniques=()))
    assert draft.columns("t")["code"].get("unique") or "sequence" in draft.columns("t")["code"]
    assert "sequence" not in draft.columns("t")["tenant_id"]
