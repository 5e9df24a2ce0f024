"""CHECKs that tie a null to the rest of the row become a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.catalog.model import Unique
from tests.drafts import drafted, rules, to
from tests.worlds import table

STATUS = "(status = ANY (ARRAY['new'::text, 'paid'::text, 'void'::text]))"


@pytest.mark.parametrize(
    ("check", "keeps"),
    [
        ("((status = 'paid'::text) = (paid_at IS NOT NULL))", lambda r: (r["status"] == "paid") == bool(r["paid_at"])),
        ("((paid_at IS NOT NULL) = (status = 'paid'::text))", lambda r: (r["status"] == "paid") == bool(r["paid_at"])),
        ("((status = 'paid'::text) <> (paid_at IS NULL))", lambda r: (r["status"] == "paid") == bool(r["paid_at"])),
        ("((status <> 'paid'::text) = (paid_at IS NULL))", lambda r: (r["status"] == "paid") == bool(r["paid_at"])),
        ("((status = 'paid'::text) = (paid_at IS NULL))", lambda r: (r["status"] == "paid") != bool(r["paid_at"])),
        ("((paid_at IS NULL) OR (status = 'paid'::text))", lambda r: r["status"] == "paid" or not r["paid_at"]),
        (
            "((status = ANY (ARRAY['new'::text, 'paid'::text])) = (paid_at IS NOT NULL))",
            lambda r: (r["status"] in ("new", "paid")) == bool(r["paid_at"]),
        ),
        ("((zzz > 5000) = (paid_at IS NOT NULL))", lambda r: (r["zzz"] > 5000) == bool(r["paid_at"])),
        (
            "((flag AND (zzz > 5000)) = (paid_at IS NOT NULL))",
            lambda r: (r["flag"] and r["zzz"] > 5000) == bool(r["paid_at"]),
        ),
    ],
)
def test_a_moment_is_there_where_a_check_wants_it_and_nowhere_else(check: str, keeps: Callable[[Any], bool]):
    world = table("o", "id int8", "status text", "zzz int4", "flag bool", "paid_at timestamptz null")
    draft = drafted(rules(world, STATUS, check))
    assert "case" in draft.columns("o")["paid_at"]
    assert "moment" not in draft.entities["o"]
    assert draft.broken == []
    assert all(keeps(row) for row in draft.rows["o"])
    assert 0 < sum(row["paid_at"] is None for row in draft.rows["o"]) < 100


@pytest.mark.parametrize(
    ("check", "same"), [("((a IS NULL) = (b IS NULL))", True), ("((a IS NULL) <> (b IS NULL))", False)]
)
def test_two_columns_are_null_together_or_never_together(check: str, same: bool):
    draft = drafted(rules(table("o", "id int8", "a int4 null", "b date null"), check))
    assert all(((row["a"] is None) == (row["b"] is None)) is same for row in draft.rows["o"])
    assert {row["a"] is None for row in draft.rows["o"]} == {True, False}


def test_what_is_never_null_needs_no_condition():
    world = table("o", "id int8", "status text", "reason text null")
    draft = drafted(rules(world, STATUS, "((status <> 'void'::text) OR (reason IS NOT NULL))"))
    assert all(row["reason"] is not None for row in draft.rows["o"])


def test_a_reference_may_be_there_under_a_condition_too():
    world = table("o", "id int8", "status text", "c_id int8 null")
    draft = drafted(
        table("c", "id int8"),
        rules(world, STATUS, "((status = 'paid'::text) = (c_id IS NOT NULL))", foreign_keys=(to("c", "c_id"),)),
    )
    assert draft.broken == []
    assert all((row["status"] == "paid") == (row["c_id"] is not None) for row in draft.rows["o"])
    assert len({row["c_id"] for row in draft.rows["o"]}) > 3


def test_conditions_that_go_round_in_a_circle_are_not_both_cases():
    checks = ("((a > 3) = (b IS NOT NULL))", "((b > 3) = (a IS NOT NULL))")
    draft = drafted(rules(table("o", "id int8", "a int4 null", "b int4 null"), *checks))
    made = draft.columns("o")
    assert sum("case" in made[name] for name in ("a", "b")) == 1
    assert len(draft.rows["o"]) == 100


def test_a_unique_column_is_not_made_null_by_a_condition():
    world = table("o", "id int8", "status text", "code text null")
    check = "((status = 'paid'::text) = (code IS NOT NULL))"
    draft = drafted(rules(world, STATUS, check, uniques=(Unique("once", ("code",)),)))
    assert "case" not in str(draft.columns("o")["code"])
    assert draft.broken == []


def test_texts_of_a_condition_are_quoted():
    world = table("o", "id int8", "odd text", "n int4 null")
    values = "(odd = ANY (ARRAY['it''s'::text, 'a\"b'::text, '{{ x }}'::text]))"
    draft = drafted(rules(world, values, "((odd = 'it''s'::text) = (n IS NOT NULL))"))
    assert {row["odd"] for row in draft.rows["o"]} == {"it's", 'a"b', "{{ x }}"}
    assert all((row["odd"] == "it's") == (row["n"] is not None) for row in draft.rows["o"])
    draft = drafted(rules(world, values, "((odd = '{{ x }}'::text) = (n IS NOT NULL))"))
    assert all((row["odd"] == "{{ x }}") == (row["n"] is not None) for row in draft.rows["o"])


THREE = table("o", "id int8", "a int8 null", "b int8 null", "c int8 null")


@pytest.mark.parametrize(
    ("check", "there"),
    [
        ("(num_nonnulls(a, b, c) = 1)", {"a", "b", "c"}),
        ("(num_nulls(a, b, c) = 2)", {"a", "b", "c"}),
        ("(((((a IS NOT NULL))::integer + ((b IS NOT NULL))::integer) + ((c IS NOT NULL))::integer) = 1)", {*"abc"}),
        (
            "((((a IS NOT NULL) AND (b IS NULL)) AND (c IS NULL)) "
            "OR (((a IS NULL) AND (b IS NOT NULL)) AND (c IS NULL)) "
            "OR (((a IS NULL) AND (b IS NULL)) AND (c IS NOT NULL)))",
            {"a", "b", "c"},
        ),
        (
            "(((CASE WHEN (a IS NULL) THEN 0 ELSE 1 END + CASE WHEN (b IS NULL) THEN 0 ELSE 1 END) + "
            "CASE WHEN (c IS NULL) THEN 0 ELSE 1 END) = 1)",
            {"a", "b", "c"},
        ),
        ("(num_nonnulls(a, b, c) = 2)", {"ab", "ac", "bc"}),
        ("(num_nonnulls(a, b, c) <= 1)", {"a", "b", "c", ""}),
        ("(num_nonnulls(a, b, c) >= 1)", {"a", "b", "c", "ab", "ac", "bc", "abc"}),
        ("((a IS NULL) = ((b IS NULL) OR (c IS NULL)))", {"abc", "b", "c", ""}),
    ],
)
@pytest.mark.parametrize("pointing", [(), ("b",), ("a", "b", "c")])
def test_rows_have_any_of_the_columns_that_a_check_lets_them_have(
    check: str, there: set[str], pointing: tuple[str, ...]
):
    keys = tuple(to("goal", name) for name in pointing)
    draft = drafted(table("goal", "id int8"), rules(THREE, check, foreign_keys=keys))
    assert draft.broken == []
    rows = draft.rows["o"]
    assert {"".join(name for name in "abc" if row[name] is not None) for row in rows} == there


def test_of_two_checks_on_the_same_nulls_both_are_kept():
    draft = drafted(rules(THREE, "(num_nonnulls(a, b, c) = 1)", "((a IS NULL) OR (b IS NULL) OR (c IS NOT NULL))"))
    assert draft.broken == []
    assert {sum(row[name] is not None for name in "abc") for row in draft.rows["o"]} == {1}


CARD_OR_CASH = (
    "(((kind = 'card'::text) AND (a IS NOT NULL) AND (b IS NULL)) OR ((kind = 'cash'::text) AND (a IS NULL)))"
)
BY_NUMBER = (
    "(zzz = ANY (ARRAY[1, 2, 3]))",
    "((zzz <> 1) OR ((a IS NOT NULL) AND (b IS NULL)))",
    "((zzz <> 2) OR ((a IS NULL) AND (b IS NOT NULL)))",
    "((zzz <> 3) OR (num_nonnulls(a, b) = 0))",
)
BY_CASE = (
    "(1 =\nCASE\n    WHEN (flag AND (a IS NULL)) THEN 0\n    WHEN ((NOT flag) AND (a IS NOT NULL)) THEN 0\n"
    "    ELSE 1\nEND)",
    "((flag IS FALSE) OR (b IS NULL))",
)


@pytest.mark.parametrize(
    ("checks", "sets"),
    [
        ((CARD_OR_CASH,), {("card", True, False), ("cash", False, True)}),
        (BY_NUMBER, {(1, True, False), (2, False, True), (3, False, False)}),
        (BY_CASE, {(True, True, False), (False, False, True)}),
    ],
)
def test_a_kind_says_which_columns_are_there_and_every_kind_has_rows(checks: tuple[str, ...], sets: set[Any]):
    world = table("o", "id int8", "kind text", "zzz int4", "flag bool", "a int4 null", "b int4 null")
    draft = drafted(rules(world, *checks))
    assert draft.broken == []
    tag = next(name for name in ("kind", "zzz", "flag") if name in str(checks))
    assert {(row[tag], row["a"] is not None, row["b"] is not None) for row in draft.rows["o"]} == sets


def test_a_kind_that_says_more_than_nulls_is_no_tag():
    world = table("o", "id int8", "kind text", "a int4 null", "b int4 null")
    check = "(((kind = 'x'::text) AND (a > 5)) OR ((kind = 'y'::text) AND (b IS NULL)))"
    draft = drafted(rules(world, check))
    assert "case" not in str(draft.columns("o"))
    assert draft.broken == []
