"""The closed table of types: how each PostgreSQL type is written by a binary COPY, or why it is not.

A type that is not in this table is rendered as PostgreSQL text (`expressions.text_form`), and its whole table goes by
CSV. The layouts are those of the ``*_recv`` functions in PostgreSQL's ``src/backend/utils/adt``; the element oids are
those of ``pg_type.dat`` and never change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from engine.types import PgType


class Wire(StrEnum):
    """How the bytes of one value are laid out in a binary COPY."""

    PLAIN = "plain"  # fixed width, big-endian
    TIMESTAMP = "timestamp"  # int64 microseconds since 2000-01-01
    DATE = "date"  # int32 days since 2000-01-01
    INTERVAL = "interval"  # int64 microseconds, int32 days, int32 months
    NUMERIC = "numeric"  # base-10000 digits
    TEXT = "text"  # the bytes themselves
    JSONB = "jsonb"  # a version byte, then text; of JSON paths and label trees too


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table; `oid` is the type's own, sent with arrays of it (0 where it has no fixed one)."""

    wire: Wire
    oid: int


_TEXT_OID = 25

ENTRIES: dict[str, Entry] = {
    "bool": Entry(Wire.PLAIN, 16),
    "int2": Entry(Wire.PLAIN, 21),
    "int4": Entry(Wire.PLAIN, 23),
    "int8": Entry(Wire.PLAIN, 20),
    "float4": Entry(Wire.PLAIN, 700),
    "float8": Entry(Wire.PLAIN, 701),
    "time": Entry(Wire.PLAIN, 1083),
    "uuid": Entry(Wire.PLAIN, 2950),
    "timestamp": Entry(Wire.TIMESTAMP, 1114),
    "timestamptz": Entry(Wire.TIMESTAMP, 1184),
    "date": Entry(Wire.DATE, 1082),
    "interval": Entry(Wire.INTERVAL, 1186),
    "numeric": Entry(Wire.NUMERIC, 1700),
    "bytea": Entry(Wire.TEXT, 17),
    "text": Entry(Wire.TEXT, _TEXT_OID),
    "varchar": Entry(Wire.TEXT, 1043),
    "bpchar": Entry(Wire.TEXT, 1042),
    "name": Entry(Wire.TEXT, 19),
    "json": Entry(Wire.TEXT, 114),
    "citext": Entry(Wire.TEXT, 0),
    "xml": Entry(Wire.TEXT, 142),
    "refcursor": Entry(Wire.TEXT, 1790),
    "jsonb": Entry(Wire.JSONB, 3802),
    "jsonpath": Entry(Wire.JSONB, 4072),
    "ltree": Entry(Wire.JSONB, 0),
    "lquery": Entry(Wire.JSONB, 0),
    "ltxtquery": Entry(Wire.JSONB, 0),
}
_ENUM = Entry(Wire.TEXT, 0)


def entry_for(pg: PgType) -> Entry | None:
    """The binary layout of `pg`, of its elements if it is an array; None where it must go as text."""
    if pg.labels:
        return _ENUM
    if pg.name == "numeric" and (pg.scale or 0) < 0:
        return None
    return ENTRIES.get(pg.name)


def why_text(pg: PgType) -> str:
    """Why `entry_for` has no binary layout, in words for the plan."""
    return f"{pg} has no binary layout here and is sent as PostgreSQL text"


def element(pg: PgType) -> PgType:
    """The type of an array's elements."""
    return replace(pg, array=False)
