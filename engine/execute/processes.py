"""Workers as processes: each has a pipe, asks for a partition when it can take one, and dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TypeAlias

from engine.batch import Partition
from engine.errors import EngineError, Interrupted, LoadError
from engine.execute.load import Done, Failed, Load, Ready
from engine.execute.worker import serve

POLL_S = 0.2
GRACE_S = 10.0
"""How long a worker may take to roll back before it is killed."""

SPAWN = get_context("spawn")
Waves: TypeAlias = Iterable[Iterable[Partition]]
"""Partitions in order; those of one wave are all committed before the next begins."""


async def run_in_processes(
    crew: Crew, load: Load, waves: Waves, done: Callable[[Done], None], stop: threading.Event
) -> None:
    """Fill every partition with a crew; `done` is called in this task's loop, in order of commits.

    Where `stop` is set no partition is handed out any more, those handed out are finished, and Interrupted is
    raised. Raises what a worker raised, LoadError where one died.
    """
    loop = asyncio.get_running_loop()

    def tell(message: Done) -> None:
        loop.call_soon_threadsafe(done, message)

    hurry = threading.Event()
    try:
        await asyncio.to_thread(crew.brief, load)
        await asyncio.to_thread(crew.drive, waves, tell, stop, hurry)
    except asyncio.CancelledError:
        hurry.set()
        raise


class Crew:
    """The processes of one run and the pipes to them; they begin to import at once, so hire them early."""

    def __init__(self, workers: int) -> None:
        self._members: dict[Connection, SpawnProcess] = {}
        self._idle: list[Connection] = []
        self._open = 0
        for number in range(workers):
            ours, theirs = SPAWN.Pipe()
            process = SPAWN.Process(target=serve, args=(theirs,), name=f"engine-worker-{number}", daemon=True)
            process.start()
            theirs.close()
            self._members[ours] = process

    def brief(self, load: Load) -> None:
        """Tell every worker what the run is."""
        for pipe in self._members:
            with contextlib.suppress(BrokenPipeError):  # its death is heard of as the pipe's end
                pipe.send(load)

    def drive(self, waves: Waves, done: Callable[[Done], None], stop: threading.Event, hurry: threading.Event) -> None:
        """Hand out every partition, wave by wave, until all are committed; `hurry` ends it at once."""
        for wave in waves:
            rest = iter(wave)
            while self._hand_out(rest, stop) or self._open:
                if hurry.is_set():
                    raise Interrupted("stopped at once; the partitions under way were rolled back")
                for pipe in wait(list(self._members), timeout=POLL_S):
                    if isinstance(pipe, Connection):
                        self._hear(pipe, done)
            if stop.is_set():
                raise Interrupted("stopped")

    def _hand_out(self, rest: Iterator[Partition], stop: threading.Event) -> bool:
        """Give idle workers their next partitions; False when there is nothing left to give."""
        while not stop.is_set():
            if not self._idle:
                return True
            partition = next(rest, None)
            if partition is None:
                return False
            self._open += 1
            with contextlib.suppress(BrokenPipeError):  # its death is heard of as the pipe's end
                self._idle.pop(0).send(partition)
        return False

    def _hear(self, pipe: Connection, done: Callable[[Done], None]) -> None:
        try:
            message = pipe.recv()
        except (EOFError, ConnectionResetError):
            process = self._members[pipe]
            process.join(GRACE_S)
            raise LoadError(
                f"{process.name} died with exit code {process.exitcode}; what it had not committed is rolled back"
            ) from None
        if isinstance(message, Ready):
            self._idle.append(pipe)
        elif isinstance(message, Done):
            self._open -= 1
            done(message)
        elif isinstance(message, Failed):
            raise message.error if isinstance(message.error, EngineError) else LoadError(str(message.error))

    def end(self) -> None:
        """Dismiss the workers: those that wait leave, those that work roll back; by process, never by name."""
        for pipe, process in self._members.items():
            with contextlib.suppress(BrokenPipeError):
                pipe.send(None)
            if process.is_alive() and self._open:
                process.terminate()
        deadline = time.monotonic() + GRACE_S
        for pipe, process in self._members.items():
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            pipe.close()
