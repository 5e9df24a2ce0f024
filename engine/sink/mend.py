"""Columns that were left null while rows were loaded, filled by key now that all rows are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import asyncpg
import pyarrow as pa

from engine.catalog.model import Table
from engine.sink.encode import encoding_for
from engine.sink.parcel import Parcel
from engine.sink.postgres import send
from engine.sqltext import quote, quote_columns, quote_table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_MADE = "engine_later"


async def fill_later(
    connection: Connection, table: Table, columns: Sequence[str], batches: Sequence[pa.RecordBatch]
) -> None:
    """Give rows of a table the values of some columns, in one transaction; what is right already is left alone.

    The batches have the primary key and these columns. Raises PostgresError.
    """
    name, names = quote_table(table.schema, table.name), (*table.primary_key, *columns)
    same = " and ".join(f"t.{quote(one)} = m.{quote(one)}" for one in table.primary_key)
    wanted = ", ".join(f"{quote(one)} = m.{quote(one)}" for one in columns)
    other = " or ".join(f"t.{quote(one)} is null and m.{quote(one)} is not null" for one in columns)
    async with connection.transaction():
        await connection.execute(
            f"create temporary table {_MADE} on commit drop as "  # noqa: S608
            f"select {quote_columns(names)} from {name} with no data"
        )
        there = replace(table, schema="pg_temp", name=_MADE, row_security=False)
        await send(connection, Parcel(_MADE, there, encoding_for(table, names), tuple(batches)))
        await connection.execute(f"analyze pg_temp.{_MADE}")
        await connection.execute(
            f"update {name} as t set {wanted} from pg_temp.{_MADE} as m where {same} and ({other})"  # noqa: S608
        )
