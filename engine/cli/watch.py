"""Attending to a run: its bars, and Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

from engine.cli.progress import Bars, Lines


@contextmanager
def attended(*, quiet: bool = False) -> Iterator[tuple[Bars | Lines, threading.Event]]:
    """An observer that prints on standard error, and an event that the first Ctrl-C sets.

    The second cancels what runs, which rolls back the partitions under way. Raises KeyboardInterrupt then.
    """
    console = Console(stderr=True)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            _cancel()
            return
        stop.set()
        console.print("stopping: the partitions under way are finished first; Ctrl-C again stops at once")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Bars(console) if console.is_terminal and not quiet else Lines(console) as observer:
            yield observer, stop
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in before.items():  # after a stop the process is about to end, with its own exit code
            signal.signal(number, signal.SIG_IGN if stop.is_set() else handler)


def _cancel() -> None:
    """End every task of the loop that runs; an exception raised here could land in the driver and leave it broken."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise KeyboardInterrupt from None
    for task in asyncio.all_tasks(loop):
        loop.call_soon_threadsafe(task.cancel)
