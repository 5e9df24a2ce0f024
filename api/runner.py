"""Runs what waits in the queue: so many at a time, each in a process of its own, said to be alive every second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.problems import LOST
from api.process import Answer, Failure, Limits, Lost, Process
from api.settings import Settings
from api.store import LEASE, Order, Store
from api.tasks import Told, carry_out
from engine.errors import Busy, ConnectError, EngineError, LoadError, ServerError
from engine.report import Report

POLL_S, BEAT_S = 0.5, 1.0
LOG = logging.getLogger("api")


class Progress:
    """An observer that remembers what the process of a run tells."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stage = "compile"
        self._rows: dict[str, int] = {}
        self._expected: dict[str, float] = {}
        self._notes: list[str] = []

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:  # noqa: ARG002
        """How many rows there will be."""
        self._expected = dict(rows)

    def phase(self, name: str) -> None:
        """A part of the run begins."""
        self._stage = name

    def loaded(self, entity: str, rows: int) -> None:
        """Rows are committed."""
        self._rows[entity] = self._rows.get(entity, 0) + rows

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._notes.append(text)

    def as_json(self) -> dict[str, Any]:
        """How far it is: rows by entity, rows a second, and seconds to go where they can be told."""
        done, expected = sum(self._rows.values()), sum(self._expected.values())
        seconds = max(time.monotonic() - self._began, 1e-6)
        left_s = (expected - done) * seconds / done if done and expected > done else None
        return {
            "stage": self._stage,
            "rows": dict(self._rows),
            "expected": {name: round(rows) for name, rows in self._expected.items()},
            "rows_per_second": round(done / seconds),
            "seconds_left": None if left_s is None else round(left_s, 1),
            "notes": list(self._notes),
        }


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    status: str
    error: str | None
    report: Mapping[str, Any] | None

    @staticmethod
    def of(report: Report) -> Ended:
        """What a report says."""
        return Ended(str(report.status), "; ".join(report.diagnostics) or None, report.as_json())

    @staticmethod
    def by(error: BaseException) -> Ended:
        """What is told of a run that did not come to a report; where its target is, only the log says."""
        if isinstance(error, ConnectError | ServerError):
            return Ended("failed", "the target cannot be reached", None)
        told = str(error) if isinstance(error, EngineError) else "this is a mistake of the engine's"
        return Ended("failed", told, None)


class Runner:
    """Takes orders from the store until it is closed; what it has then begun, somebody else goes on with.

    A queue that cannot be reached stops nothing: what runs goes on, and is told of when it can be.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._processes: set[Process] = set()
        self._closing = False

    async def serve(self) -> None:
        """Take and run, for ever."""
        while not self._closing:
            order = await self._next()
            if order is None:
                await asyncio.sleep(POLL_S)
                continue
            task = asyncio.create_task(self._run(order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what runs; its partitions under way are finished first."""
        self._closing = True
        for process in self._processes:
            process.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next(self) -> Order | None:
        if len(self._tasks) >= self._settings.parallel:
            return None
        try:
            return await self._store.claim()
        except LOST as error:
            LOG.warning("the queue cannot be reached: %s", error)
            return None

    async def _run(self, order: Order) -> None:
        progress, limits = Progress(), Limits(memory_mib=self._settings.run_mib)
        process = await Process.start(carry_out, order, self._settings.target(order.target), limits=limits)
        self._processes.add(process)
        work = asyncio.ensure_future(_ended(process, progress))
        try:
            if self._closing:
                process.stop()
            cancelled = await self._attend(order, progress, work, process)
        finally:
            self._processes.discard(process)
            work.cancel()
            await process.finish()
        await self._conclude(order, progress, work, cancelled=cancelled)

    async def _conclude(
        self, order: Order, progress: Progress, work: asyncio.Future[Ended], *, cancelled: bool
    ) -> None:
        """Write down how it ended, or let somebody go on."""
        error = work.exception()
        if isinstance(error, Busy):
            await self._told(lambda: self._store.put_back(order.id))
            return
        if error is not None:
            LOG.error("run %s: %s", order.id, error, exc_info=None if isinstance(error, EngineError) else error)
        found = work.result() if error is None else Ended.by(error)
        if found.status == "interrupted" and self._closing and not cancelled:
            await self._told(lambda: self._store.let_go(order.id))
            return
        status = "cancelled" if cancelled and found.status == "interrupted" else found.status
        ending = (order.id, status, found.error, found.report, progress.as_json())
        await self._told(lambda: self._store.finish(*ending))

    async def _attend(self, order: Order, progress: Progress, work: asyncio.Future[Ended], process: Process) -> bool:
        """Say that we live until the work is done; whether somebody asked for it to stop."""
        cancelled = False
        while not (await asyncio.wait({work}, timeout=BEAT_S))[0]:
            try:
                stopping = await self._store.beat(order.id, progress.as_json())
            except LOST:
                continue  # the lease may run out; whoever takes the run over finds us at work, and waits
            cancelled |= stopping is True
            if stopping is not False:  # None: it is no longer ours
                process.stop()
        return cancelled

    async def _told(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Tell the queue, again and again while it cannot be reached; in the end the lease does it."""
        for _ in range(int(LEASE.total_seconds() / BEAT_S)):
            try:
                await tell()
            except LOST:
                await asyncio.sleep(BEAT_S)
            else:
                return


async def _ended(process: Process, progress: Progress) -> Ended:
    """Hear what a run tells until it ends. Raises what it raised, LoadError where its process died."""
    while True:
        try:
            said = await process.hear()
        except Lost:
            raise LoadError("the process of the run died; what it had committed stays, and it can be resumed") from None
        match said:
            case Told(method, values):
                getattr(progress, method)(*values)
            case Failure(error):
                raise error
            case Answer(Report() as report):
                return Ended.of(report)
            case Answer(known):
                return Ended(*known)
