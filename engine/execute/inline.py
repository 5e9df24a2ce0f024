"""The executor without processes: the same work in this one, for small runs and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import chain

from engine.batch import Partition
from engine.errors import Interrupted
from engine.execute.delivery import deliver
from engine.execute.load import Done, Load
from engine.execute.processes import Waves
from engine.execute.worker import work


async def run_inline(load: Load, waves: Waves, done: Callable[[Done], None], stop: threading.Event) -> None:
    """Fill every partition in this process, one after the other, so that waves need no waiting.

    Raises EngineError; Interrupted where `stop` was set, after the partitions under way are committed.
    """
    partitions = chain.from_iterable(waves)

    def take() -> Partition | None:
        return None if stop.is_set() else next(partitions, None)

    async with deliver(load) as delivery:
        await work(delivery, take, done)
    if stop.is_set():
        raise Interrupted("stopped")
