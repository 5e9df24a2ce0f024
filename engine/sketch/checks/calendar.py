"""What CHECKs say of the calendar: fields of dates and moments, and their truncation to a unit."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from engine.catalog.model import Column
from engine.sketch.checks.columns import beside
from engine.sketch.checks.facts import Part, Truncated, Value
from engine.sketch.checks.terms import Columns, bare, column_of, constant
from engine.sketch.checks.values import DAYS
from engine.sketch.checks.ways import ALWAYS, NEVER, Ways, both, either, one
from engine.types import Family

_FIELDS = {
    "month": range(1, 13), "quarter": range(1, 5), "day": range(1, 32), "dow": range(7), "isodow": range(1, 8),
    "hour": range(24), "minute": range(60),
}  # fmt: skip
_UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
_BEGINS: dict[str, dict[str, Any]] = {
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "day": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "month": {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "year": {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
}
"""What is as it is at the beginning of each unit."""
_OPS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip


def dated(node: exp.Expr, columns: Columns) -> Column | None:
    """A column of dates or moments, under casts from one to the other."""
    node = bare(node)
    column = column_of(node, columns)
    if column is None and isinstance(node, exp.Cast):
        inner = dated(node.this, columns)
        return inner if inner is not None and inner.type.family is Family.DATE else None
    return column if column is not None and column.type.family in DAYS else None


def word(node: exp.Expr) -> str:
    """The name of a field or unit."""
    return str(constant(node) or bare(node).name).lower()


def holds(left: Value, op: str, right: Value) -> bool:
    """Whether a comparison of two numbers is true. Raises ArithmeticError for what is no number."""
    return _OPS[op](Decimal(str(left)), Decimal(str(right)))


def field(node: exp.Extract, op: str, value: Value, columns: Columns) -> Ways | None:
    """``extract(field from column) op n``."""
    column, name = dated(node.expression, columns), word(node.this)
    if column is None or isinstance(value, str | bool):
        return None
    if name == "year":
        return _years(column, op, value)
    if name not in _FIELDS:
        return None
    values = tuple(one for one in _FIELDS[name] if holds(one, op, value))
    if name == "day" and values == (1,) and column.type.family is Family.DATE:
        return one(Truncated(column.name, "month"))
    if len(values) == len(_FIELDS[name]):
        return ALWAYS
    return one(Part(column.name, name, values)) if values else NEVER


def _years(column: Column, op: str, value: Value) -> Ways | None:
    if not isinstance(value, int) or not 1 < value < 9999:
        return None
    return _stretch(column, op, f"{value:04}-01-01", f"{value + 1:04}-01-01")


def whole_days(column: Column, op: str, day: Value) -> Ways | None:
    """``moment::date op day``, of a moment without a time zone."""
    try:
        begins = date.fromisoformat(str(day))
        return _stretch(column, op, begins.isoformat(), (begins + timedelta(days=1)).isoformat())
    except (ValueError, OverflowError):
        return None


def _stretch(column: Column, op: str, begins: str, ends: str) -> Ways | None:
    """How a column stands to all days from one to before another."""
    zone = " 00:00:00+00:00" if column.type.name == "timestamptz" else ""
    before, behind = beside(column, "<", begins + zone), beside(column, ">=", ends + zone)
    since, until = beside(column, ">=", begins + zone), beside(column, "<", ends + zone)
    if before is None or behind is None or since is None or until is None:
        return None
    said = {"<": before, ">": behind, ">=": since, "<=": until}
    return said.get(op) or (both(since, until) if op == "=" else either(behind, before))


def begun(node: exp.TimestampTrunc, op: str, value: Value, columns: Columns) -> Ways | None:
    """``date_trunc(unit, column) >= moment`` or ``<``, where a unit begins at that moment."""
    column, unit = dated(node.this, columns), word(node.args["unit"])
    if column is None or column.type.name == "timestamptz" or op not in ("<", ">=") or unit not in _BEGINS:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return beside(column, op, value) if moment == moment.replace(**_BEGINS[unit]) else None


def truncated(node: exp.TimestampTrunc, whole: exp.Expr, columns: Columns) -> Ways | None:
    """``date_trunc(unit, column) = column``."""
    column, unit = dated(node.this, columns), word(node.args["unit"])
    if column is None:
        return _whole_lengths(node, whole, columns)
    if dated(whole, columns) is not column or unit not in _UNITS:
        return None
    if column.type.family is Family.DATE and unit in ("minute", "hour", "day"):
        return ALWAYS
    return one(Truncated(column.name, unit))


def _whole_lengths(node: exp.TimestampTrunc, whole: exp.Expr, columns: Columns) -> Ways | None:
    """The same of lengths of time; not by days, which are another field of an interval than hours are."""
    column, unit = column_of(bare(node.this), columns), word(node.args["unit"])
    if (
        column is None
        or column.type.array
        or column.type.family is not Family.INTERVAL
        or unit not in ("minute", "hour")
    ):
        return None
    return one(Truncated(column.name, unit)) if column_of(bare(whole), columns) is column else None
