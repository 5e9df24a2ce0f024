"""The executor without processes: the same work in this one, for small runs and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

from engine.batch import Partition
from engine.errors import Interrupted
from engine.execute.delivery import deliver
from engine.execute.load import Done, Load
from engine.execute.processes import Waves
from engine.execute.worker import work


async def run_inline(load: Load, waves: Waves, done: Callable[[Done], None], stop: threading.Event) -> None:
    """Fill every partition in this process, over as many connections as the load says.

    Raises EngineError; Interrupted where `stop` was set, after the partitions under way are committed.
    """
    async with deliver(load) as delivery:
        for wave in waves:
            await work(delivery, partial(_next, iter(wave), stop), done)
    if stop.is_set():
        raise Interrupted("stopped")


def _next(partitions: Iterator[Partition], stop: threading.Event) -> Partition | None:
    return None if stop.is_set() else next(partitions, None)
