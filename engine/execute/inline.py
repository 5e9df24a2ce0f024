"""The executor without processes: the same work in this one, for small runs and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from engine.batch import Partition
from engine.errors import Interrupted
from engine.execute.delivery import deliver
from engine.execute.load import Done, Load
from engine.execute.worker import work


async def run_inline(
    load: Load, partitions: Iterator[Partition], done: Callable[[Done], None], stop: threading.Event
) -> None:
    """Fill every partition in this process. Raises EngineError; Interrupted where `stop` was set."""

    def take() -> Partition | None:
        if stop.is_set():
            raise Interrupted("stopped")
        return next(partitions, None)

    async with deliver(load) as delivery:
        await work(delivery, take, done)
