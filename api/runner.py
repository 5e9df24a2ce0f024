"""Runs what waits in the queue: so many at a time, each in a process of its own, said to be alive every second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from api.problems import LOST
from api.process import Answer, Failure, Limits, Lost, Process
from api.progress import Progress
from api.settings import Settings
from api.store import LEASE, Ended, Order, Store
from api.tasks import Measured, Told, carry_out
from api.telemetry import QUEUE, RETRIES, RUNS
from engine.errors import Busy, ConnectError, EngineError, LoadError, Refused, ServerError
from engine.report import Report
from engine.telemetry.measure import record
from engine.telemetry.spans import trace_of

POLL_S, BEAT_S, WATCH_S = 0.5, 1.0, 2.0
LOG = logging.getLogger("api")


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

    def is_busy(self) -> bool:
        """Whether a run is under way here."""
        return bool(self._processes)

    async def watch(self) -> None:
        """Measure the queue now and then, for ever."""
        while True:
            with contextlib.suppress(*LOST):
                counts = await self._store.counts()
                record(QUEUE, counts["queued"])
                for status, runs in counts.items():
                    record(RUNS, runs, {"status": status})
            await asyncio.sleep(WATCH_S)

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
            record(RETRIES, 1, {"reason": "queue"})
            return None

    async def _run(self, order: Order) -> None:
        with structlog.contextvars.bound_contextvars(run_id=str(order.id), trace_id=trace_of(order.traceparent)):
            await self._attended(order)

    async def _attended(self, order: Order) -> None:
        progress, limits = Progress(order.log), Limits(memory_mib=self._settings.run_mib)
        if order.taken_over:
            record(RETRIES, 1, {"reason": "taken_over"})
            progress.write("whoever ran it is gone: another server goes on with it")
        LOG.info("run begins", extra={"taken_over": order.taken_over})
        target, safe = self._settings.target(order.target), self._settings.unproductive
        process = await Process.start(carry_out, order, target, safe, limits=limits)
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
            record(RETRIES, 1, {"reason": "busy"})
            LOG.info("run waits: somebody else is at work on its tables")
            await self._told(lambda: self._store.put_back(order.id))
            return
        if error is not None:
            LOG.error("run failed: %s", error, exc_info=None if isinstance(error, EngineError) else error)
        found = work.result() if error is None else told_of(error)
        progress.refused = isinstance(error, Refused)
        if found.status == "interrupted" and self._closing and not cancelled:
            await self._told(lambda: self._store.let_go(order.id))
            return
        if cancelled and found.status == "interrupted":
            found = replace(found, status="cancelled")
        progress.write(f"{found.status}{f': {found.error}' if found.error else ''}")
        LOG.info("run ended", extra={"status": found.status})
        await self._told(lambda: self._store.finish(order.id, found, progress.as_json(), progress.log))

    async def _attend(self, order: Order, progress: Progress, work: asyncio.Future[Ended], process: Process) -> bool:
        """Say that we live until the work is done; whether somebody asked for it to stop."""
        cancelled = False
        while not (await asyncio.wait({work}, timeout=BEAT_S))[0]:
            try:
                stopping = await self._store.beat(order.id, progress.as_json(), progress.log)
            except LOST:
                record(RETRIES, 1, {"reason": "queue"})
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
            case Measured(instrument, value, labels):
                record(instrument, value, labels)
            case Answer(Report() as report):
                return Ended(str(report.status), "; ".join(report.diagnostics) or None, report.as_json())
            case Answer(known):
                return Ended(*known)


def told_of(error: BaseException) -> Ended:
    """What is told of a run that did not come to a report; where its target is, only the server's log says."""
    if isinstance(error, ConnectError | ServerError):
        return Ended("failed", "the target cannot be reached", None)
    told = str(error) if isinstance(error, EngineError) else "this is a mistake of the engine's"
    return Ended("failed", told, None)
