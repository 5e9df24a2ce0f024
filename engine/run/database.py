"""The database of a run: the user's, or the engine's own with the shop in it; and its ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import migrations
from engine.dsn import Connection, connect
from engine.embedded import Resident
from engine.ledger import Ledger


async def resolve(dsn: str | None) -> str:
    """The DSN that was given, or that of the engine's own server, started and with the shop's tables.

    Raises ServerError where that server cannot be started.
    """
    if dsn is not None:
        return dsn
    own = await asyncio.to_thread(Resident().url)
    async with connected(own) as connection:
        there = await Ledger(connection).ready(migrations.HEADS["shop"])
    if not there:
        await asyncio.to_thread(migrations.upgrade, own, "shop")
    return own


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    """A connection that is closed in the end. Raises ConnectError."""
    connection = await connect(dsn)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def open_ledger(connection: Connection, dsn: str) -> Ledger:
    """The ledger of a database, made where it is not there yet.

    Raises Refused where we may not make the schema `engine`.
    """
    ledger = Ledger(connection)
    if not await ledger.ready(migrations.HEADS["engine"]):
        await asyncio.to_thread(migrations.upgrade, dsn, "engine")
    return ledger
