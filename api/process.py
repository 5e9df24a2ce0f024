"""One task in a process of its own, under limits of memory and time: what a spec costs, the server does not pay.

The process is forked from one that has imported the engine and done nothing else, so it begins at once. It dies with
the server: its pipe ends, and PostgreSQL rolls back what it had open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeAlias

from api.problems import Problem

FORK = get_context("forkserver")
GRACE_S = 5.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take; `niceness` lets others go first."""

    memory_mib: int | None = None
    seconds: float | None = None
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task came to."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """What a task raised."""

    error: Exception


class Line:
    """The task's end of its pipe: it tells what it likes, and hears when it is to stop."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.stop = threading.Event()

    def say(self, message: Any) -> None:
        """Tell the server; one that is gone hears nothing."""
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send(message)

    def listen(self) -> None:
        """Wait for the word to stop, in a thread; without a server there is nobody to work for."""
        try:
            while True:
                self._pipe.recv()
                self.stop.set()
        except (EOFError, OSError):
            os._exit(1)


Task: TypeAlias = Callable[..., Any]
"""A function of a module, told its `Line` and then its arguments; everything must be picklable."""


class Lost(Exception):
    """A process died without an answer."""


class Process:
    """A task under way: `hear` what it says, `finish` it."""

    def __init__(self, process: ForkServerProcess, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    @staticmethod
    async def start(task: Task, *arguments: Any, limits: Limits) -> Process:
        """Begin a task."""
        return await asyncio.to_thread(_start, task, arguments, limits)

    async def hear(self) -> Any:
        """The next thing it says; in the end its Answer or Failure. Raises Lost where it died."""
        if not self._pipe.poll():
            loop, ready = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self._pipe.fileno(), ready.set)
            try:
                await ready.wait()
            finally:
                loop.remove_reader(self._pipe.fileno())
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            raise Lost from None

    def stop(self) -> None:
        """Ask it to come to an end."""
        with contextlib.suppress(OSError):
            self._pipe.send("stop")

    async def finish(self) -> None:
        """See that it is gone."""
        self._pipe.close()
        await asyncio.shield(asyncio.to_thread(_gone, self._process))


async def call(task: Task, *arguments: Any, limits: Limits) -> Any:
    """What a task answers. Raises what it raised, and Problem (422) where it took too much memory or time."""
    process = await Process.start(task, *arguments, limits=limits)
    try:
        async with asyncio.timeout(limits.seconds):
            found = await process.hear()
    except TimeoutError:
        raise _too_costly(f"more than {limits.seconds:g} s") from None
    except Lost:
        raise _too_costly("more than its process survived") from None
    finally:
        await process.finish()
    if isinstance(found, Failure):
        if isinstance(found.error, MemoryError):
            raise _too_costly(f"more than {limits.memory_mib} MiB of memory")
        raise found.error
    return found.value


async def warm() -> None:
    """Start the process that others are forked from, before the first request needs one."""
    await call(_nothing, limits=Limits())


def _too_costly(what: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "too-costly", f"this takes {what}")


def _start(task: Task, arguments: tuple[Any, ...], limits: Limits) -> Process:
    FORK.set_forkserver_preload(["api.tasks", "api.warm"])
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=_serve, args=(theirs, dict(os.environ), limits, task, arguments))
    process.start()
    theirs.close()
    return Process(process, ours)


def _serve(
    pipe: Connection, environment: dict[str, str], limits: Limits, task: Task, arguments: tuple[Any, ...]
) -> None:
    """The task's side."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; it says what is to stop
    os.environ.update(environment)
    os.nice(limits.niceness)
    line = Line(pipe)
    threading.Thread(target=line.listen, daemon=True).start()
    if limits.memory_mib is not None:
        most = _taken() + limits.memory_mib * MIB
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        found: Answer | Failure = Answer(task(line, *arguments))
    except Exception as error:  # noqa: BLE001 - whatever it is, the server must hear of it
        found = Failure(error)
    try:
        line.say(found)
    except Exception as error:  # noqa: BLE001 - one that cannot be sent
        line.say(Failure(RuntimeError(f"{type(error).__name__}: {error}")))
    os._exit(0)  # nothing is left to be done, and threads of libraries need not be waited for


def _taken() -> int:
    """The bytes that this process has reserved to write to; libraries reserve more than they ever touch."""
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text(encoding="ascii").split()[5]) if statm.exists() else 0
    return pages * resource.getpagesize()


def _nothing(line: Line) -> None:
    """A task that does nothing."""


def _gone(process: ForkServerProcess) -> None:
    process.join(0)
    if process.is_alive():
        process.terminate()
        process.join(GRACE_S)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()
