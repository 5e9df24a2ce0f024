"""The slow road: INSERT for tables where COPY is refused, because row-level security applies to us."""

from __future__ import annotations

import asyncpg

from engine.sink.parcel import Parcel
from engine.sqltext import quote, quote_table

_ROWS = 5_000  # a statement's arrays stay small
_TYPES = """
select attname, format_type(atttypid, -1)
from pg_catalog.pg_attribute
where attrelid = $1::regclass and attnum > 0 and not attisdropped
"""


async def column_types(connection: asyncpg.Connection[asyncpg.Record], table: str) -> dict[str, str]:
    """The type of each column of a quoted table, as the server writes it in a cast."""
    return {row["attname"]: row["format_type"] for row in await connection.fetch(_TYPES, table)}


async def insert(connection: asyncpg.Connection[asyncpg.Record], parcel: Parcel) -> None:
    """Insert every row of a parcel, rendered as text and cast by the server. Raises PostgresError."""
    table = quote_table(parcel.table.schema, parcel.table.name)
    types = await column_types(connection, table)
    names = parcel.encoding.columns
    statement = (
        f"insert into {table} ({', '.join(map(quote, names))}) overriding system value "  # noqa: S608
        f"select {', '.join(f'r.c{i}::{types[name]}' for i, name in enumerate(names))} "
        f"from unnest({', '.join(f'${i + 1}::text[]' for i in range(len(names)))}) "
        f"as r ({', '.join(f'c{i}' for i in range(len(names)))})"
    )
    for batch in map(parcel.encoding.conform, parcel.batches):
        for start in range(0, batch.num_rows, _ROWS):
            texts = [column.to_pylist() for column in parcel.encoding.texts(batch.slice(start, _ROWS))]
            await connection.execute(statement, *texts)
