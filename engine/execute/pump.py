"""Generation hidden behind COPY: while one partition is sent, the next is made in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from engine.batch import Partition

Made = TypeVar("Made")


async def pump(
    take: Callable[[], Partition | None],
    make: Callable[[Partition], Made],
    send: Callable[[Partition, Made], Awaitable[None]],
) -> None:
    """Send partitions in the order they are taken, at most one made ahead; `take` may block, None ends.

    An error in `make` or `send` ends the pump; the thread is joined before it leaves.
    """

    def following() -> tuple[Partition, Made] | None:
        partition = take()
        return None if partition is None else (partition, make(partition))

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="generate") as pool:
        ahead = loop.run_in_executor(pool, following)
        while (made := await ahead) is not None:
            ahead = loop.run_in_executor(pool, following)
            try:
                await send(*made)
            except BaseException:
                ahead.cancel()
                raise
