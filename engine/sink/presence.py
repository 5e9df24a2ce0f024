"""Whether a row that was made is in its table, by its key."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pyarrow as pa

from engine.catalog.model import Table
from engine.errors import Refused
from engine.expressions.text_form import render
from engine.sink.encode import encoding_for
from engine.sink.errors import message_of
from engine.sink.insert import column_types
from engine.sqltext import quote, quote_table


async def holds(
    connection: asyncpg.Connection[asyncpg.Record], table: Table, row: pa.RecordBatch, key: Sequence[str]
) -> bool:
    """Whether a table has a row with the same key as `row`, a batch of one. Raises Refused where we may not look."""
    made = encoding_for(table, row.schema.names).conform(row)
    name = quote_table(table.schema, table.name)
    types = await column_types(connection, name)
    same = " and ".join(f"{quote(column)} = ${i}::text::{types[column]}" for i, column in enumerate(key, 1))
    values = [render(made.column(column))[0].as_py() for column in key]
    try:
        found: bool = await connection.fetchval(f"select exists (select from {name} where {same})", *values)  # noqa: S608
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(
            f"we cannot see which rows {table.qualified} holds: {message_of(error)}\n  hint: grant SELECT on it"
        ) from error
    return found
