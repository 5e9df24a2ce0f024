"""Bringing constraints and indexes back, validated; also after a crash, from the ledger's records alone."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.errors import ConnectError, LoadError
from engine.sink.constraints.model import Kind, Suspension
from engine.sink.errors import GONE, message_of
from engine.sqltext import load_queries

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Forget: TypeAlias = Callable[[Connection, Suspension], Awaitable[None]]
"""Removes a suspension from the ledger, inside the transaction that ends it."""
Restored: TypeAlias = Callable[[Suspension, float], None]
"""Told of every object that is back, and the seconds it took."""

_LOCK_TIMEOUT = "60s"
_SETTINGS = (
    f"set local lock_timeout = '{_LOCK_TIMEOUT}'",
    "set local statement_timeout = 0",
    "set local maintenance_work_mem = '256MB'",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be brought back, and PostgreSQL's reason with the offending key.

    `rows_at_fault` says whether rows break it; if not, it was a lock, a right or the disk, and trying again may do.
    """

    suspension: Suspension
    reason: str
    rows_at_fault: bool = True


class RestoreError(LoadError):
    """Some constraints could not be brought back, mostly because rows break them; all others are back."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        lines = [f"{f.suspension} could not be brought back: {f.reason}" for f in failures]
        what = "remove the rows of this run and restore again" if self.rows_at_fault else "restore again"
        super().__init__("\n".join([*lines, f"  hint: {what}; what is still suspended stays in the ledger until then"]))

    def __reduce__(self) -> tuple[type[RestoreError], tuple[tuple[Failure, ...]]]:
        return RestoreError, (self.failures,)

    @property
    def rows_at_fault(self) -> bool:
        """Whether restoring again can only succeed without the rows."""
        return any(f.rows_at_fault for f in self.failures)

    @property
    def tables(self) -> tuple[TableId, ...]:
        """The tables whose rows are in the way, sorted."""
        found = {TableId(f.suspension.schema, f.suspension.table) for f in self.failures}
        return tuple(sorted(found, key=str))


async def restore(
    connections: Sequence[Connection], suspensions: Sequence[Suspension], forget: Forget, told: Restored | None = None
) -> None:
    """Bring every object back, indexes before foreign keys, several tables at a time where there are connections.

    Each is one transaction with its line in the ledger, so this may be killed and run again; what is there already
    is only forgotten. Raises RestoreError after all others are back, ConnectError if a connection is lost.
    """
    crew = _Crew(connections, forget, told)
    lost: BaseException | None = None
    try:
        for foreign_keys in (False, True):
            async with asyncio.TaskGroup() as group:
                for suspension in suspensions:
                    if (suspension.kind is Kind.FOREIGN_KEY) == foreign_keys:
                        group.create_task(crew.bring_back(suspension))
    except* GONE as errors:
        lost = errors.exceptions[0]
    if lost is not None:  # raised out here, because an early 3.11 wraps what is raised inside `except*` in a group
        raise ConnectError(f"the connection was lost while constraints were restored: {lost}") from lost
    if crew.failures:
        raise RestoreError(sorted(crew.failures, key=lambda f: str(f.suspension)))


class _Crew:
    """Connections at work on objects, never two on one table: that would wait for a lock, or deadlock."""

    def __init__(self, connections: Sequence[Connection], forget: Forget, told: Restored | None) -> None:
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            self._idle.put_nowait(connection)
        self._locks: defaultdict[TableId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._forget, self._told = forget, told
        self.failures: list[Failure] = []

    async def bring_back(self, suspension: Suspension) -> None:
        async with AsyncExitStack() as held:
            for table in suspension.tables:
                await held.enter_async_context(self._locks[table])
            connection = await self._idle.get()
            began = time.monotonic()
            try:
                failure = await _restore_one(connection, suspension, self._forget)
            finally:
                self._idle.put_nowait(connection)
        if failure:
            self.failures.append(failure)
        elif self._told:
            self._told(suspension, time.monotonic() - began)


async def _restore_one(connection: Connection, suspension: Suspension, forget: Forget) -> Failure | None:
    try:
        async with connection.transaction():
            state = await _state(connection, suspension)
            lost = state == "missing" and suspension.kind is Kind.TRIGGER  # somebody dropped it meanwhile
            if state in ("missing", "idle") and not lost:
                for statement in (*_SETTINGS, *suspension.restoring):
                    await connection.execute(statement)
            await forget(connection, suspension)
    except GONE:
        raise
    except asyncpg.PostgresError as error:
        detail = f" ({error.detail})" if error.detail else ""
        broken = isinstance(error, asyncpg.IntegrityConstraintViolationError | asyncpg.DataError)
        return Failure(suspension, f"{message_of(error)}{detail}", broken)
    return None


async def _state(connection: Connection, suspension: Suspension) -> str:
    state: str = await connection.fetchval(
        load_queries("engine.sink.constraints", "queries.sql")["state"],
        suspension.schema,
        suspension.table,
        suspension.name,
        str(suspension.kind),
    )
    return state
