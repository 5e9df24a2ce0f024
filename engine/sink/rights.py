"""Whether we may write what a plan fills, asked before the first row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import asyncpg

from engine.catalog.model import Table
from engine.errors import Refused
from engine.sqltext import load_queries

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def require_writable(connection: Connection) -> None:
    """Make sure that the session may write at all. Raises Refused, with what it is that keeps it from it."""
    row = await connection.fetchrow(load_queries("engine.sink", "queries.sql")["reads_only"])
    if row is None or not row["reads_only"]:
        return
    if row["standby"]:
        raise Refused(
            "the server is a standby, which only reads\n  hint: name the primary; a pooler may choose for you"
        )
    raise Refused(
        "the session only reads: default_transaction_read_only is on\n"
        "  hint: it is set in the DSN, for the role or for the database; a run has to write"
    )


async def require_insert(connection: Connection, wanted: Iterable[tuple[Table, Iterable[str]]]) -> None:
    """Make sure that we may write these columns of each table. Raises Refused naming all that we may not."""
    query = load_queries("engine.sink", "queries.sql")["insertable"]
    refused = []
    for table, columns in wanted:
        ours = {row["column_name"] for row in await connection.fetch(query, table.schema, table.name)}
        missing = [column for column in columns if column not in ours]
        if missing:
            part = f" ({', '.join(missing)})" if ours else ""
            refused.append(f"  {table.qualified}{part}")
    if refused:
        hint = "  hint: grant INSERT on them to the role that loads"
        raise Refused("\n".join(["we have no right to write to these tables:", *dict.fromkeys(refused), hint]))
