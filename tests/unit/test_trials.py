"""Which expressions of indexes are worth a trial, and what casts ask of texts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine.catalog.model import Check, Indexed
from engine.run.trials import may_fail
from engine.sketch.checks import read_table
from engine.sketch.checks.casts import cast_checks
from tests.worlds import table


@pytest.mark.parametrize(
    "expression",
    [
        "lower((email)::text)",
        "(deleted_at IS NULL)",
        "((kind)::text = 'a(b)::c'::text)",
        'COALESCE("Parent/Id", 0)',
        "(data ->> 'key'::text)",
        "((state)::text = ANY (ARRAY['a'::character varying, 'b'::character varying]))",
    ],
)
def test_what_every_value_can_be_computed_of_is_not_tried(expression: str):
    assert not may_fail(expression)


@pytest.mark.parametrize(
    "expression", ["(number)::integer", "(b / a)", "app.f(a)", "((data ->> 'n'::text))::numeric", "(price * count)"]
)
def test_what_may_fail_is_tried(expression: str):
    assert may_fail(expression)


def test_a_cast_is_of_the_column_that_it_is_written_at():
    world = table("t", "id int8", "code text", "code_b text", "n int4")
    keys = ("((code_b)::integer)", "(lower(code))::text", "(n)::bigint")
    (check,) = cast_checks(replace(world, indexed=(Indexed("i", keys, ("code_b", "code", "n")),)))
    assert (check.name, check.columns) == ("i", ("code_b",))


def test_a_document_has_the_keys_that_are_read_of_it():
    world = table("t", "id int8", "config text")
    keys = ("((config)::jsonb ->> 'os'::text)", "(((config)::jsonb ->> 'n'::text))::integer")
    (check,) = cast_checks(replace(world, indexed=(Indexed("i", keys, ("config",)),)))
    pattern = re.compile(check.expression.partition(" ~ ")[2].strip("'"))
    assert pattern.search('{"os": "abc", "n": "7"}')
    assert not pattern.search('{"os": "abc", "n": "x"}')


def test_a_cast_that_a_check_contradicts_asks_nothing():
    check = Check("c", "(code = ANY (ARRAY['a'::text, 'b'::text]))", ("code",))
    world = replace(table("t", "id int8", "code text"), checks=(check,))
    facts = read_table(replace(world, indexed=(Indexed("i", ("((code)::integer)",), ("code",)),)))
    assert facts == read_table(world)
