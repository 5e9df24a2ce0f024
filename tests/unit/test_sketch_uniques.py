"""Unique keys in drafts: columns that are unique alone, columns that are dealt out together, and fewer rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from engine.catalog.model import Exclusion, ExpressionUnique, Table, Unique
from tests.drafts import Draft, drafted, rules, to
from tests.worlds import table

A, B = table("a", "id int8"), table("b", "id int8")
TWO = "(kind = ANY (ARRAY['x'::text, 'y'::text]))"


def junction(*more: str, key: tuple[str, ...] = ("a_id", "b_id"), **rest: object) -> Table:
    world = rules(table("ab", "a_id int8", "b_id int8", *more), primary_key=key, uniques=())
    return replace(world, foreign_keys=(to("a", "a_id"), to("b", "b_id")), **rest)


def keys(draft: Draft, entity: str, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[column] for column in columns) for row in draft.rows[entity]]


@pytest.mark.parametrize(
    ("column", "made"),
    [
        ("code int8", {"sequence": 1}),
        ("code numeric(8,2)", {"sequence": 1}),
        ("zzz text", {"sequence": {"prefix": "zzz-", "width": 5}}),
        ("zzz varchar(6)", {"pattern": "[A-Z0-9]{6}", "unique": True}),
        ("code uuid", {"uuid4": True}),
        ("code date", {"sequence": {"start": "2025-01-01", "step": "1d"}}),
        ("code time", {"uniform": {"min": "0s", "max": "24h"}, "unique": True}),
        ("email text", {"faker": "ascii_safe_email", "unique": True}),
    ],
)
def test_a_unique_column_holds_every_value_once(column: str, made: object):
    name = column.partition(" ")[0]
    draft = drafted(rules(table("t", "id int8", column), uniques=(Unique("once", (name,)),)))
    assert draft.columns("t")[name] == made
    assert "# unique: once" in draft.text
    assert draft.entities["t"]["count"] == 100
    assert draft.broken == []


def test_a_unique_column_that_may_be_null_is_never_so():
    draft = drafted(rules(table("t", "id int8", "code text null"), uniques=(Unique("once", ("code",)),)))
    assert len({row["code"] for row in draft.rows["t"]}) == 100


def test_a_junction_is_dealt_out():
    draft = drafted(A, B, junction())
    assert draft.entities["ab"]["distinct"] == [["a_id", "b_id"]]
    assert draft.columns("ab") == {"a_id": {"reference": "a"}, "b_id": {"reference": "b"}}
    assert len(set(keys(draft, "ab", "a_id", "b_id"))) == draft.entities["ab"]["count"] > 100
    assert draft.broken == []


def test_a_junction_that_has_a_text_of_its_own_is_told_apart_by_the_text():
    draft = drafted(A, B, junction("code text", key=("a_id", "b_id", "code")))
    assert "distinct" not in draft.entities["ab"]
    assert draft.broken == []


def test_lines_of_a_parent_are_numbered_within_a_few():
    world = rules(table("lines", "a_id int8", "no int4"), primary_key=("a_id", "no"), uniques=())
    draft = drafted(A, replace(world, foreign_keys=(to("a", "a_id"),)))
    assert draft.entities["lines"]["distinct"] == [["a_id", "no"]]
    assert draft.broken == []
    rows = Counter(row["a_id"] for row in draft.rows["lines"])
    assert len(rows) == draft.entities["a"]["count"]
    assert max(row["no"] for row in draft.rows["lines"]) <= 3 * len(draft.rows["lines"]) / len(rows)


FEW = rules(table("a", "id int8", "letter text"), "(letter = ANY (ARRAY['x', 'y', 'z']))")
FEW = replace(FEW, uniques=(Unique("letters", ("letter",)),))


def test_one_to_one_is_dealt_alone_and_has_no_more_rows_than_there_are_others():
    primary = rules(table("details", "a_id int8", "note text"), foreign_keys=(to("a", "a_id"),))
    unique = rules(
        table("badges", "id int8", "a_id int8"), uniques=(Unique("once", ("a_id",)),), foreign_keys=(to("a", "a_id"),)
    )
    draft = drafted(FEW, primary, unique, replace(unique, name="cards"))
    rows = draft.entities["a"]["count"]
    for name in ("details", "badges", "cards"):
        assert draft.entities[name]["distinct"] == [["a_id"]]
        assert draft.entities[name]["count"] == rows < 100
    assert "# more cannot differ in once (a_id)" in draft.text
    assert draft.broken == []


def test_one_to_one_of_something_small_that_may_be_null_is_null():
    world = rules(table("badges", "id int8", "a_id int8 null"), uniques=(Unique("once", ("a_id",)),))
    draft = drafted(
        FEW, replace(world, foreign_keys=(to("a", "a_id"),)), B, *(table(f"t{i}", "id int8") for i in range(9))
    )
    assert draft.columns("badges")["a_id"] is None
    assert "# so that rows differ in once" in draft.text
    assert draft.entities["badges"]["count"] > draft.entities["a"]["count"]
    assert draft.broken == []


def test_two_keys_of_one_reference_each_are_both_kept():
    draft = drafted(A, B, junction(key=("a_id",), uniques=(Unique("once", ("b_id",)),)))
    assert sorted(draft.entities["ab"]["distinct"]) == [["a_id"], ["b_id"]]
    assert draft.broken == []


def test_keys_that_share_a_column_are_all_kept():
    draft = drafted(A, B, junction("no int4", key=("a_id", "no"), uniques=(Unique("pair", ("a_id", "b_id")),)))
    assert draft.broken == []
    assert draft.entities["ab"]["count"] >= draft.entities["a"]["count"]


@pytest.mark.parametrize(
    ("columns", "check", "key", "rows"),
    [
        (("id bool",), None, ("id",), 2),
        (("kind text",), TWO, ("kind",), 2),
        (("kind text", "flag bool"), TWO, ("kind", "flag"), 4),
        (("n int4",), "((n >= 1) AND (n <= 7))", ("n",), 7),
    ],
)
def test_small_domains_cap_the_rows_and_say_so(
    columns: tuple[str, ...], check: str | None, key: tuple[str, ...], rows: int
):
    world = rules(table("t", *columns), *([check] if check else []), primary_key=key, uniques=())
    draft = drafted(world, rules(table("u", "id int8", columns[0] + " null")))
    assert draft.entities["t"]["count"] == rows
    assert f"# more cannot differ in the primary key ({', '.join(key)})" in draft.text
    assert draft.broken == []


def test_a_cap_reaches_what_is_dealt_out_of_it():
    kinds = rules(table("kinds", "kind text"), TWO)
    pairs = rules(table("pairs", "kind text", "a_id int8"), primary_key=("kind", "a_id"), uniques=())
    single = rules(table("single", "kind text"), foreign_keys=(to("kinds", "kind", key=("kind",)),))
    draft = drafted(
        A, kinds, single, replace(pairs, foreign_keys=(to("kinds", "kind", key=("kind",)), to("a", "a_id")))
    )
    assert draft.entities["kinds"]["count"] == draft.entities["single"]["count"] == 2
    assert draft.entities["pairs"]["count"] == 2 * draft.entities["a"]["count"]
    assert draft.broken == []


def test_circles_of_one_to_one_come_to_rest():
    once = {"uniques": (Unique("once", ("other",)),)}
    draft = drafted(
        rules(table("x", "id int8", "other int8"), foreign_keys=(to("y", "other"),), **once),
        rules(table("y", "kind text", "id int8", "other int8"), TWO, primary_key=("kind",), **once),
    )
    assert draft.lost or draft.broken == []
    y = rules(table("y", "id bool", "other int8"), foreign_keys=(to("x", "other"),), **once)
    x = rules(table("x", "id int8", "other bool"), foreign_keys=(to("y", "other"),), **once)
    draft = drafted(x, y)
    assert {entity["count"] for entity in draft.entities.values()} == {2}
    assert draft.broken == []


def test_where_two_nulls_are_the_same_there_is_none():
    world = rules(table("t", "id int8", "a_id int8 null", "no int4 null"), foreign_keys=(to("a", "a_id"),))
    both = Unique("both", ("a_id", "no"), nulls_not_distinct=True)
    draft = drafted(A, replace(world, uniques=(both,)))
    assert not any(None in key for key in keys(draft, "t", "a_id", "no"))
    assert draft.broken == []
    draft = drafted(A, replace(world, uniques=(replace(both, nulls_not_distinct=False),), foreign_keys=()))
    assert draft.broken == []


def test_a_column_whose_nulls_are_the_same_is_not_made_null_for_another_key_of_it():
    once = Unique("once", ("a_id",))
    world = rules(table("t", "id int8", "a_id int8 null"), foreign_keys=(to("a", "a_id"),))
    world = replace(world, uniques=(once, replace(once, name="solid", nulls_not_distinct=True)))
    draft = drafted(A, world, *(table(f"t{i}", "id int8") for i in range(9)))
    assert draft.entities["t"]["count"] == draft.entities["a"]["count"]
    assert draft.broken == []


def test_a_key_over_an_expression_is_kept_by_the_column_that_it_reads():
    draft = drafted(
        rules(
            table("t", "id int8", "email text", "name text"),
            expression_uniques=(
                ExpressionUnique("once", ("lower(email)",), ("email",)),
                ExpressionUnique("named", ("lower(name)",), ("name",)),
            ),
        )
    )
    for column in ("email", "name"):
        assert len({row[column].lower() for row in draft.rows["t"]}) == 100


@pytest.mark.parametrize("sign", ["=", "operator(public.=)"])
def test_an_exclusion_of_equal_rows_is_a_unique_key(sign: str):
    equal = Exclusion("apart", (("a_id", sign), ("b_id", sign)), ("a_id", "b_id"))
    draft = drafted(A, B, junction("id int8", key=("id",), exclusions=(equal,)))
    assert draft.entities["ab"]["distinct"] == [["a_id", "b_id"]]
    assert draft.broken == []


def test_a_key_of_what_cannot_be_told_apart_leaves_a_null_or_one_row():
    once = {"uniques": (Unique("once", ("shape",)),)}
    may = rules(table("may", "id int8", "shape jsonb null"), **once)
    must = rules(table("must", "id int8", "shape jsonb"), **once)
    draft = drafted(may, must)
    assert (draft.columns("may")["shape"], draft.entities["may"]["count"]) == (None, 100)
    assert draft.entities["must"]["count"] == 1
    assert "# nothing tells more than one row apart in once (shape)" in draft.text


def test_a_unique_key_of_an_absent_table_needs_nothing():
    world = rules(table("t", "id int8", "x int8 null", "n int4"), uniques=(Unique("once", ("x", "n")),))
    draft = drafted(replace(world, foreign_keys=(to("elsewhere", "x"),)))
    assert draft.columns("t")["x"] is None
    assert "distinct" not in draft.entities["t"]
    assert draft.broken == []


def test_a_partial_key_whose_condition_is_not_understood_is_kept_by_all_rows():
    parts = rules(table("t", "id int8", "a_id int8", "kind text"), primary_key=("id",), uniques=())
    one = Unique("one", ("a_id",), partial=True, where="odd(kind)")
    few = rules(table("a", "id int8", "small boolean"), uniques=(Unique("two", ("small",)),))
    draft = drafted(few, replace(parts, foreign_keys=(to("a", "a_id"),), uniques=(one,)))
    assert len({row["a_id"] for row in draft.rows["t"]}) == len(draft.rows["t"]) == 2


def test_a_key_of_few_values_has_as_many_rows():
    draft = drafted(rules(table("t", "ratio numeric(1,1)"), "(ratio >= (0)::numeric)", primary_key=("ratio",)))
    assert sorted(str(row["ratio"]) for row in draft.rows["t"]) == [f"0.{n}" for n in range(10)]
    assert draft.broken == []


def test_a_key_of_days_between_two_has_as_many_rows():
    between = "((day >= '2024-02-27'::date) AND (day <= '2024-03-02'::date))"
    draft = drafted(rules(table("t", "day date"), between, primary_key=("day",)))
    assert len({row["day"] for row in draft.rows["t"]}) == len(draft.rows["t"]) == 5
    assert draft.broken == []


def test_faker_is_unique_only_where_its_values_can_carry_a_number():
    names = ("ipv4", "user_agent", "email")
    made = drafted(
        replace(
            table("visits", "id int8", *(f"{name} text" for name in names)),
            uniques=tuple(Unique(name, (name,)) for name in names),
        ),
        rows=2_000,
    )
    assert not made.broken


def test_a_part_of_a_key_that_no_two_rows_pointed_to_share_makes_it_one_to_one():
    users = rules(table("users", "id text", "domain text"), primary_key=("id",), uniques=())
    users = replace(users, uniques=(Unique("both", ("id", "domain")),))
    local = rules(table("local", "no int8", "user_id text", "domain text", "name text"), primary_key=("no",))
    keys = (to("users", "user_id", "domain", key=("id", "domain")),)
    uniques = (Unique("once", ("user_id",)), Unique("named", ("domain", "name")))
    draft = drafted(users, replace(local, foreign_keys=keys, uniques=uniques))
    assert len(draft.rows["local"]) == len(draft.rows["users"]) > 20
    assert draft.broken == []


def test_what_is_pointed_to_once_by_two_of_its_columns_is_unique_in_both():
    asset = rules(table("asset", "id int8", "name text", "uri text"), primary_key=("id",))
    asset = replace(asset, uniques=(Unique("both", ("name", "uri")),))
    active = rules(table("active", "name text", "uri text"), primary_key=("name", "uri"))
    keys = (to("asset", "name", "uri", key=("name", "uri")),)
    uniques = (Unique("one_name", ("name",)), Unique("one_uri", ("uri",)))
    draft = drafted(asset, replace(active, foreign_keys=keys, uniques=uniques))
    assert len(draft.rows["active"]) == len(draft.rows["asset"]) > 20
    assert draft.broken == []
