"""Generation hidden behind COPY: a thread makes partitions while the event loop sends them over several connections."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from engine.batch import Partition

Made = TypeVar("Made")
Take: TypeAlias = Callable[[], Partition | None]
"""The next partition; may block; None when there is none left."""
TURN_S = 0.0001
"""How long the making thread may keep the interpreter while a connection waits to be fed. Python's own 5 ms are as
long as a server takes for a quarter of a megabyte: 1.6 million rows took 2.9 s with 0.1 ms and 3.1 s with 5."""


async def pump(
    take: Take,
    make: Callable[[Partition], Made],
    lanes: Sequence[Callable[[Partition, Made], Awaitable[None]]],
) -> None:
    """Make partitions in the order they are taken, and send each over the next free lane.

    One is made while one waits and each lane sends one: that is all that is ever in memory. An error in `make` or
    in a lane ends the pump, after the partition in the making is made.
    """
    ready: asyncio.Queue[tuple[Partition, Made] | None] = asyncio.Queue(maxsize=1)

    def following() -> tuple[Partition, Made] | None:
        partition = take()
        return None if partition is None else (partition, make(partition))

    async def feed(pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while (made := await loop.run_in_executor(pool, following)) is not None:
            await ready.put(made)
        for _ in lanes:
            await ready.put(None)

    async def drain(send: Callable[[Partition, Made], Awaitable[None]]) -> None:
        while (made := await ready.get()) is not None:
            await send(*made)

    with _short_turns(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="generate") as pool:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(feed(pool))
                for send in lanes:
                    group.create_task(drain(send))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
