"""Whose turn it is to compile: a few at a time, and where runs are under way, so little that these do not notice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

SHARE = 0.05
"""Of the machine, so much for compiling while a run goes on. 50 clients that asked something about once a second made a
run of a million rows on two cores take 1.39 times as long, with a niceness of 10 as with one of 19: where the kernel
shares by session (autogroup), niceness counts within ours alone, and PostgreSQL has another."""
LONGEST_S = 10.0
"""How long anybody waits for the sake of runs."""


class Turns:
    """So many `places`; while `is_busy`, one after the other with a rest between."""

    def __init__(self, places: int, is_busy: Callable[[], bool], cores: int | None = None) -> None:
        self._places = asyncio.Semaphore(places)
        self._is_busy = is_busy
        self._rest = max(0.0, 1 / (SHARE * (cores or os.cpu_count() or 1)) - 1)
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        mine = await self._alone() if self._is_busy() else False
        began = time.monotonic()
        try:
            async with self._places:
                began = time.monotonic()
                yield
        finally:
            if mine:
                took = time.monotonic() - began
                asyncio.get_running_loop().call_later(took * self._rest, self._one.release)

    async def _alone(self) -> bool:
        """Whether nobody else compiles now; False where we have waited long enough."""
        try:
            async with asyncio.timeout(LONGEST_S):
                return await self._one.acquire()
        except TimeoutError:
            return False
