"""A COPY that ends with its connection: asyncpg waits for ever where it is lost while there is no room to write."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
GRACE_S = 1.0
"""How long after the loss asyncpg may take to say itself what the server's last words were."""


async def while_connected(connection: Connection, work: Coroutine[Any, Any, Any]) -> None:
    """Await `work`; give it up soon after the connection is lost.

    Raises what `work` raises, or ConnectionDoesNotExistError where it would never have raised anything.
    """
    loop = asyncio.get_running_loop()
    lost = asyncio.Event()

    def note(_: object) -> None:
        loop.call_later(GRACE_S, lost.set)

    connection.add_termination_listener(note)
    task, end = loop.create_task(work), loop.create_task(lost.wait())
    try:
        await asyncio.wait((task, end), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of a COPY")
        task.result()
    finally:
        end.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # seen: where we are cancelled ourselves nobody else asks for it
        connection.remove_termination_listener(note)
