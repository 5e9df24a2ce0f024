"""Workers as processes: each has a pipe, asks for a partition when it can take one, and dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from engine.batch import Partition
from engine.errors import EngineError, Interrupted, LoadError
from engine.execute.load import Done, Failed, Load, Ready
from engine.execute.worker import serve

POLL_S = 0.2
GRACE_S = 10.0
"""How long a worker may take to roll back before it is killed."""

SPAWN = get_context("spawn")


async def run_in_processes(
    load: Load, partitions: Iterator[Partition], workers: int, done: Callable[[Done], None], stop: threading.Event
) -> None:
    """Fill every partition with so many processes; `done` is called in this thread's loop, in order of commits.

    Raises what a worker raised, LoadError where one died, Interrupted where `stop` was set.
    """
    loop = asyncio.get_running_loop()
    crew = Crew(load, workers)

    def tell(message: Done) -> None:
        loop.call_soon_threadsafe(done, message)

    try:
        await asyncio.to_thread(crew.drive, partitions, tell, stop)
    except asyncio.CancelledError:
        stop.set()
        raise
    finally:
        await asyncio.to_thread(crew.end)


class Crew:
    """The processes of one run and the pipes to them."""

    def __init__(self, load: Load, workers: int) -> None:
        self._members: dict[Connection, SpawnProcess] = {}
        for number in range(workers):
            ours, theirs = SPAWN.Pipe()
            process = SPAWN.Process(target=serve, args=(load, theirs), name=f"engine-worker-{number}", daemon=True)
            process.start()
            theirs.close()
            self._members[ours] = process

    def drive(self, partitions: Iterator[Partition], done: Callable[[Done], None], stop: threading.Event) -> None:
        """Answer the workers until all of them have heard that there is nothing left."""
        working = dict(self._members)
        while working:
            if stop.is_set():
                raise Interrupted("stopped")
            for pipe in wait(list(working), timeout=POLL_S):
                if not isinstance(pipe, Connection):
                    continue
                if not self._answer(pipe, partitions, done):
                    del working[pipe]

    def _answer(self, pipe: Connection, partitions: Iterator[Partition], done: Callable[[Done], None]) -> bool:
        """Read one message; False when that worker is finished."""
        try:
            message = pipe.recv()
        except EOFError:
            process = self._members[pipe]
            process.join(GRACE_S)
            if process.exitcode == 0:
                return False
            raise LoadError(
                f"{process.name} died with exit code {process.exitcode}; its partition was rolled back"
            ) from None
        if isinstance(message, Ready):
            with contextlib.suppress(BrokenPipeError):
                pipe.send(next(partitions, None))
        elif isinstance(message, Done):
            done(message)
        elif isinstance(message, Failed):
            raise message.error if isinstance(message.error, EngineError) else LoadError(str(message.error))
        return True

    def end(self) -> None:
        """Stop what still works: ask, wait, then kill; by process, never by name."""
        for process in self._members.values():
            if process.is_alive():
                process.terminate()
        deadline = time.monotonic() + GRACE_S
        for pipe, process in self._members.items():
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            pipe.close()
