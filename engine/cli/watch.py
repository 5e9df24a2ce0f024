"""Attending to a run: its bars, and Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

from engine.cli.progress import Bars, Lines


@contextmanager
def attended(*, quiet: bool = False) -> Iterator[tuple[Bars | Lines, threading.Event]]:
    """An observer that prints on standard error, and an event that the first Ctrl-C sets; the second interrupts."""
    console = Console(stderr=True)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        console.print("stopping: the partitions under way are finished first; Ctrl-C again stops at once")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Bars(console) if console.is_terminal and not quiet else Lines(console) as observer:
            yield observer, stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
