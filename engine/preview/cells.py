"""Values as an author reads them: text, with moments on the scenario's clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pyarrow as pa

from engine.preview.instants import readable
from engine.types import Family, PgType

MOST_CHARACTERS = 200
"""A longer value is cut."""


def texts(column: pa.Array, type_: PgType, timezone: str) -> list[str | None]:
    """The values of a column as texts, None for null, (n,) → n."""
    if pa.types.is_timestamp(column.type):
        named = timezone if column.type.tz is not None else "UTC"
        return [None if v is None else readable(v, named) for v in column.cast("int64").to_pylist()]
    return [None if value is None else _cut(_text(value, type_)) for value in column.to_pylist()]


def printable(text: str) -> str:
    """A text of a stranger's without anything that moves the cursor, colours the screen or turns the writing round."""
    return "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


def _text(value: object, type_: PgType) -> str:
    if isinstance(value, bytes):
        return str(UUID(bytes=value)) if type_.family is Family.UUID else f"\\x{value.hex()}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list):
        return "{" + ",".join("null" if v is None else str(v) for v in value) + "}"
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
