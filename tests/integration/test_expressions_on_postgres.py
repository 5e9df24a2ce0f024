"""What we compute is what PostgreSQL computes: every function and operator, on every version."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from engine.errors import Code, SpecError
from engine.expressions.parser import parse
from engine.expressions.rules import ALLOWED
from engine.expressions.rules.curves import CURVES
from engine.expressions.syntax import Call, walk
from engine.types import PgType
from tests.expressions import FAILS, Group, Server, comparable, evaluated, groups

GROUPS = groups()


@pytest.fixture
def postgres(each_database: str) -> Iterator[Server]:
    with Server(each_database) as server:
        yield server


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_answers_are_those_of_postgresql(group: Group, postgres: Server):
    postgres.give(group)
    wrong = [said for expr in group.exprs if (said := difference(group, expr, postgres))]
    assert not wrong, "\n" + "\n".join(wrong)


def difference(group: Group, expr: str, postgres: Server) -> str | None:
    theirs, named = postgres.answers(expr, len(group.rows))
    try:
        expression = group.compile(expr)
        mine = evaluated(group, expression)
    except SpecError as error:
        if set(theirs) == {FAILS} and error.diagnostics[0].code is Code.EXPR_TYPE:
            return None
        return f"{expr}: {error}, where PostgreSQL says {theirs}"
    wanted = [held(comparable(value, expression.type), expression.type) for value in theirs]
    if mine != wanted:
        rows = [(row, m, w) for row, m, w in zip(group.rows, mine, wanted, strict=True) if m != w]
        return f"{expr}: " + "; ".join(f"{row} gives {m}, not {w}" for row, m, w in rows[:3])
    if named is not None and family(str(expression.type)) != family(named):
        return f"{expr}: the type is {expression.type}, not {named}"
    return None


def held(value: Any, kind: PgType) -> Any:
    """A value, or an error where it has more digits than the engine's decimals, which are of 38."""
    return FAILS if isinstance(value, Fraction) and abs(value) >= 10 ** (38 - (kind.scale or 0)) else value


FAMILY = {
    "integer": "int4", "bigint": "int8", "smallint": "int2", "double precision": "float8", "real": "float4",
    "character varying": "text", "character": "text", "boolean": "bool", "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp", "time without time zone": "time", "unknown": "text",
}  # fmt: skip


def family(name: str) -> str:
    plain = name.partition("(")[0]
    return FAMILY.get(plain, plain)


def test_every_function_and_operator_has_a_case():
    used = {
        node.name for group in GROUPS for expr in group.exprs for node, _ in walk(parse(expr)) if isinstance(node, Call)
    }
    assert not set(ALLOWED) - set(CURVES) - used, "PostgreSQL has no timelines"
