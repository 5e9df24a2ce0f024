"""What CHECKs say of texts: length, patterns, case, blanks at the ends, and what stands somewhere inside."""

from __future__ import annotations

import re
from typing import TypeAlias

from sqlglot import exp

from engine.catalog.model import Column
from engine.sketch.checks.facts import Case, Fact, Length, Like, Matches, Trimmed, Value
from engine.sketch.checks.terms import Columns, bare, column_of, constant
from engine.sketch.checks.ways import Ways, either, one
from engine.types import Family

Normal: TypeAlias = "tuple[Column, tuple[Fact, ...]]"
"""A column, and the facts under which what is written around it leaves its values as they are."""

_CASES: dict[type[exp.Expr], str] = {exp.Lower: "lower", exp.Upper: "upper"}


def normal(node: exp.Expr, columns: Columns) -> Normal | None:
    """A text column under upper, lower and trim."""
    node = bare(node)
    column = column_of(node, columns)
    if column is not None:
        return (column, ()) if column.type.family is Family.TEXT else None
    if isinstance(node, exp.Cast):
        return normal(node.this, columns) if not node.to.expressions else None
    found = normal(node.this, columns) if isinstance(node, exp.Lower | exp.Upper | exp.Trim) else None
    if found is None:
        return None
    column, facts = found
    if isinstance(node, exp.Trim):
        blanks = not node.expression or constant(node.expression) == " "
        return (column, (*facts, Trimmed(column.name))) if blanks else None
    return column, (*facts, Case(column.name, _CASES[type(node)]))


def sizes(op: str, value: Value) -> tuple[tuple[int, int | None], ...] | None:
    """The ranges of whole numbers from 0 that a comparison with one leaves."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    below: tuple[int, int | None] = (0, value - 1)
    above: tuple[int, int | None] = (value + 1, None)
    ranges: dict[str, list[tuple[int, int | None]]] = {
        "<": [below],
        "<=": [(0, value)],
        ">": [above],
        ">=": [(value, None)],
        "=": [(value, value)],
        "<>": [above, below],
    }
    return tuple((max(low, 0), high) for low, high in ranges[op] if high is None or high >= max(low, 0))


def length(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``length(x) op n``: characters of a text, bytes of a bytea."""
    ranges = sizes(op, value)
    column = column_of(node.this, columns)
    if ranges is None:
        return None
    if column is not None and column.type.family is Family.BYTES:
        return either(*(one(Length(column.name, *ends)) for ends in ranges))
    found = normal(node.this, columns)
    if found is None:
        return None
    column, facts = found
    return either(*(one(*facts, Length(column.name, *ends)) for ends in ranges))


def octets(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``octet_length(x) op n``: of a text, characters where all of them are ASCII."""
    ranges, column = sizes(op, value), column_of(node, columns)
    if ranges is None or column is None or column.type.family not in (Family.TEXT, Family.BYTES):
        return None
    ascii_only = column.type.family is Family.TEXT
    return either(*(one(Length(column.name, low, high, ascii_only)) for low, high in ranges))


def matching(node: exp.Binary, wanted: exp.Expr, columns: Columns, *, negated: bool) -> Ways | None:
    """LIKE, ILIKE, ~ and ~* with a constant pattern."""
    found, pattern = normal(node.this, columns), _pattern(wanted)
    if found is None or pattern is None:
        return None
    column, facts = found
    anyhow = isinstance(node, exp.ILike | exp.RegexpILike) or column.type.name == "citext"
    if isinstance(node, exp.Like | exp.ILike):
        return one(*facts, Like(column.name, pattern, negated, anyhow))
    return one(*facts, Matches(column.name, pattern, negated, anyhow))


def _pattern(node: exp.Expr) -> str | None:
    """A constant text, or the regular expression of a SIMILAR TO that says nothing special."""
    node = bare(node)
    if isinstance(node, exp.Anonymous) and node.this == "similar_to_escape" and len(node.expressions) == 1:
        text = constant(node.expressions[0])
        return _from_similar(text) if isinstance(text, str) else None
    value = constant(node)
    return value if isinstance(value, str) else None


def _from_similar(text: str) -> str | None:
    """A SIMILAR TO pattern as a regular expression; None where it escapes something."""
    if set(text) & set('\\"'):
        return None
    outside = {"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}
    parts = re.findall(r"\[[^\]]*\]|.", text, re.DOTALL)
    return f"^(?:{''.join(outside.get(part, part) for part in parts)})$"


def beginning(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``left(x, n)``, ``right(x, n)`` or ``substr(x, 1, n)`` is a text of n characters, or is not."""
    found = normal(node.this, columns)
    size = constant(node.args["length"] if isinstance(node, exp.Substring) else node.expression)
    if isinstance(node, exp.Substring) and constant(node.args["start"]) != 1:
        return None
    if found is None or op not in ("=", "<>") or not isinstance(value, str) or len(value) != size:
        return None
    column, facts = found
    pattern = f"%{escaped(value)}" if isinstance(node, exp.Right) else f"{escaped(value)}%"
    return one(*facts, Like(column.name, pattern, op == "<>"))


def escaped(text: str) -> str:
    """A text as a LIKE pattern that only it is like."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def placed(node: exp.StrPosition, op: str, value: Value, columns: Columns) -> Ways | None:
    """``position(c in x) op n``: whether a text stands in another, and behind how many characters."""
    found, inner = normal(node.this, columns), constant(node.args["substr"])
    ranges = sizes(op, value)
    if found is None or not isinstance(inner, str) or not inner or not ranges or len(ranges) > 1:
        return None
    (low, high), (column, facts) = ranges[0], found
    if (low, high) == (0, 0):
        return one(*facts, Like(column.name, f"%{escaped(inner)}%", negated=True))
    if high is not None or low < 1:
        return None
    if low == 1:
        return one(*facts, Like(column.name, f"%{escaped(inner)}%"))
    if len(inner) > 1 or inner in "^]\\-[":
        return None
    return one(*facts, Matches(column.name, f"^[^{inner}]{{{low - 1},}}{re.escape(inner)}"))
