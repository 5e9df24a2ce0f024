"""What a draft can reach: tables that we may write to, and those that nobody may look at just now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from engine.catalog.model import Table
from engine.dsn import Connection
from engine.errors import Refused
from engine.sink.lockers import Wish, who_holds
from engine.sketch.wish import TableKey
from engine.sqltext import load_queries

PATIENCE_S = 5.0
"""How long we wait for a table that another session has locked, before there is anything to lose."""
_QUERIES = load_queries("engine.run", "reach.sql")


async def closed_tables(connection: Connection, tables: Sequence[Table]) -> dict[TableKey, str]:
    """Tables in which we may not insert a row, and why; none for who may write nowhere: that draft is for others."""
    names = [[table.schema for table in tables], [table.name for table in tables]]
    found = await connection.fetch(_QUERIES["closed"], *names)
    if len(found) == len(tables):
        return {}
    return {(row["schema"], row["name"]): "we have no right to INSERT into it" for row in found}


@asynccontextmanager
async def impatient(connection: Connection) -> AsyncIterator[None]:
    """Wait for locks of other sessions for so long, and no longer. Raises Refused, with who holds what."""
    await connection.fetchval("select set_config('lock_timeout', $1, false)", f"{int(PATIENCE_S * 1000)}ms")
    try:
        yield
    except asyncpg.LockNotAvailableError:
        raise Refused(await who_holds(connection, Wish.READ, f"{PATIENCE_S:g}s")) from None
