"""The database of a run: the user's, or the engine's own with the shop in it; and its ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import migrations
from engine.dsn import Connection, connect
from engine.embedded import Resident
from engine.embedded.home import find
from engine.ledger import FileLedger, Ledger, identity
from engine.run.books import Books, InDatabase, InFile
from engine.run.reach import impatient


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
    """A connection that is closed in the end. Raises ConnectError, Refused where another session's lock stays."""
    connection = await connect(dsn)
    try:
        async with impatient(connection):
            yield connection
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def open_ledger(connection: Connection, dsn: str, file: Path | None = None) -> AsyncIterator[Books]:
    """The ledger of a database, made where it is not there yet; in `file` where one is named.

    Where we may not make or write schema `engine` it is a file in the engine's home. Raises LedgerError for a file
    that cannot be used or belongs to another database, Refused where migrating is refused for another reason.
    """
    ledger = Ledger(connection)
    if file is None and await ledger.permitted():
        if not await ledger.ready(migrations.HEADS["engine"]):
            await asyncio.to_thread(migrations.upgrade, dsn, "engine")
        yield InDatabase(ledger)
        return
    database = await identity(connection)
    path = file or find().ledger(database)
    with closing(FileLedger(path)) as own:
        await own.belong_to(database)
        yield InFile(
            own, path, None if file else "we have no right to keep the ledger in schema engine of the database"
        )
