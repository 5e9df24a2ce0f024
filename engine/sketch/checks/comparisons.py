"""A comparison of anything with anything: which reader understands it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from sqlglot import exp

from engine.sketch.checks.calendar import begun, field, holds, whole_days
from engine.sketch.checks.columns import absolute, among, beside, remainder
from engine.sketch.checks.facts import Clock, IsNull, Items, JsonType, NotNull, Value
from engine.sketch.checks.pairs import difference, pair
from engine.sketch.checks.terms import (
    FLIPPED,
    NEGATED,
    Columns,
    bare,
    clock,
    column_of,
    constant,
    constants,
    is_text,
    linear,
    names,
    quantified,
)
from engine.sketch.checks.texts import beginning, length, normal, octets, placed, sizes
from engine.sketch.checks.totals import total
from engine.sketch.checks.values import DAYS
from engine.sketch.checks.ways import ALWAYS, NEVER, Ways, both, either, one
from engine.types import Family

OPS: dict[type[exp.Expr], str] = {
    exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.EQ: "=", exp.NEQ: "<>",
}  # fmt: skip


def compare(left: exp.Expr, op: str, right: exp.Expr, columns: Columns) -> Ways | None:
    """``left op right``; None where it is not understood."""
    known = _settled(left, op, right)
    if known is not None:
        return known
    for one_side, sign, other in ((left, op, right), (right, FLIPPED[op], left)):
        value = constant(other)
        if value is not None:
            found = against(one_side, sign, value, columns)
            found = _apart(one_side, sign, other, columns) if found is None else found
            return total(one_side, sign, value, columns) if found is None else found
        span = clock(other)
        if span is not None:
            return _clocked(one_side, sign, span, columns)
    return pair(left, op, right, columns)


def member(left: exp.Expr, op: str, right: exp.Expr, columns: Columns, *, negated: bool) -> Ways | None:
    """``left op ANY (constants)`` or ``ALL``; None where it is not understood, or no such thing."""
    found = quantified(right)
    values = None if found is None else constants(found[1])
    if found is None or values is None:
        return None
    every, sign = found[0] is not negated, NEGATED[op] if negated else op
    column = column_of(left, columns)
    known = (column, ()) if column is not None else normal(left, columns)
    if known is not None and (sign, every) in (("=", False), ("<>", True)):
        listed = among(known[0], values, negated=every)
        return None if listed is None else both(one(*known[1]), listed)
    own = constant(left) if is_text(left) or not isinstance(constant(left), str) else None
    ways = [_decided(own, sign, v) if own is not None else against(left, sign, v, columns) for v in values]
    read = [way for way in ways if way is not None]
    return None if len(read) < len(ways) else both(*read) if every else either(*read)


def against(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """Anything beside a constant."""
    node = bare(node)
    column = column_of(node, columns)
    if column is not None:
        return beside(column, op, value)
    reader = _READERS.get(type(node))
    if reader is not None:
        return reader(node, op, value, columns)
    return None


def _clocked(node: exp.Expr, op: str, span: tuple[int, int], columns: Columns) -> Ways | None:
    found = linear(node, columns)
    if found is None or found.column.type.family not in DAYS or op in ("=", "<>"):
        return None
    name, strict = found.column.name, int(len(op) == 1)
    if op[0] == "<":
        return one(Clock(name, latest=span[0] - int(found.most) - strict))
    return one(Clock(name, earliest=span[1] - int(found.least) + strict))


def _apart(node: exp.Expr, op: str, right: exp.Expr, columns: Columns) -> Ways | None:
    node = bare(node)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "age" and len(node.expressions) == 2:
        node = exp.Sub(this=node.expressions[0], expression=node.expressions[1])
    return difference(node, op, right, columns) if isinstance(node, exp.Sub) else None


def _cased(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``upper(x) op text``, by texts that `upper` leaves as they are."""
    found = normal(node, columns)
    ways = beside(found[0], op, value) if found is not None else None
    return both(one(*found[1]), ways) if found is not None and ways is not None else None


def _cast(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """A cast that the value goes through unchanged, such as of a length to numeric; or that ends a day."""
    inner = bare(node.this)
    if isinstance(inner, exp.Extract | exp.Length):
        return against(inner, op, value, columns)
    column = column_of(inner, columns)
    if column is not None and column.type.name == "timestamp" and node.is_type("date"):
        return whole_days(column, op, value)
    return _cased(node, op, value, columns) if normal(node, columns) is not None else None


def _opposite(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    return None if isinstance(value, str | bool) else against(node.this, FLIPPED[op], -value, columns)


def _modulo(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    column, divisor = column_of(node.this, columns), constant(node.expression)
    return remainder(column, divisor, op, value) if column is not None and divisor is not None else None


def _magnitude(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    column = column_of(node.this, columns)
    return absolute(column, op, value) if column is not None else None


def _shifted(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``column + constant op constant``: the constants are put together."""
    found = linear(node, columns)
    if found is None or found.least != found.most or found.column.type.family in DAYS:
        return None
    try:
        return beside(found.column, op, Decimal(str(value)) - found.least)
    except ArithmeticError:
        return None


def _scaled(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``column * constant op constant`` of a number: exact where the quotient is."""
    column, factor = column_of(node.this, columns), constant(node.expression)
    if column is None or not isinstance(factor, int | Decimal) or isinstance(value, str | bool) or factor <= 0:
        return None
    quotient = Decimal(value) / Decimal(factor)
    return beside(column, op, quotient) if quotient * factor == value else None


def _coalesced(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``coalesce(column, rest…) op constant``: the column's own value, or it is NULL and the rest's."""
    first, rest = column_of(node.this, columns), node.expressions
    if first is None or len(rest) != 1:
        return None
    own = beside(first, op, value)
    default = constant(rest[0])
    other = against(rest[0], op, value, columns) if default is None else _decided(default, op, value)
    if own is None or other is None:
        return None
    return either(both(one(NotNull(first.name)), own), both(one(IsNull(first.name)), other))


def _settled(left: exp.Expr, op: str, right: exp.Expr) -> Ways | None:
    """Two numbers, two booleans or two plain texts: other types write one value in several ways."""
    values = [constant(left), constant(right)]
    if len({isinstance(value, str) for value in values}) > 1:
        return None
    if isinstance(values[0], str) and (op not in ("=", "<>") or not all(map(is_text, (left, right)))):
        return None
    first, second = values
    return None if first is None or second is None else _decided(first, op, second)


def _decided(default: Value, op: str, value: Value) -> Ways | None:
    """Two constants."""
    if op in ("=", "<>") and type(default) is type(value):
        return ALWAYS if (default == value) is (op == "=") else NEVER
    try:
        return ALWAYS if holds(default, op, value) else NEVER
    except ArithmeticError:
        return None


def _extreme(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """``greatest(a, b) op constant`` and least, which pass NULLs over."""
    ways = [against(item, op, value, columns) for item in (node.this, *node.expressions)]
    known = [way for way in ways if way is not None]
    if op in ("=", "<>") or len(known) < len(ways):
        return None
    if (op[0] == "<") is isinstance(node, exp.Greatest):
        return both(*known)
    present = [one(*map(NotNull, names(item, columns))) for item in (node.this, *node.expressions)]
    return either(*(both(way, there) for way, there in zip(known, present, strict=True)))


def _counted(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """How many elements an array has."""
    inner = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    column, ranges = column_of(inner, columns), sizes(op, value)
    if isinstance(node, exp.ArraySize) and constant(node.expression) != 1:
        return None
    if column is None or not column.type.array or ranges is None:
        return None
    return either(*(one(Items(column.name, *ends)) for ends in ranges))


def _function(node: exp.Expr, op: str, value: Value, columns: Columns) -> Ways | None:
    """Functions that sqlglot has no class for."""
    name = str(node.this).lower()
    if len(node.expressions) != 1:
        return None
    inner = node.expressions[0]
    if name == "cardinality":
        return _counted(node, op, value, columns)
    if name == "octet_length":
        return octets(inner, op, value, columns)
    column = column_of(inner, columns)
    if name in ("jsonb_typeof", "json_typeof") and op == "=" and column and column.type.family is Family.JSON:
        return one(JsonType(column.name, str(value)))
    return None


Reader: TypeAlias = Callable[[exp.Expr, str, Value, Columns], "Ways | None"]
_READERS: dict[type[exp.Expr], Reader] = {
    exp.Length: length,
    exp.Upper: _cased,
    exp.Lower: _cased,
    exp.Trim: _cased,
    exp.Cast: _cast,
    exp.Neg: _opposite,
    exp.Mod: _modulo,
    exp.Abs: _magnitude,
    exp.Add: _shifted,
    exp.Sub: _shifted,
    exp.Mul: _scaled,
    exp.Extract: field,  # type: ignore[dict-item]
    exp.TimestampTrunc: begun,  # type: ignore[dict-item]
    exp.StrPosition: placed,  # type: ignore[dict-item]
    exp.ArraySize: _counted,
    exp.Left: beginning,
    exp.Right: beginning,
    exp.Substring: beginning,
    exp.Coalesce: _coalesced,
    exp.Greatest: _extreme,
    exp.Least: _extreme,
    exp.Anonymous: _function,
}
