"""Rows of a table as they were before a run: texts in columns, small, and the same after being stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

from engine.types import Family, PgType, value_type

Texts: TypeAlias = tuple[str | None, ...]

_MICROS = (Family.TIMESTAMP, Family.TIME, Family.INTERVAL)
_HEX = (Family.UUID, Family.BYTES)


@dataclass(frozen=True, slots=True)
class Sample:
    """Some columns of some rows of a table, by column; each as `asked_as` writes it."""

    columns: Mapping[str, Texts] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()), ()))


Samples: TypeAlias = Mapping[str, Sample]
"""Samples by the name of the entity that they are of."""


def as_json(samples: Samples) -> dict[str, dict[str, Texts]]:
    """Samples as plain data."""
    return {name: dict(sample.columns) for name, sample in samples.items()}


def from_json(data: Mapping[str, Mapping[str, list[str | None]]]) -> dict[str, Sample]:
    """Samples from plain data."""
    return {name: Sample({column: tuple(texts) for column, texts in columns.items()}) for name, columns in data.items()}


def asked_as(column: str, type_: PgType) -> str:
    """SQL for a text of the quoted column that `values_of` reads without a doubt, whatever the session's settings."""
    if type_.array:
        return f"{column}::text"
    if type_.family in _MICROS:
        return f"(extract(epoch from {column}) * 1000000)::bigint::text"
    if type_.family is Family.DATE:
        return f"({column} - date '1970-01-01')::text"
    if type_.family is Family.UUID:
        return f"encode(uuid_send({column}), 'hex')"
    if type_.family is Family.BYTES:
        return f"encode({column}, 'hex')"
    if type_.family is Family.BOOLEAN:
        return f"{column}::int::text"
    if type_.name == "numeric" and type_.precision is None:
        return f"round({column}, 10)::text"
    return f"{column}::text"


def values_of(texts: Texts, type_: PgType) -> pa.Array:
    """The column in the Arrow type in which it travels, (n,). Raises ValueError where a text does not fit."""
    wanted = value_type(type_)
    if type_.array:
        raise ValueError("arrays of existing rows are not read")
    if type_.family in _HEX:
        return pa.array([None if text is None else bytes.fromhex(text) for text in texts], wanted)
    column = pa.array(texts, pa.string())
    if type_.family is Family.BOOLEAN:
        return column.cast(pa.int8()).cast(pa.bool_())
    if type_.family is Family.DATE:
        return column.cast(pa.int32()).view(wanted)
    if type_.family in _MICROS:
        return column.cast(pa.int64()).view(wanted)
    return column.cast(wanted)
