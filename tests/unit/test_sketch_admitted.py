"""Partial uniques: as many rows are in them as surely differ, and the others are kept out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from engine.catalog.model import Check, Table, Unique
from tests.drafts import Draft, Row, drafted, rules, to
from tests.worlds import table

USERS = rules(table("users", "id int8", "letter text"), "(letter = ANY (ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g']))")
USERS = replace(USERS, uniques=(Unique("letters", ("letter",)),))  # so there are seven


def homes(where: str, *columns: str, checks: tuple[str, ...] = (), key: tuple[str, ...] = ("user_id",)) -> Table:
    found = rules(table("homes", "id int8", "user_id int8", *columns), *checks, primary_key=("id",))
    one = Unique("one", key, partial=True, where=where)
    return replace(found, foreign_keys=(to("users", "user_id"),), uniques=(one,))


def inside(draft: Draft, name: str, value: object) -> list[Row]:
    return [row for row in draft.rows["homes"] if row[name] == value]


@pytest.mark.parametrize(
    ("where", "column", "value"),
    [
        ("is_first", "is_first boolean", True),
        ("(NOT is_first)", "is_first boolean", False),
        ("(kind = 'main'::text)", "kind text", "main"),
        ("(gone_at IS NULL)", "gone_at timestamptz null", None),
        ("((gone_at IS NULL) AND is_first)", "gone_at timestamptz null", None),
    ],
)
def test_each_parent_has_one_row_in_it(where: str, column: str, value: object):
    columns = (column,) if "AND" not in where else (column, "is_first boolean")
    checks = ("(kind = ANY (ARRAY['main'::text, 'other'::text]))",) if "kind" in where else ()
    draft = drafted(USERS, homes(where, *columns, checks=checks))
    rows = inside(draft, column.split()[0], value)
    if "AND" in where:
        rows = [row for row in rows if row["is_first"]]
    assert Counter(row["user_id"] for row in rows) == dict.fromkeys((row["id"] for row in draft.rows["users"]), 1)
    assert len(draft.rows["homes"]) > 7 * 2
    assert "no row has" not in draft.text
    assert draft.broken == []


def test_where_nothing_goes_round_one_row_is_in_it():
    world = homes("is_first", "is_first boolean", "size text", key=("size",))
    few = rules(world, "(size = ANY (ARRAY['s', 'l']))", foreign_keys=(to("users", "user_id"),), uniques=world.uniques)
    draft = drafted(USERS, few)
    assert len(inside(draft, "is_first", value=True)) == 1
    assert len(draft.rows["homes"]) > 7
    assert draft.broken == []


def test_the_first_rows_are_counted_where_the_key_does_not():
    world = homes("is_first", "is_first boolean", "row_number int4")
    coded = replace(world, primary_key=("code",), columns=(*world.columns[1:], *table("x", "code uuid").columns))
    draft = drafted(USERS, coded)
    assert draft.columns("homes")["row_number_2"] == {"sequence": 1, "hidden": True, "type": "int8"}
    assert len({row["user_id"] for row in inside(draft, "is_first", value=True)}) == 7
    assert draft.broken == []


def test_a_second_unique_of_the_same_column_is_kept_too():
    first = homes("is_first", "is_first boolean", "is_open boolean")
    both = Unique("both", (), partial=True, where="(is_first AND is_open)")
    elsewhere = replace(first, uniques=(*first.uniques, replace(both, columns=("is_open",))))
    draft = drafted(USERS, elsewhere)
    assert sum(row["is_first"] and row["is_open"] for row in draft.rows["homes"]) <= 1
    assert draft.broken == []


def test_none_is_in_it_where_a_check_measures_the_column_by_another():
    checks = ("(gone_at > made_at)",)
    draft = drafted(
        USERS, homes("(gone_at IS NOT NULL)", "made_at timestamptz", "gone_at timestamptz null", checks=checks)
    )
    assert inside(draft, "gone_at", value=None) == draft.rows["homes"]
    assert "# no row has (gone_at IS NOT NULL): one would let few rows differ in user_id" in draft.text


def test_what_another_check_says_of_the_row_holds_in_both():
    tied = Check("tied", "((kind = 'gone'::text) = (gone_at IS NOT NULL))", ("kind", "gone_at"))
    listed = "(kind = ANY (ARRAY['main'::text, 'other'::text, 'gone'::text]))"
    world = homes("(kind = 'main'::text)", "kind text", "gone_at timestamptz null", checks=(listed,))
    draft = drafted(USERS, replace(world, checks=(*world.checks, tied)))
    rows = draft.rows["homes"]
    assert {row["kind"] for row in rows} == {"main", "other", "gone"}
    assert all((row["kind"] == "gone") is (row["gone_at"] is not None) for row in rows)
    assert len(inside(draft, "kind", "main")) == 7
