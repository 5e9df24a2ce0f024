"""Which type comes out: PostgreSQL's rules for operators and for values that must become one type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.expressions.arrows import UNLIMITED_SCALE
from engine.types import (
    BOOL,
    DATE,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    Family,
    PgType,
)

UNKNOWN = PgType("unknown")
"""The type of a quoted literal, and of NULL, until what stands beside it decides."""

FLOAT4, BPCHAR = PgType("float4"), PgType("bpchar")
INTEGERS = ("int2", "int4", "int8")
_LADDERS = (
    ("int2", "int4", "int8", "numeric", "float4", "float8"),
    ("date", "timestamp", "timestamptz"),
    ("bpchar", "text"),
)
BY_NAME = {
    t.name: t for t in (INT2, INT4, INT8, FLOAT4, FLOAT8, BOOL, TEXT, BPCHAR, DATE, TIME, TIMESTAMP, TIMESTAMPTZ)
}
BY_NAME |= {t.name: t for t in (INTERVAL, UUID)}


def exactly(scale: int) -> PgType:
    """A numeric inside an expression: any number of digits, `scale` of them decimal places."""
    return PgType("numeric", scale=scale)


def read_as(column: PgType) -> tuple[PgType, bool]:
    """What a column of a table is inside an expression, and whether its numbers have scales of their own."""
    if column.array or column.labels:
        return replace(column, domain=None), False
    if column.name == "numeric":
        free = column.precision is None
        return exactly(UNLIMITED_SCALE if free else column.scale or 0), free
    if column.name in ("varchar", "name"):
        return TEXT, False
    return BY_NAME.get(column.name, PgType(column.name, schema=column.schema)), False


def is_number(type_: PgType) -> bool:
    """Whether a type computes."""
    return type_.name in _LADDERS[0] and not type_.array


def is_text(type_: PgType) -> bool:
    """Whether a type is text to PostgreSQL's functions; an enum is not."""
    return type_.name in ("text", "bpchar") and not type_.array


def is_moment(type_: PgType) -> bool:
    """Whether a type is a date or a timestamp."""
    return type_.name in _LADDERS[1] and not type_.array


def common(types: Iterable[PgType]) -> PgType | None:
    """The type that all of them become, or None where PostgreSQL knows none; unknowns follow the others."""
    known = [t for t in types if t != UNKNOWN]
    if not known:
        return TEXT
    if all(t == known[0] for t in known):
        return known[0]
    for ladder in _LADDERS:
        if all(t.name in ladder and not t.array for t in known):
            top = max(known, key=lambda t: ladder.index(t.name))
            return exactly(max(scale_of(t) for t in known)) if top.name == "numeric" else top
    return None


def scale_of(type_: PgType) -> int:
    """Decimal places; 0 for integers."""
    return type_.scale or 0


def arithmetic(a: PgType, b: PgType) -> PgType | None:
    """The type in which ``a + b`` is computed: of numbers only; a float4 beside another number is a float8."""
    if not (is_number(a) and is_number(b)):
        return None
    found = common((a, b))
    if found is not None and found.name == "float4":
        return FLOAT4 if a == b else FLOAT8
    return found


def family_words(type_: PgType) -> str:
    """A type as messages name it."""
    if type_.labels:
        return f"enum {type_.name}"
    return type_.name if type_.family is not Family.OTHER or type_ == UNKNOWN else str(type_)
