"""Sums and products of several columns beside a constant: shares that make 100, parts that stay below a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isqrt

from sqlglot import exp

from engine.catalog.model import Column
from engine.sketch.checks.columns import beside
from engine.sketch.checks.facts import Computed, Value
from engine.sketch.checks.terms import Columns, bare, column_of
from engine.sketch.checks.values import NUMBERS
from engine.sketch.checks.ways import Ways, both, one
from engine.sketch.checks.words import spelled
from engine.types import Family

_PAIR = 2


def total(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``a + b + c op constant`` and ``a * b <= constant``; None where it is not understood."""
    node = bare(node)
    if isinstance(value, str | bool) or not isinstance(node, exp.Add | exp.Mul):
        return None
    if value < 0 or (value == 0 and op[0] != ">"):
        return None
    terms = list(_terms(node, type(node), columns))
    names = {column.name for column in terms if column is not None}
    if len(names) < len(terms) or len(terms) < _PAIR:
        return None
    known = tuple(column for column in terms if column is not None)
    if isinstance(node, exp.Mul):
        return _product(known, op, Decimal(value))
    if op == "=":
        return _rest(known, value)
    return _all(known, op, Decimal(value) / len(known)) if op != "<>" else None


def _all(terms: Iterable[Column], op: str, value: Decimal | int) -> Ways | None:
    """Each of them beside a number."""
    ways = [beside(column, op, value) for column in terms]
    known = [way for way in ways if way is not None]
    return both(*known) if len(known) == len(ways) else None


def _terms(node: exp.Expr, joined: type[exp.Expr], columns: Columns) -> Iterator[Column | None]:
    """The columns that are added or multiplied; None for whatever else is."""
    node = bare(node)
    if isinstance(node, joined):
        yield from _terms(node.this, joined, columns)
        yield from _terms(node.expression, joined, columns)
        return
    if isinstance(node, exp.Cast) and not node.to.expressions and node.to.this in (exp.DType.DECIMAL, exp.DType.BIGINT):
        yield from _terms(node.this, joined, columns)
        return
    column = column_of(node, columns)
    yield column if column is not None and column.type.family in NUMBERS and not column.type.array else None


def _rest(terms: tuple[Column, ...], value: int | Decimal) -> Ways | None:
    """What the others, each with an equal part of the whole at most, leave to the last one."""
    target = next((c for c in reversed(terms) if c.type.family is Family.DECIMAL), terms[-1])
    if target.type.family is Family.FLOAT:
        return None
    others = [column for column in terms if column is not target]
    share = Decimal(value) / len(terms)
    low, high = _all(others, ">=", 0), _all(others, "<=", share)
    text = " - ".join((str(value), *(spelled(column.name) for column in others)))
    rest = one(Computed(target.name, text, tuple(column.name for column in others)))
    return both(rest, low, high) if low is not None and high is not None else None


def _product(terms: tuple[Column, ...], op: str, value: Decimal) -> Ways | None:
    """Neither of two is greater than the root."""
    if op[0] != "<" or len(terms) != _PAIR:
        return None
    root = isqrt(int(value))
    low, high = _all(terms, ">=", 0), _all(terms, op, root)
    return both(low, high) if root and low is not None and high is not None else None
