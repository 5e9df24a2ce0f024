"""Which single NULL makes a CHECK hold, whatever else the row says."""

from __future__ import annotations

from sqlglot import exp

from engine.sketch.checks.comparisons import OPS
from engine.sketch.checks.terms import Columns, bare, column_of, names

_STRICT: tuple[type[exp.Expr], ...] = (
    *OPS, exp.Not, exp.Paren, exp.Cast, exp.Collate, exp.Literal, exp.Boolean, exp.Column, exp.Identifier, exp.DataType,
    exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Pow,
    exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.StartsWith, exp.Between, exp.Any, exp.Array,
    exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.StrPosition, exp.DPipe,
    exp.Extract, exp.Var, exp.TimestampTrunc, exp.ArraySize, exp.JSONExtract, exp.JSONExtractScalar,
    exp.JSONBContainsTopKey, exp.ArrayContainedBy, exp.ArrayContainsAll, exp.CurrentDate, exp.CurrentTimestamp,
)  # fmt: skip
_FUNCTIONS = (
    "all",
    "jsonb_typeof",
    "json_typeof",
    "octet_length",
    "cardinality",
    "isempty",
    "isfinite",
    "family",
    "age",
)


def passes(node: exp.Expr, columns: Columns, *, want: bool = True) -> frozenset[str]:
    """The nullable columns of which one NULL is enough for an expression to be `want`, or NULL."""
    node = bare(node)
    if isinstance(node, exp.Not):
        return passes(node.this, columns, want=not want)
    if isinstance(node, exp.And | exp.Or):
        parts = [passes(part, columns, want=want) for part in node.flatten()]
        every = isinstance(node, exp.And) is want
        return frozenset.intersection(*parts) if every else frozenset.union(*parts)
    if isinstance(node, exp.Is):
        column = column_of(node.this, columns)
        told = isinstance(node.expression, exp.Null) and want is not bool(node.args.get("negate"))
        return _nullable((column.name,), columns) if told and column is not None else frozenset()
    if all(_is_strict(part) for part in node.walk()):
        return _nullable(names(node, columns), columns)
    return frozenset()


def _is_strict(node: exp.Expr) -> bool:
    """Whether a NULL anywhere in it makes it NULL."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _FUNCTIONS
    return isinstance(node, _STRICT)


def _nullable(read: tuple[str, ...], columns: Columns) -> frozenset[str]:
    return frozenset(column.name for column in columns.values() if column.nullable and column.name in read)
