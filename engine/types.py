"""The vocabulary of values: PostgreSQL's types, each with the one Arrow type that carries it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

I64: TypeAlias = npt.NDArray[np.int64]
U64: TypeAlias = npt.NDArray[np.uint64]
F64: TypeAlias = npt.NDArray[np.float64]
Bool: TypeAlias = npt.NDArray[np.bool_]

ColumnPath: TypeAlias = tuple[str, ...]
"""How a value is read from a row: ``('price',)`` or, through a reference, ``('customer_id', 'segment')``."""

MICROSECOND = 1
SECOND = 1_000_000
DAY = 86_400 * SECOND


class Family(StrEnum):
    """What a type is for, so that a generator can ask one question instead of forty."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIMESTAMP = "timestamp"  # with or without time zone; int64 microseconds since 1970
    DATE = "date"
    TIME = "time"
    INTERVAL = "interval"
    UUID = "uuid"
    BYTES = "bytes"
    JSON = "json"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PgType:
    """A PostgreSQL type as the catalog names it (`pg_type.typname` of the base type).

    `precision` and `scale` belong to numeric, `length` to varchar, bpchar, bit and vectors, `labels` to enums;
    `domain` is the domain's name when the column is declared by one; `array` says it is an array of this.
    `fields` are those of a composite type, `subtype` what a range or multirange is of.
    """

    name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    labels: tuple[str, ...] = ()
    array: bool = False
    schema: str = "pg_catalog"
    domain: str | None = None
    fields: tuple[tuple[str, PgType], ...] = ()
    subtype: PgType | None = None
    multirange: bool = False

    @property
    def family(self) -> Family:
        """What the type is for; arrays are OTHER, enums TEXT."""
        if self.array:
            return Family.OTHER
        return Family.TEXT if self.labels else FAMILIES.get(self.name, Family.OTHER)

    @property
    def delimiter(self) -> str:
        """What stands between the elements of an array of it (`pg_type.typdelim`)."""
        return ";" if self.name == "box" and self.schema == "pg_catalog" else ","

    def __str__(self) -> str:
        digits = f"({self.precision},{self.scale or 0})" if self.precision is not None else ""
        size = f"({self.length})" if self.length is not None else ""
        return f"{self.name}{digits}{size}{'[]' if self.array else ''}"


FAMILIES: dict[str, Family] = {
    "int2": Family.INTEGER,
    "int4": Family.INTEGER,
    "int8": Family.INTEGER,
    "oid": Family.INTEGER,
    "numeric": Family.DECIMAL,
    "float4": Family.FLOAT,
    "float8": Family.FLOAT,
    "bool": Family.BOOLEAN,
    "text": Family.TEXT,
    "varchar": Family.TEXT,
    "bpchar": Family.TEXT,
    "char": Family.TEXT,
    "name": Family.TEXT,
    "citext": Family.TEXT,
    "timestamptz": Family.TIMESTAMP,
    "timestamp": Family.TIMESTAMP,
    "date": Family.DATE,
    "time": Family.TIME,
    "interval": Family.INTERVAL,
    "uuid": Family.UUID,
    "bytea": Family.BYTES,
    "json": Family.JSON,
    "jsonb": Family.JSON,
}

INT2, INT4, INT8 = PgType("int2"), PgType("int4"), PgType("int8")
FLOAT8, BOOL, TEXT, UUID = PgType("float8"), PgType("bool"), PgType("text"), PgType("uuid")
TIMESTAMPTZ, TIMESTAMP, DATE = PgType("timestamptz"), PgType("timestamp"), PgType("date")
INTERVAL, TIME, JSONB, BYTEA = PgType("interval"), PgType("time"), PgType("jsonb"), PgType("bytea")


def numeric(precision: int, scale: int) -> PgType:
    """PostgreSQL's ``numeric(precision, scale)``."""
    return PgType("numeric", precision=precision, scale=scale)


VALUE_TYPES: dict[str, pa.DataType] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "interval": pa.duration("us"),
    "uuid": pa.binary(16),
    "bytea": pa.binary(),
}


MOST_DIGITS = 38
"""The digits of a decimal128."""
_KEPT = 18
"""Decimal places that a numeric of more digits keeps at least, where it has them."""


def held(pg: PgType) -> PgType:
    """The type that the engine takes a column for: of a numeric with more than 38 digits, one of 38 that fits into it.

    It keeps 18 decimal places, or as many as its digits before the point leave room for.
    """
    if pg.name != "numeric" or pg.precision is None or pg.precision <= MOST_DIGITS:
        return pg
    scale = pg.scale or 0
    return replace(pg, precision=MOST_DIGITS, scale=min(scale, max(_KEPT, MOST_DIGITS - (pg.precision - scale))))


def value_type(pg: PgType) -> pa.DataType:
    """The one Arrow type in which values of `pg` travel inside the engine.

    Unconstrained numeric travels as decimal128(38, 10), one of more than 38 digits as what it is `held` for. Text,
    enums, json and every type without an entry of its own travel as strings (in PostgreSQL's text form where they are
    not text).
    """
    if pg.array:
        return pa.list_(value_type(replace(pg, array=False)))
    if pg.name == "numeric":
        kept = held(pg)
        return pa.decimal128(kept.precision or MOST_DIGITS, 10 if kept.precision is None else kept.scale or 0)
    return VALUE_TYPES.get(pg.name, pa.string())
