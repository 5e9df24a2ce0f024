"""Conditions in the language of specs, whose words are PostgreSQL's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from engine.catalog.model import Column
from engine.errors import SpecError
from engine.expressions import names_in
from engine.sketch.checks.terms import bare, column_of, constant
from engine.sqltext import quote

_COMPARED: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_PARTS = ("year", "quarter", "month", "week", "day", "doy", "dow", "isodow", "isoyear")
"""Fields of days that are whole numbers."""


def spelled(name: str) -> str:
    """A column as expressions name it: in quotes where it would be read as another, or as a word of theirs."""
    try:
        plain = _PLAIN.fullmatch(name) is not None and names_in(name) == ((name,),)
    except SpecError:
        plain = False
    return name if plain else quote(name)


def written(node: exp.Expr, columns: Mapping[str, Column]) -> str | None:
    """A condition in the language of specs; None where it has no words for it."""
    node = bare(node)
    if isinstance(node, exp.And | exp.Or):
        sides = [written(side, columns) for side in (node.left, node.right)]
        word = "and" if isinstance(node, exp.And) else "or"
        return None if None in sides else f"({sides[0]} {word} {sides[1]})"
    if isinstance(node, exp.Not):
        inner = written(node.this, columns)
        return None if inner is None else f"not ({inner})"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        term = _term(node.this, columns)
        return None if term is None else f"({term} is {'not ' if node.args.get('negate') else ''}null)"
    if isinstance(node, exp.Column):
        return _flag(node, columns)
    if isinstance(node, exp.In) or (isinstance(node, exp.EQ) and isinstance(node.right, exp.Any)):
        return _among(node, columns)
    sign = _COMPARED.get(type(node))
    if sign is None or not isinstance(node, exp.Binary):
        return None
    left, right = _term(node.left, columns), _term(node.right, columns)
    return None if left is None or right is None else f"({left} {sign} {right})"


def _flag(node: exp.Expr, columns: Mapping[str, Column]) -> str | None:
    column = column_of(node, columns)
    return quote(column.name) if column is not None and column.type.name == "bool" else None


def _among(node: exp.Expr, columns: Mapping[str, Column]) -> str | None:
    """``x in (…)`` and ``x = any (array[…])``."""
    term = _term(node.this, columns)
    listed = node.expressions if isinstance(node, exp.In) else _elements(node.args["expression"])
    values = [_term(value, columns) for value in listed]
    if term is None or not values or any(value is None for value in values):
        return None
    word = "not in" if node.args.get("negate") else "in"
    return f"({term} {word} ({', '.join(str(value) for value in values)}))"


def _elements(node: exp.Expr) -> list[exp.Expr]:
    """The elements of the array that ANY looks through."""
    array = node.find(exp.Array)
    return list(array.expressions) if array is not None else []


def _term(node: exp.Expr, columns: Mapping[str, Column]) -> str | None:
    column = column_of(node, columns)
    if column is not None:
        return quote(column.name) if not column.type.array else None
    if isinstance(bare(node), exp.Extract):
        return part(bare(node), columns)
    value = constant(node)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def part(node: exp.Expr, columns: Mapping[str, Column]) -> str | None:
    """``extract(month from day)``, of what has the same fields in every time zone."""
    column, name = column_of(node.expression, columns), str(node.this).lower()
    if column is None or column.type.name not in ("date", "timestamp") or column.type.array or name not in _PARTS:
        return None
    return f"extract({name} from {quote(column.name)})"
