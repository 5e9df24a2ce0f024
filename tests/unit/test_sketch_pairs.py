"""Two references to rows of one table that a CHECK compares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.model import Table
from tests.drafts import Draft, drafted, rules, to
from tests.worlds import table

PEOPLE = table("people", "id int8")


def pairs(check: str, *, key: bool, **more: object) -> Table:
    columns = ("a int8", "b int8") if key else ("id int8", "a int8", "b int8")
    world = rules(table("friends", *columns), check, primary_key=("a", "b") if key else ("id",), uniques=())
    return replace(world, foreign_keys=(to("people", "a"), to("people", "b")), **more)


def found(draft: Draft) -> list[tuple[int, int]]:
    return [(row["a"], row["b"]) for row in draft.rows["friends"]]


@pytest.mark.parametrize("key", [True, False])
def test_a_friend_is_somebody_else(key: bool):
    draft = drafted(PEOPLE, pairs("(a <> b)", key=key))
    said = draft.columns("friends")
    assert [name for name in ("a", "b") if "differs_from" in said[name]] == ["a"]
    assert said["a"]["differs_from"] == "b"
    assert draft.broken == []
    assert all(a != b for a, b in found(draft))
    assert any(a > b for a, b in found(draft))
    assert any(a < b for a, b in found(draft))


@pytest.mark.parametrize("check", ["(a < b)", "(b > a)", "(a <= b)", "(b >= a)"])
@pytest.mark.parametrize("key", [True, False])
def test_the_lower_number_comes_first(check: str, key: bool):
    draft = drafted(PEOPLE, pairs(check, key=key))
    assert draft.columns("friends")["b"]["comes_after"] == "a"
    assert draft.broken == []
    assert all(a < b for a, b in found(draft))
    assert len(set(found(draft))) == len(found(draft))


@pytest.mark.parametrize(("check", "most"), [("(a <> b)", 2), ("(a < b)", 1)])
def test_there_are_no_more_pairs_than_differ(check: str, most: int):
    draft = drafted(replace(PEOPLE, estimated_rows=2), replace(pairs(check, key=True), estimated_rows=50), profile=True)
    assert draft.entities["friends"]["count"] == most
    assert draft.broken == []
    assert all((a < b) if most == 1 else (a != b) for a, b in found(draft))


@pytest.mark.parametrize("check", ["(a <> b)", "(a < b)"])
def test_without_a_second_row_there_is_no_pair(check: str):
    draft = drafted(
        replace(PEOPLE, estimated_rows=1), replace(pairs(check, key=False), estimated_rows=50), profile=True
    )
    assert "have to lead to different rows of people, which has one" in draft.lost["friends"]
    assert draft.broken == []


@pytest.mark.parametrize("key", [True, False])
def test_of_keys_that_do_not_grow_the_lower_comes_first(key: bool):
    people = rules(table("people", "id int8"), foreign_keys=(to("root", "id"),))
    draft = drafted(table("root", "id int8"), people, pairs("(a < b)", key=key))
    assert draft.broken == []
    assert len(set(found(draft))) == len(found(draft)) > 1
    assert all(a < b for a, b in found(draft))


def test_of_keys_whose_order_is_not_told_nobody_knows_which_is_lower():
    people = table("people", "id float8")
    shut = rules(table("shut", "id int8", "a float8", "b float8"), "(a < b)")
    open_ = rules(table("open", "id int8", "a float8", "b float8 null"), "(a < b)")
    keys = (to("people", "a"), to("people", "b"))
    tables = (people, *(replace(one, foreign_keys=keys) for one in (shut, open_)))
    draft = drafted(*tables)
    assert "whether it is less or greater than another of people is not known beforehand" in draft.lost["shut"]
    assert draft.columns("open")["b"] is None
    assert draft.broken == []


def test_references_to_different_tables_are_not_compared():
    world = pairs("(a <> b)", key=False)
    draft = drafted(
        PEOPLE, table("firms", "id int8"), replace(world, foreign_keys=(to("people", "a"), to("firms", "b")))
    )
    assert not any("differs_from" in draft.columns("friends")[name] for name in ("a", "b"))


def test_a_parent_that_must_be_another_row_is_one():
    world = rules(table("t", "id int8", "x int8", "y int8 null"), "(x <> y)", foreign_keys=(to("t", "x"), to("t", "y")))
    draft = drafted(world)
    assert draft.broken == []
    assert all(row["x"] != row["y"] for row in draft.rows["t"])
