"""A column beside a constant: what is left of its values."""

from __future__ import annotations

from decimal import Decimal

from engine.catalog.model import Column
from engine.sketch.checks.facts import Bound, Items, MultipleOf, NotOneOf, OneOf, Value
from engine.sketch.checks.values import NUMBERS, ORDERED, coerce, inclusive, position, value_at
from engine.sketch.checks.ways import ALWAYS, NEVER, Ways, both, either, one
from engine.types import Family

_ENDLESS = {"infinity": 1, "-infinity": -1, "nan": 1}


def beside(column: Column, op: str, raw: Value) -> Ways | None:
    """``column op constant``; None where it is not understood."""
    pg, family = column.type, column.type.family
    if isinstance(raw, str) and raw.lower() in _ENDLESS and family in ORDERED:
        return _endless(op, _ENDLESS[raw.lower()])
    if pg.array:
        return _array(column, op, raw)
    if op in ("=", "<>"):
        return _same(column, op, raw)
    if family in ORDERED:
        return _bound(column, op, raw)
    if pg.labels and raw in pg.labels:
        return _among(column, op, pg.labels.index(str(raw)))
    if family is Family.TEXT and op == ">" and raw == "":
        return one(NotOneOf(column.name, ("",)))
    return None


def _endless(op: str, sign: int) -> Ways:
    """Beside infinity: no value of ours is."""
    return ALWAYS if op == "<>" or op[0] == ("<" if sign > 0 else ">") else NEVER


def _array(column: Column, op: str, raw: Value) -> Ways | None:
    if raw != "{}" or op not in ("=", "<>"):
        return None
    return one(Items(column.name, 0, 0) if op == "=" else Items(column.name, 1))


def _same(column: Column, op: str, raw: Value) -> Ways | None:
    value = coerce(raw, column.type)
    if value is None:
        return None
    if isinstance(value, bool):
        return one(OneOf(column.name, (value is (op == "="),)))
    return one(OneOf(column.name, (value,)) if op == "=" else NotOneOf(column.name, (value,)))


def _among(column: Column, op: str, at: int) -> Ways:
    """Labels of an enum before or behind one, which is the order they have."""
    labels = column.type.labels
    found = labels[: at + (op == "<=")] if op[0] == "<" else labels[at + (op == ">") :]
    return one(OneOf(column.name, found)) if found else NEVER


def _bound(column: Column, op: str, raw: Value) -> Ways | None:
    low = op[0] == ">"
    try:
        at = position(raw, column.type)
        edge, strict = inclusive(at, column.type, low=low, strict=len(op) == 1)
        value = value_at(edge, column.type)
    except (ValueError, ArithmeticError):
        return None
    if low:
        return one(Bound(column.name, low=value, low_strict=strict))
    return one(Bound(column.name, high=value, high_strict=strict))


def among(column: Column, raws: tuple[Value, ...], *, negated: bool) -> Ways | None:
    """``column IN (…)`` or NOT IN."""
    found = [beside(column, "<>" if negated else "=", raw) for raw in raws]
    if any(ways is None for ways in found):
        return None
    known = [ways for ways in found if ways is not None]
    return both(*known) if negated else either(*known)


def remainder(column: Column, divisor: Value, op: str, value: Value) -> Ways | None:
    """``column % divisor op value``, for a positive divisor: the remainder has the sign of the number."""
    if column.type.family not in (Family.INTEGER, Family.DECIMAL):
        return None
    try:
        step, rest = Decimal(str(divisor)), Decimal(str(value))
    except ArithmeticError:
        return None
    if step <= 0 or not 0 <= rest < step or op not in ("=", "<>"):
        return None
    if op == "<>":
        if not rest and (column.type.family is Family.DECIMAL or step == 1):
            return NEVER if step == 1 and column.type.family is Family.INTEGER else None
        rest = Decimal(0) if rest else Decimal(1)
    multiple = MultipleOf(column.name, step, rest)
    return one(multiple) if not rest else one(multiple, Bound(column.name, low=0))


def absolute(column: Column, op: str, raw: Value) -> Ways | None:
    """``abs(column) op constant``."""
    if column.type.family not in NUMBERS or isinstance(raw, bool | str):
        return None
    if op in ("<", "<="):
        low, high = beside(column, op.replace("<", ">"), -raw), beside(column, op, raw)
        return both(low, high) if low is not None and high is not None else None
    if op in (">", ">="):
        low, high = beside(column, op.replace(">", "<"), -raw), beside(column, op, raw)
        return either(high, low) if low is not None and high is not None else None
    return None
