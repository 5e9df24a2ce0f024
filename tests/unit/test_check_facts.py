"""CHECKs as PostgreSQL prints them, and what is read of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalog.model import Check
from engine.sketch.checks import read_table
from engine.sketch.checks.allowed import is_anchored
from engine.sketch.checks.reading import facts_of
from engine.types import PgType
from tests.check_texts import COLUMNS, cases, check, read, said, things


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["written"])
def test_a_check_says_this(case: dict[str, str]):
    assert read(case["printed"]) == case["said"]


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (["(a > 0)", "(a < 10)", "(a <> 5)"], "a low 1 high 9 none_of [5]"),
        (["((a > 0) OR (b > 0))", "(a < 0)"], "a high -1; b low 1"),
        (["((note <> 'x'::text) OR (a IS NOT NULL))", "(note = 'x'::text)"], "note one_of [x]; a null False"),
        (["(length(code) = 2)", "(code = ANY (ARRAY['a'::text, 'bb'::text]))"],
         "code one_of [bb] min_length 2 max_length 2"),
        (["(note = upper(note))", "(note = ANY (ARRAY['a'::text, 'B'::text]))"], "note one_of [B] case upper"),
        (["(note ~ '^[a-m]$'::text)", "(note = ANY (ARRAY['a'::text, 'x'::text]))"],
         "note one_of [a] regexes [^[a-m]$]"),
        (["((a % 2) = 0)", "((a % 6) = 0)"], "a multiple_of 6"),
    ],
)  # fmt: skip
def test_checks_are_kept_together(checks: list[str], said: str):
    assert read(*checks) == said


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (["(a > b)", "(b > 10)"], "b low 11; a low 12; a > b"),
        (["(a > b)", "(b > c)", "(a <= 5)", "(c >= 3)"],
         "a low 5 high 5; c low 3 high 3; b low 4 high 4; a > b; b > c"),
        (["((ends - starts) >= '2 days'::interval)", "(starts >= '2020-01-01 00:00:00+00'::timestamp with time zone)"],
         "starts low 2020-01-01 00:00:00+00:00; ends low 2020-01-03 00:00:00+00:00; ends >= starts + 172800000000"),
        (["(dd > d)", "(d = ANY (ARRAY['2020-01-05'::date, '2020-01-07'::date]))"],
         "d one_of [2020-01-05, 2020-01-07]; dd low 2020-01-06; dd > d"),
    ],
)  # fmt: skip
def test_bounds_go_from_column_to_column(checks: list[str], said: str):
    assert read(*checks) == said


def test_what_no_value_satisfies_is_told_with_the_rest_kept():
    facts = read_table(things("(must > 5)", "(must < 5)", "(a > 0)"))
    assert [check.name for check in facts.opaque] == ["(must < 5)"]
    assert said(facts) == "must low 6; a low 1; opaque"


def test_a_column_that_may_be_null_is_null_where_no_value_satisfies():
    assert read("(a > 5)", "(a < 5)") == "a low 6 null"


def test_comparisons_in_a_circle_are_told():
    assert read("(must > price)", "(price > must)") == "price null"
    assert read("(a >= b)", "(b >= a)") == "a >= b; b >= a"
    assert read("(a >= must)", "(must >= a)", "(a <> must)") == "a null"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "a > 0" + ")" * 10_000,
        "(a > 0) AND " * 100_000 + "(a > 0)",
        "a ~ '" + "(" * 1_000_000 + "'",
        "(')' = '(' AND " * 200 + "a > 0" + ")" * 200,
        "CASE WHEN a > 0 THEN " * 100 + "true" + " END" * 100,
        "NOT " * 900 + "ok",
        "- " * 1_500 + "a > 0",
        "a > 0; drop table things",
        "select 1",
        "",
        "\0",
    ],
    ids=lambda text: f"{text[:20]}-{len(text)}",
)
def test_hostile_texts_are_not_looked_at_for_long(text: str):
    assert read(text) == "opaque"


def test_many_checks_and_many_alternatives_are_read():
    alternatives = " OR ".join(f"((a > {n}) AND (b < {n}))" for n in range(100))
    checks = [*(f"(a <> {n})" for n in range(300)), f"({alternatives})"]
    assert "a low" in read(*checks)


def test_the_check_of_a_domain_is_about_the_column():
    column = replace(COLUMNS["code"], domain_checks=(Check("iso", "((VALUE)::text ~ '^[A-Z]{2}$'::text)"),))
    assert said(read_table(replace(things(), columns=(column,)))) == "code regexes [^[A-Z]{2}$]"


def test_null_in_one_column_is_an_escape_where_it_is_enough():
    first, second = (facts_of(check(text), COLUMNS) for text in ("((a > 0) AND (b > 0))", "((a > 0) OR (b > 0))"))
    assert (first.null_passes, second.null_passes) == (frozenset(), {"a", "b"})


@pytest.mark.parametrize(
    ("regex", "anchored"),
    [
        ("^[A-Z]{2}$", True),
        ("^(a|b)$", True),
        ("^a|b$", False),
        ("^[|$]$", True),
        ("^a", False),
        ("a$", False),
        (r"^a\$", False),
        ("^[^@]+@[^@]+$", True),
    ],
)
def test_a_regular_expression_is_about_all_of_a_text_or_not(regex: str, anchored: bool):
    assert is_anchored(regex) is anchored


def test_a_regular_expression_that_never_ends_is_not_tried():
    values = f"(note = ANY (ARRAY['{'a' * 100}b'::text, 'x'::text]))"
    for regex in ("^(a+)+$", "^(a|a)*$", "^a*a*a*a*a*a*$", "^(?:(a+)b?)+$"):
        assert "one_of" in read(values, f"(note ~ '{regex}'::text)")


@pytest.mark.parametrize(
    "checks",
    [
        ["((must % 2) = 1)", "(must >= 4)", "(must <= 4)"],
        ["(must >= 4)", "(must <= 5)", "(must <> 4)", "(must <> 5)"],
        ["((must % 2) = 0)", "((must % 4) = 1)"],
        ["(must = ANY (ARRAY[1, 2]))", "(must > 2)"],
    ],
)
def test_where_no_value_is_left_the_last_check_is_told(checks: list[str]):
    assert len(read_table(things(*checks)).opaque) == 1


def test_the_operators_of_citext_are_understood_on_its_columns_alone():
    text = "(note OPERATOR(public.~) '^[a-z]+$'::public.citext)"
    assert read(text) == "opaque"
    column = replace(COLUMNS["note"], type=PgType("citext", schema="public"))
    facts = read_table(replace(things(text, "(note OPERATOR(public.<>) 'x'::public.citext)"), columns=(column,)))
    assert said(facts) == "note none_of [x] regexes [^[a-z]+$ in any case]"
