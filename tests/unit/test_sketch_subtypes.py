"""Tables of one kind each, whose rows are rows of a table of all kinds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.model import Table, Unique
from tests.drafts import drafted, rules, to
from tests.worlds import table

KINDS = "(kind = ANY (ARRAY['LLM'::text, 'CODE'::text, 'BUILTIN'::text]))"
ALL = rules(table("things", "id int8", "kind varchar(7)", "name text"), KINDS, primary_key=("id",))
ALL = replace(ALL, uniques=(Unique("both", ("kind", "id")), Unique("named", ("name",))))


def of_kind(name: str, kind: str, *, key: tuple[str, ...] = ("id",), width: int = 7) -> Table:
    found = rules(table(name, "id int8", f"kind varchar({width})"), f"(kind = '{kind}'::text)", primary_key=key)
    return replace(found, uniques=(), foreign_keys=(to("things", "kind", "id", key=("kind", "id")),))


def test_rows_of_one_kind_are_rows_of_that_kind_there():
    draft = drafted(ALL, of_kind("codes", "CODE", width=4), of_kind("builtins", "BUILTIN"), of_kind("models", "LLM"))
    assert (draft.lost, draft.broken) == ({}, [])
    for name, kind in (("codes", "CODE"), ("builtins", "BUILTIN"), ("models", "LLM")):
        assert {row["kind"] for row in draft.rows[name]} == {kind}
        assert len({row["id"] for row in draft.rows[name]}) == len(draft.rows[name]) > 20


def test_where_rows_may_be_pointed_to_twice_they_are_picked_by_their_kind():
    uses = replace(of_kind("uses", "CODE"), columns=(*of_kind("x", "CODE").columns, *table("x", "no int8").columns))
    draft = drafted(ALL, replace(uses, primary_key=("no",)))
    assert (draft.lost, draft.broken) == ({}, [])
    assert {row["kind"] for row in draft.rows["uses"]} == {"CODE"}


@pytest.mark.parametrize("rows", [3, 4, 100])
def test_there_are_no_more_rows_of_a_kind_than_there(rows: int):
    sized = [replace(ALL, estimated_rows=rows), replace(of_kind("codes", "CODE"), estimated_rows=1_000)]
    draft = drafted(*sized, profile=True)
    assert (draft.lost, draft.broken) == ({}, [])
    assert len(draft.rows["codes"]) == rows // 3


def test_what_a_narrow_key_points_to_is_never_null():
    states = rules(table("states", "no int2 null", "name text"), "((no >= 1) AND (no <= 4))", primary_key=("name",))
    states = replace(states, uniques=(Unique("once", ("no",)),))
    uses = rules(table("uses", "id int8", "state int4"), foreign_keys=(to("states", "state", key=("no",)),))
    draft = drafted(states, uses)
    assert (draft.lost, draft.broken) == ({}, [])
    assert sorted(row["no"] for row in draft.rows["states"]) == [1, 2, 3, 4]


def test_a_table_that_lets_no_row_pass_is_there_to_be_inherited_from():
    draft = drafted(rules(table("base", "id int8"), "false"), table("child", "id int8"))
    assert draft.lost == {"base": "no row passes its CHECK 'base_check': it is there to be inherited from"}


def test_where_rows_have_numbers_of_other_rows_they_are_all_of_the_kind_that_is_asked_for():
    jobs = replace(ALL, name="things", foreign_keys=(to("base", "id"),), uniques=(Unique("both", ("kind", "id")),))
    draft = drafted(table("base", "id int8"), jobs, of_kind("codes", "CODE", width=4))
    assert (draft.lost, draft.broken) == ({}, [])
    assert {row["kind"] for row in draft.rows["things"]} == {"CODE"}


def test_of_two_kinds_of_which_there_are_no_rows_one_table_is_left_out():
    jobs = replace(ALL, foreign_keys=(to("base", "id"),), uniques=(Unique("both", ("kind", "id")),))
    draft = drafted(table("base", "id int8"), jobs, of_kind("codes", "CODE"), of_kind("models", "LLM"))
    assert draft.lost == {"models": "it points to rows of things whose kind is LLM, and there are none"}
    assert draft.broken == []
