"""Who is at work in a database now: locks that PostgreSQL drops with the connection, whatever killed it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg

from engine.batch import TableId
from engine.errors import Busy
from engine.sqltext import load_queries

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
WAIT_S = 5.0
"""How long what a killed process left may take: its servers' processes end when they next look at the connection."""
ASK_EVERY_S = 0.1


async def claim_tables(connection: Connection, tables: Sequence[TableId]) -> None:
    """Make this connection the only one that fills these tables, until it closes.

    Raises Busy, naming the tables, where another run still fills them after some seconds.
    """
    schemas, names = [t.schema for t in tables], [t.name for t in tables]
    taken = await _insist(connection, "claim_tables", schemas, names)
    if taken:
        raise Busy(
            f"another run is at work on {', '.join(taken)}\n  hint: wait for it, or stop it; `engine runs` lists them"
        )


async def claim_run(connection: Connection, run: UUID) -> None:
    """Wait until no connection loads for a run any more. Raises Busy where one still does."""
    if await _insist(connection, "claim_run", run):
        raise Busy(f"run {run} is still at work\n  hint: wait for it, or stop it with Ctrl-C")
    await connection.execute(_query("release_run"), run)


async def join_run(connection: Connection, run: UUID) -> None:
    """Say that this connection loads for a run, until it closes."""
    await connection.execute(_query("join_run"), run)


async def _insist(connection: Connection, name: str, *values: object) -> tuple[str, ...]:
    """Ask again and again; what is not to be had in the end, and then nothing is held."""
    deadline = time.monotonic() + WAIT_S
    while True:
        taken = tuple(row["taken"] for row in await connection.fetch(_query(name), *values))
        if not taken:
            return ()
        await connection.execute(_query("release_all"))
        if time.monotonic() > deadline:
            return taken
        await asyncio.sleep(ASK_EVERY_S)


def _query(name: str) -> str:
    return load_queries("engine.ledger", "claims.sql")[name]
