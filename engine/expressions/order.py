"""Comparisons: NaN equals itself and is the largest, intervals go by their length, text by its bytes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.expressions import clock, exact
from engine.expressions.column import Column, Data, Numbers
from engine.expressions.strings import truth
from engine.types import Bool, PgType

_ARROW = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, ">": pc.greater, "<=": pc.less_equal, ">=": pc.greater_equal,
}  # fmt: skip
_NUMPY: dict[str, Callable[[Numbers, Numbers], Bool]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip


def compared(operator: str, types: tuple[PgType, PgType], nulls: Bool | None, a: Data, b: Data) -> Bool:  # noqa: ARG001
    """a = b, a < b and so on, for two columns of one type (numerics may differ in scale)."""
    if isinstance(a, pa.Array):
        left = a[0] if len(a) == 1 else a
        right = b[0] if len(b) == 1 else b
        if isinstance(left, pa.Scalar):
            left = a if isinstance(right, pa.Scalar) else left
        return truth(_ARROW[operator](left, right))
    if types[0].name == "numeric":
        a, b = exact.aligned(a, types[0].scale or 0, b, types[1].scale or 0)
    elif types[0].name == "interval":
        a, b = clock.span(a), clock.span(b)
    elif types[0].name == "float8":
        return _floats(operator, a, b)
    return np.asarray(_NUMPY[operator](a, b), bool)


def _floats(operator: str, a: Numbers, b: Numbers) -> Bool:
    rank_a, rank_b = np.isnan(a), np.isnan(b)
    if operator in ("=", "<>"):
        same: Bool = (a == b) | (rank_a & rank_b)
        return same if operator == "=" else ~same
    if operator in (">", ">="):
        return _floats({">": "<", ">=": "<="}[operator], b, a)
    less: Bool = (a < b) | (~rank_a & rank_b)
    return less if operator == "<" else less | (a == b) | (rank_a & rank_b)


def distinct(types: tuple[PgType, PgType], negated: bool, a: Column, b: Column) -> Column:
    """IS [NOT] DISTINCT FROM: nulls are equal to each other."""
    different = compared("<>", types, None, a.data, b.data)
    null_a = np.zeros(1, bool) if a.nulls is None else a.nulls
    null_b = np.zeros(1, bool) if b.nulls is None else b.nulls
    found: Bool = (null_a != null_b) | (different & ~null_a & ~null_b)
    return Column(~found if negated else found)


def is_null(negated: bool, a: Column) -> Column:
    """IS [NOT] NULL."""
    found = np.zeros(1, bool) if a.nulls is None else a.nulls
    return Column(~found if negated else found)


def is_truth(value: bool, negated: bool, a: Column) -> Column:
    """IS [NOT] TRUE or FALSE: never null."""
    found: Bool = a.data == value
    if a.nulls is not None:
        found = found & ~a.nulls
    return Column(~found if negated else found)


def null_if(types: tuple[PgType, PgType], a: Column, b: Column, original: Column) -> Column:
    """NULLIF: `original` (a before it was converted), null where a = b."""
    same = compared("=", types, None, a.data, b.data)
    for nulls in (a.nulls, b.nulls):
        same = same if nulls is None else same & ~nulls
    return Column(original.data, same if original.nulls is None else same | original.nulls)


def extreme(operator: str, types: tuple[PgType, ...], *columns: Column) -> Column:
    """GREATEST ('>') or LEAST ('<') of columns of one type, nulls left out; null where all are."""
    size = max(max(len(c.data), 0 if c.nulls is None else len(c.nulls)) for c in columns)
    if any(len(c.data) == 0 for c in columns):
        size = 0
    best = columns[0].spread(size)
    for column in columns[1:]:
        best = _better(operator, (types[0], types[0]), best, column.spread(size))
    return best


def _better(operator: str, types: tuple[PgType, PgType], a: Column, b: Column) -> Column:
    wins = compared(operator, types, None, b.data, a.data)
    if a.nulls is not None:
        wins = wins | a.nulls
    if b.nulls is not None:
        wins = wins & ~b.nulls
    data: Data
    if isinstance(a.data, pa.Array):
        data = pc.if_else(pa.array(wins), b.data, a.data)
    else:
        data = np.where(wins[:, None] if a.data.ndim == 2 else wins, b.data, a.data)
    return Column(data, None if a.nulls is None or b.nulls is None else a.nulls & b.nulls)
