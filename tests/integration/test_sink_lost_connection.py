"""A connection that dies in the middle of a COPY ends in an error, however full its buffers are."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from engine.dsn import connect
from engine.sink.errors import GONE
from engine.sink.lost import while_connected
from tests.servers import ask, run_sql

CHUNK = b"a line of text\n" * 10_000


async def cut_while_full(dsn: str) -> None:
    """Send without end to a backend that has stopped reading, and is then told to go."""
    connection, other = await connect(dsn), await connect(dsn)
    backend = await connection.fetchval("select pg_backend_pid()")
    stopped = False

    async def source() -> AsyncIterator[bytes]:
        nonlocal stopped
        while True:
            if not stopped:
                stopped = True
                os.kill(backend, signal.SIGSTOP)
            yield CHUNK

    async def send() -> None:
        async with connection.transaction():
            copying = connection.copy_to_table("lines", source=source(), format="csv")
            await while_connected(connection, copying)

    task = asyncio.create_task(send())
    while not stopped:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)  # until nothing more fits into the buffers between us
    await other.execute("select pg_terminate_backend($1)", backend)
    os.kill(backend, signal.SIGCONT)
    ended, _ = await asyncio.wait((task,), timeout=15)
    task.cancel()
    await asyncio.wait((task,))
    await connection.close(timeout=5)
    await other.close()
    assert ended, "the COPY still waits for room to write"
    task.result()


def test_a_copy_into_a_connection_that_is_cut_while_there_is_no_room_to_write_ends(each_database: str):
    run_sql(each_database, "create table lines (line text)")
    with pytest.raises(GONE):
        asyncio.run(cut_while_full(each_database))
    assert ask(each_database, "select count(*) from lines") == 0


def test_a_copy_that_is_cancelled_leaves_nothing_and_the_connection_usable(database: str):
    run_sql(database, "create table lines (line text)")

    async def cancelled() -> int:
        connection = await connect(database)
        begun = asyncio.Event()

        async def source() -> AsyncIterator[bytes]:
            yield CHUNK
            begun.set()
            await asyncio.sleep(60)

        async def send() -> None:
            async with connection.transaction():
                await while_connected(connection, connection.copy_to_table("lines", source=source(), format="csv"))

        task = asyncio.create_task(send())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        found: int = await connection.fetchval("select count(*) from lines")
        await connection.close()
        return found

    assert asyncio.run(cancelled()) == 0
