"""The sides of a comparison: constants, columns, and columns moved by a constant, in sqlglot's tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from engine.catalog.model import Column
from engine.sketch.checks.facts import Value
from engine.sketch.checks.values import DAYS, NUMBERS, interval
from engine.types import DAY, Family, PgType

Columns = Mapping[str, Column]

_D = exp.DataType.Type
_INTEGERS = {_D.SMALLINT: 2, _D.INT: 4, _D.BIGINT: 8}
_WIDTHS = {"int2": 2, "int4": 4, "int8": 8}
_REALS = (_D.DECIMAL, _D.DOUBLE, _D.FLOAT)
_TEXTS = (_D.TEXT, _D.VARCHAR, _D.BPCHAR, _D.CHAR, _D.NAME)
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}


def bare(node: exp.Expr) -> exp.Expr:
    """The node without brackets and collations around it."""
    while isinstance(node, exp.Paren | exp.Collate):
        node = node.this
    return node


def names(node: exp.Expr, columns: Columns) -> tuple[str, ...]:
    """The columns that a node reads, in order, each once."""
    found = (columns.get(column.name) for column in node.find_all(exp.Column))
    return tuple(sorted({column.name for column in found if column is not None}))


def column_of(node: exp.Expr, columns: Columns) -> Column | None:
    """The column that a node is, under casts that change no value of it; None where it is anything else."""
    node = bare(node)
    if isinstance(node, exp.Column) and not node.table:
        return columns.get(node.name)
    if isinstance(node, exp.Cast):
        column = column_of(node.this, columns)
        return column if column and _keeps(column.type, node.to) else None
    return None


def _keeps(pg: PgType, to: exp.DataType) -> bool:
    """Whether a cast of every value of the type can be undone: to a wider number, of a text to a text."""
    if to.expressions or pg.array:
        return bool(pg.array and to.this is _D.ARRAY)
    if pg.family is Family.INTEGER and to.this in _INTEGERS:
        return _INTEGERS[to.this] >= _WIDTHS.get(pg.name, 8)
    if pg.family in NUMBERS:
        return to.this in _REALS
    if pg.family is Family.TEXT:
        return to.this in _TEXTS or _spelt(to) in ("citext", pg.name)
    if pg.family is Family.DATE:
        return to.this in (_D.DATE, _D.TIMESTAMP)
    return pg.name == "uuid" and to.this in _TEXTS


def _spelt(to: exp.DataType) -> str:
    """The name of a type that sqlglot does not know."""
    return str(to.args.get("kind") or "").rpartition(".")[2].strip('"')


def is_null(node: exp.Expr) -> bool:
    """Whether a node is a NULL, of whatever type."""
    node = bare(node)
    return isinstance(node, exp.Null) or (isinstance(node, exp.Cast) and is_null(node.this))


def constant(node: exp.Expr) -> Value | None:
    """The value of a literal under its casts, as it is written; None for anything else, and for NULL."""
    node = bare(node)
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else _number(str(node.this))
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        value = constant(node.this)
        return -value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return _folded(node)
    if isinstance(node, exp.Cast) and (not node.to.expressions or node.to.this is _D.ARRAY):
        value = constant(node.this)
        return None if isinstance(value, Decimal) and node.to.this in _INTEGERS else value  # it would be rounded
    return None


def is_text(node: exp.Expr) -> bool:
    """Whether a constant is a text, which is written in one way alone."""
    node = bare(node)
    if isinstance(node, exp.Cast):
        return node.to.this in _TEXTS and not node.to.expressions and is_text(node.this)
    return isinstance(node, exp.Literal) and node.is_string


def _folded(node: exp.Add | exp.Sub | exp.Mul) -> Value | None:
    """Arithmetic of two whole numbers."""
    left, right = constant(node.this), constant(node.expression)
    if type(left) is not int or type(right) is not int:
        return None
    return left * right if isinstance(node, exp.Mul) else left + right * (1 if isinstance(node, exp.Add) else -1)


def _number(text: str) -> int | Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() and value.adjusted() < 30 else value


def quantified(node: exp.Expr) -> tuple[bool, exp.Expr] | None:
    """What stands under ANY (then False) or ALL (then True)."""
    node = bare(node)
    if isinstance(node, exp.Any | exp.All):
        return isinstance(node, exp.All), node.this
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "ALL" and len(node.expressions) == 1:
        return True, node.expressions[0]
    return None


def constants(node: exp.Expr) -> tuple[Value, ...] | None:
    """The values of an array of constants: ``ARRAY['a'::text]`` or ``'{a,b}'::text[]``."""
    node = bare(node)
    if isinstance(node, exp.Array | exp.Tuple):
        found = tuple(constant(item) for item in node.expressions)
        return None if None in found else tuple(value for value in found if value is not None)
    if isinstance(node, exp.Cast):
        inner = constant(node.this)
        return constants(node.this) if inner is None else _listed(inner)
    return None


def _listed(literal: Value) -> tuple[str, ...] | None:
    """The elements of an array literal in which nothing is quoted."""
    if not isinstance(literal, str) or literal[:1] != "{" or set(literal) & set('"\\') or "NULL" in literal.upper():
        return None
    inner = literal[1:-1]
    return None if "{" in inner else tuple(inner.split(",")) if inner else ()


@dataclass(frozen=True, slots=True)
class Linear:
    """A column and what is added to it: a number, or for dates and moments the least and most microseconds."""

    column: Column
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)


def linear(node: exp.Expr, columns: Columns) -> Linear | None:
    """A column, plus or minus constants."""
    node = bare(node)
    column = column_of(node, columns)
    if column is not None:
        return Linear(column)
    if not isinstance(node, exp.Add | exp.Sub):
        return None
    left = linear(node.this, columns)
    if left is None:
        return None
    span = offset(node.expression, left.column.type)
    if span is None:
        return None
    least, most = span if isinstance(node, exp.Add) else (-span[1], -span[0])
    return Linear(left.column, left.least + least, left.most + most)


def offset(node: exp.Expr, pg: PgType) -> tuple[Decimal, Decimal] | None:
    """What a constant adds to a value of the type, the least and the most: a month has 28 to 31 days."""
    value = constant(node)
    if value is None or isinstance(value, bool):
        return None
    if pg.family in NUMBERS:
        number = Decimal(str(value)) if not isinstance(value, str) else _number(value)
        return None if number is None else (Decimal(number), Decimal(number))
    if pg.family is Family.DATE and isinstance(value, int):
        return Decimal(value * DAY), Decimal(value * DAY)
    if pg.family in DAYS and isinstance(value, str):
        try:
            least, most = interval(value)
        except ValueError:
            return None
        return Decimal(least), Decimal(most)
    return None


def clock(node: exp.Expr) -> tuple[int, int] | None:
    """``now()`` and its like plus or minus constants: the least and most microseconds from now; None for the rest."""
    node = bare(node)
    if isinstance(node, exp.Cast):
        return clock(node.this)
    if isinstance(node, exp.CurrentTimestamp | exp.Localtimestamp):
        return 0, 0
    if isinstance(node, exp.CurrentDate):
        return -DAY, 0
    if isinstance(node, exp.Add | exp.Sub) and (base := clock(node.this)) is not None:
        days = isinstance(_innermost(node), exp.CurrentDate)
        span = offset(node.expression, PgType("date" if days else "timestamptz"))
        if span is None:
            return None
        least, most = (int(at) for at in span)
        return (base[0] + least, base[1] + most) if isinstance(node, exp.Add) else (base[0] - most, base[1] - least)
    return None


def _innermost(node: exp.Expr) -> exp.Expr:
    node = bare(node)
    return _innermost(node.this) if isinstance(node, exp.Add | exp.Sub | exp.Cast) else node
