"""The parts of a run, in order, and what each leaves behind when it fails."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from uuid import UUID

import asyncpg

from engine.batch import BATCH_ROWS, Partition, TableId, fault_count, is_fault_count
from engine.catalog.held import Appended
from engine.check.ask import TIMEOUT_S, TOTAL_S, ask, unasked
from engine.check.ask import prepare as prepare_checks
from engine.check.model import Check, Outcome
from engine.dsn import Connection, note
from engine.errors import ConnectError, EngineError, LoadError
from engine.execute.inline import run_inline
from engine.execute.load import Done, Load
from engine.execute.processes import Crew, run_in_processes
from engine.execute.traces import tell
from engine.ledger import RunLedger
from engine.plan.circles import circular_columns, untangled
from engine.plan.explain import SHAPE_COLUMNS, shape
from engine.plan.model import Plan
from engine.report import EntityReport, FaultReport, Observer, Phase, Report, Shape, Status
from engine.run.books import Books
from engine.run.database import connected
from engine.run.mend import mend
from engine.run.removal import remove_rows
from engine.run.tables import require_own_rows, tables_of
from engine.sink.constraints import Decision, Filled, Kind, RestoreError, Suspension, rehearse, restore, survey, suspend
from engine.sink.empty import truncate
from engine.sink.errors import GONE
from engine.sink.finish import analyze, set_sequences
from engine.sink.lockers import LockedError
from engine.telemetry.catalogue import STAGES
from engine.telemetry.spans import current, span, trace_id

CHECKING, SUSPENDING = "check", "suspend"
INLINE_ROWS = 4_000_000
"""Up to so many rows this process alone keeps the server busy: starting another takes about a second."""
MOST_CONNECTIONS = 8
CONNECTIONS_EACH = 3
"""Connections that one process can keep busy: it makes and encodes 1 to 2 million rows a second, a server's
process takes a quarter of that."""


class Course:
    """One run under way: its database, its plan, what is done and what is suspended."""

    def __init__(
        self, dsn: str, connection: Connection, books: Books, plan: Plan, run_id: UUID, observer: Observer
    ) -> None:
        self._dsn = dsn
        self._connection = connection
        self._books = books
        self._ledger = books.ledger
        self._plan = plan
        self._run_id = run_id
        self._observer = observer
        self._suspensions: tuple[Suspension, ...] = ()
        self._decisions: tuple[Decision, ...] = ()
        self._finished: set[tuple[str, int]] = set()
        self._rows: Counter[str] = Counter()
        self._phases: list[Phase] = []
        self._crew: Crew | None = None
        self._goes_on = self._began = False
        self._connections = 1
        self._outcomes: tuple[Outcome, ...] = ()
        self._span = current()
        self.batch_rows = BATCH_ROWS
        self.appended: Appended | None = None  # where rows of others are in the tables, which stay
        newer = note(connection.get_server_version().major)
        self.notes = [*books.notes(), *([newer] if newer else [])]

    async def remember(self) -> None:
        """Take over what an earlier part of this run committed and suspended. Raises Refused where rows are missing."""
        await self._books.recall(self._connection, self._plan, self._run_id)
        for done in await self._ledger.partitions(self._run_id):
            self._finished.add((done.entity, done.number))
            self._rows.update(done.rows)
        if self.appended is None:
            await require_own_rows(self._connection, self._plan, self._rows)
        self._goes_on = self._began = True
        self._suspensions = await pending(self._ledger, self._run_id)

    async def look(self, *, emptied: bool = False) -> None:
        """Decide what is suspended, and how the rest is kept; `emptied` tables will be empty when it begins.

        Raises Refused where foreign keys stay that no order of rows can keep.
        """
        began = time.monotonic()
        own = frozenset(tables_of(self._plan)) if emptied else self._own()
        self._decisions = await decide(self._connection, self._plan, own)
        self._plan = untangled(self._plan, kept_keys(self._decisions))
        later = (f"{name}.{column}" for name, columns in self._plan.postponed.items() for column in columns)
        if named := ", ".join(later):
            self.notes.append(f"filled after the load, because foreign keys that stay in force lead round: {named}")
        self._phases.append(Phase(SUSPENDING, time.monotonic() - began))

    async def suspend(self, workers: int | None) -> None:
        """Hire the workers; take foreign keys, unique constraints and indexes out of the way, where that is safe."""
        self._hire(workers)
        self._observer.planned(str(self._run_id), {f.name: f.expected_rows for f in self._plan.filled})
        self._tell(self._rows)
        for caution in self._books.cautions(self._plan):
            self._observer.note(caution)
        with self._phase(SUSPENDING):

            async def record(connection: Connection, suspensions: Sequence[Suspension]) -> None:
                await self._books.suspend(connection, self._run_id, [s.as_json() for s in suspensions])

            self._suspensions += await suspend(self._connection, self._decisions, record)

    def _own(self) -> frozenset[TableId]:
        """Tables whose rows are this run's, if it goes on: all but those that held some when an append began."""
        if not self._goes_on:
            return frozenset()
        held = self.appended.tables if self.appended else {}
        others = {
            TableId(f.table.schema, f.table.name) for f in self._plan.filled if f.name in held and held[f.name].rows
        }
        return frozenset(tables_of(self._plan)) - others

    async def load(self, stop: threading.Event) -> None:
        """Make and send every partition that is not committed yet."""
        self._began = True
        load = Load(self._plan, str(self._run_id), self._dsn, self._books.file, self.batch_rows, self._connections)
        with self._phase("load"):
            if self._crew is None:
                await run_inline(load, self._waves(), self._done, stop)
            else:
                await run_in_processes(self._crew, load, self._waves(), self._done, stop)
            await self._mend()

    async def _mend(self) -> None:
        """Fill what was left null; where the run goes on also what an earlier part of it may have left so."""
        columns = {**circular_columns(self._plan), **self._plan.postponed} if self._goes_on else self._plan.postponed
        if columns:
            try:
                await mend(self._connection, self._plan, sorted(self._finished), columns)
            except asyncpg.PostgresError as error:
                raise LoadError(f"what was to be filled after the load is refused: {error}") from error

    def _hire(self, asked: int | None) -> None:
        """Decide how many processes work and how many connections each has; start those that are not this one."""
        rows = sum(one.expected_rows for one in self._plan.filled)
        cores = min(os.cpu_count() or 1, MOST_CONNECTIONS)
        workers = asked or (1 if rows <= INLINE_ROWS else -(-cores // CONNECTIONS_EACH))
        self._connections = -(-max(cores, workers) // workers) if asked is None else 1
        self._crew = Crew(workers) if workers > 1 else None

    async def dismiss(self) -> None:
        """Let the workers go, whatever they do."""
        if self._crew is not None:
            await asyncio.to_thread(self._crew.end)
            self._crew = None

    def _waves(self) -> list[Iterator[Partition]]:
        """Stage by stage; one wave where no foreign key is checked while rows go in.

        Partitions may have foreign keys of their own, which stay.
        """
        stages = [self._stage(stage.roots) for stage in self._plan.stages]
        watched = any(kept_keys(self._decisions)) or any(f.table.kind == "partitioned" for f in self._plan.filled)
        return stages if watched else [chain.from_iterable(stages)]

    def _stage(self, roots: tuple[str, ...]) -> Iterator[Partition]:
        for root in roots:
            for number in self._plan.partitions(root):
                if (root, number) not in self._finished:
                    partition = self._plan.partition(root, number)
                    self._books.claim(self._run_id, partition)
                    yield partition

    def _done(self, done: Done) -> None:
        self._finished.add((done.entity, done.number))
        self._rows.update(done.rows)
        self._tell(done.rows)
        tell(done, self._span)
        self._books.confirm(self._run_id, self._plan.partition(done.entity, done.number), done)

    def _tell(self, counts: Mapping[str, int]) -> None:
        """Let the observer know of rows; what is counted beside them is for the report."""
        for name, rows in counts.items():
            if not is_fault_count(name):
                self._observer.loaded(name, rows)

    async def rebuild(self) -> None:
        """Bring everything suspended back, validated. Raises RestoreError."""
        with self._phase("rebuild"):
            await bring_back(self._dsn, self._connection, self._suspensions, self._books)
            self._suspensions = ()

    async def settle(self) -> None:
        """Sequences behind the ids that were written, fresh statistics."""
        with self._phase("analyze"):
            filled = self._plan.filled
            self.notes += await set_sequences(self._connection, [(f.table, f.written) for f in filled])
            tables = list({f.table.qualified: f.table for f in filled}.values())
            async with connected(self._dsn) as second:  # PostgreSQL samples two tables at the same time
                halves = ((self._connection, tables[::2]), (second, tables[1::2]))
                found = await asyncio.gather(*(analyze(connection, half) for connection, half in halves))
            self.notes += chain.from_iterable(found)

    async def check(self, checks: Sequence[Check], timezone: str, stop: threading.Event) -> None:
        """Ask PostgreSQL whether what the spec expects came true; whatever it says, the rows stay."""
        if not checks:
            return
        with self._phase(CHECKING):
            ends = time.monotonic() + TOTAL_S
            why = "not asked: the run was stopped"
            for check in checks:
                left = ends - time.monotonic()
                if stop.is_set() or left <= 0:
                    why = why if stop.is_set() else f"not asked: the checks before it took {TOTAL_S:g} s"
                    break
                self._outcomes += (await self._ask(check, timezone, left),)
            self._outcomes += unasked(checks[len(self._outcomes) :], why)

    async def _ask(self, check: Check, timezone: str, left_s: float) -> Outcome:
        """One check, in a session of its own."""
        try:
            async with connected(self._dsn) as own:
                await prepare_checks(own, timezone, min(TIMEOUT_S, left_s))
                return await ask(own, check)
        except (ConnectError, *GONE) as error:
            (outcome,) = unasked((check,), f"the connection was lost: {error}")
            return outcome

    async def pause(self) -> None:
        """After a stop: constraints come back where the rows so far allow it; the rest waits for `resume`."""
        try:
            await self.rebuild()
        except RestoreError as error:
            self.notes.append(f"some constraints stay suspended until the run is resumed: {error}")
        except ConnectError as error:
            self.notes.append(f"the constraints could not be brought back: {error}")

    async def undo(self, trouble: EngineError) -> None:
        """After a failure: the rows of the run go, then the constraints come back; nothing of it stays.

        Where the connection is lost nothing can be done now; the ledger remembers, `resume` and `repair` finish.
        """
        if isinstance(trouble, ConnectError) or self._connection.is_closed():
            self.notes.append("the database was lost: `engine resume` goes on, `engine repair` restores constraints")
            return
        if isinstance(trouble, RestoreError) and not trouble.rows_at_fault:
            self.notes.append("the rows are whole and stay; `engine repair` brings the constraints back")
            return
        if isinstance(trouble, LockedError):
            self.notes.append(f"`engine resume {self._run_id}` goes on when the lock is gone")
        try:
            await self._empty()
            self._rows.clear()
            await self.rebuild()
        except LockedError as error:
            self.notes.append(f"the rows so far stay: {error}")
            await self.pause()
        except EngineError as error:
            self.notes.append(f"cleaning up failed too: {error}")

    async def _empty(self) -> None:
        """Take the rows of this run away: all that there are in its tables, or in an append those that it made."""
        if not self._began:
            return
        if self.appended is None:
            await truncate(self._connection, tables_of(self._plan))
            await self._ledger.forget_partitions(self._run_id)
            return
        await self._books.recall(self._connection, self._plan, self._run_id)
        done = await self._ledger.partitions(self._run_id)
        names = frozenset(one.name for one in self._plan.filled)
        try:
            async with self._connection.transaction():
                await remove_rows(self._connection, self._plan, done, names)
        except asyncpg.PostgresError as error:
            raise LoadError(f"the database refuses: {error}") from error
        await self._ledger.forget_partitions(self._run_id)

    async def close(self, status: Status, error: str | None) -> Report:
        """Write down how it ended, and report."""
        report = Report(
            run_id=str(self._run_id),
            scenario=self._plan.scenario,
            seed=self._plan.seed,
            status=status,
            entities={f.name: EntityReport(f.table.qualified, self._rows[f.name]) for f in self._plan.filled},
            faults=self._faults(),
            seconds=sum(phase.seconds for phase in self._phases if phase.name != CHECKING),
            phases=tuple(self._phases),
            shapes=self._shapes() if status is Status.SUCCEEDED else (),
            notes=tuple(self.notes),
            diagnostics=(error,) if error else (),
            expectations=tuple(outcome.as_json() for outcome in self._outcomes),
            trace_id=trace_id(),
        )
        try:
            if not self._connection.is_closed():
                await self._ledger.finish(self._run_id, str(status), error=error, report=report.as_json())
        except GONE as lost:
            return replace(report, notes=(*report.notes, f"the ledger could not be told how the run ended: {lost}"))
        return report

    def _faults(self) -> dict[str, FaultReport]:
        """What each fault did, in the order of the plan."""
        return {
            fault.name: FaultReport(entity.name, fault.kind, self._rows[fault_count(fault.name)])
            for entity in self._plan.entities.values()
            for fault in entity.faults
        }

    def _shapes(self) -> tuple[Shape, ...]:
        """The entity with most rows around it first."""
        window = self._plan.window
        found = (shape(e, window, SHAPE_COLUMNS) for e in self._plan.entities.values())
        told = [s for s in found if s and any(s.counts)]
        return tuple(sorted(told, key=lambda s: -sum(self._rows[name] for name in self._plan.family(s.entity))))

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self._observer.phase(name)
        began = time.monotonic()
        try:
            with span(STAGES[name]) as self._span:
                yield
        finally:
            before = sum(phase.seconds for phase in self._phases if phase.name == name)
            self._phases = [phase for phase in self._phases if phase.name != name]
            self._phases.append(Phase(name, before + time.monotonic() - began))


async def decide(connection: Connection, plan: Plan, own: frozenset[TableId] = frozenset()) -> tuple[Decision, ...]:
    """What would be suspended for a plan, and what not and why; changes nothing.

    Rows in `own` tables are those of a run that goes on, which can come in any order as they did before.
    """
    quiet = quiet_tables(plan)
    tables = [Filled(table, table in own, table in quiet) for table in tables_of(plan)]
    return await rehearse(connection, await survey(connection, tables))


def quiet_tables(plan: Plan) -> frozenset[TableId]:
    """The tables whose triggers are off during the load."""
    return frozenset(one.table_id for one in plan.entities.values() if one.suspends_triggers)


def kept_keys(decisions: Iterable[Decision]) -> Iterator[tuple[str, str, str]]:
    """The foreign keys that stay."""
    for one in decisions:
        kind, _, name = one.object.partition(f"{Kind.FOREIGN_KEY} ")
        if one.suspension is None and not kind and name:
            yield one.table.schema, one.table.name, name


async def pending(ledger: RunLedger, run_id: UUID | None = None) -> tuple[Suspension, ...]:
    """What is suspended now, by one run or by all."""
    return tuple(Suspension.from_json(one) for run, one in await ledger.suspended() if run_id in (None, run))


async def bring_back(dsn: str, connection: Connection, suspensions: Sequence[Suspension], books: Books) -> None:
    """Restore over two connections: two indexes are built at the same time. Raises RestoreError."""
    if not suspensions:
        return

    async def forget(connection: Connection, suspension: Suspension) -> None:
        await books.restored(connection, suspension.as_json())

    async with AsyncExitStack() as held:
        second = await held.enter_async_context(connected(dsn))
        await restore([connection, second], suspensions, forget)
    await books.settle()
