"""The newest of each run that somebody watches: asked of the queue once, however many watch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

from api.store import Row, Store

FRESH_S = 0.4
Told: TypeAlias = tuple[int, bool, str]
"""The version of a run, whether it has ended, and its event."""


class Latest:
    """Remembers for a moment what the queue said of a run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[UUID, tuple[float, Told]] = {}
        self._asking: dict[UUID, asyncio.Lock] = {}

    async def told(self, run: UUID, event: Callable[[Row], Told], began: float) -> Told:
        """What is told of a run, no older than FRESH_S nor than `began`, when somebody came. Raises Problem (404)."""
        async with self._asking.setdefault(run, asyncio.Lock()):
            found = self._known.get(run)
            if found is None or found[0] < began or time.monotonic() - found[0] > FRESH_S:
                found = time.monotonic(), event(await self._store.one(run))
                self._known[run] = found
                self._forget()
            return found[1]

    def _forget(self) -> None:
        """Let go of what nobody has watched lately."""
        old = time.monotonic() - 10 * FRESH_S
        for run in [run for run, (at, _) in self._known.items() if at < old]:
            self._known.pop(run)
            self._asking.pop(run, None)
