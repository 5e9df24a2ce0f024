"""Taking constraints and indexes out of the way: first rehearsed, then all in one transaction with their record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.errors import LoadError
from engine.sink.constraints.model import Decision, Kind, Method, Suspension, suspended
from engine.sink.errors import message_of
from engine.sink.lockers import LockedError, Wish, who_holds

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
RecordSuspensions: TypeAlias = Callable[[Connection, Sequence[Suspension]], Awaitable[None]]
"""Writes what is about to be suspended into the ledger, inside the transaction that suspends it."""

LOCK_TIMEOUT = "2s"


class _Undone(Exception):
    """Leaves a transaction block so that it is rolled back."""


async def rehearse(connection: Connection, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Suspend and restore each object in a transaction that is rolled back; what fails is kept, with why.

    All objects of a table go together, and where that fails one by one. Waits at most two seconds for a lock, and
    after the first such wait asks no more of that table.
    """
    tables: dict[TableId, list[Decision]] = {}
    for decision in decisions:
        if decision.suspension:
            tables.setdefault(decision.table, []).append(decision)
    found: dict[tuple[TableId, str], str | None] = {}
    for table, asked in tables.items():
        together, locked = await _try(connection, asked)
        for decision in asked:
            why_not = together
            if together is not None and not locked and len(asked) > 1:
                why_not, locked = await _try(connection, [decision])
                together = why_not if locked else together
            found[table, decision.object] = why_not
    return tuple(_with(decision, found.get((decision.table, decision.object))) for decision in decisions)


def _with(decision: Decision, why_not: str | None) -> Decision:
    return replace(decision, why=why_not, suspension=None) if why_not and decision.suspension else decision


async def _try(connection: Connection, decisions: Sequence[Decision]) -> tuple[str | None, bool]:
    """Why the suspensions would fail, or None; and whether for want of a lock."""
    statements = [f"set local lock_timeout = '{LOCK_TIMEOUT}'"]
    for decision in decisions:
        assert decision.suspension is not None
        statements += [decision.suspension.suspending, *_undoing(decision.suspension, filled=decision.filled)]
    try:
        async with connection.transaction():
            await connection.execute(";\n".join(statements))
            raise _Undone
    except _Undone:
        return None, False
    except asyncpg.LockNotAvailableError:
        return "the table is in use: a lock was not to be had in two seconds", True
    except asyncpg.PostgresError as error:
        return f"it could not be brought back: {message_of(error)}", False


def _undoing(suspension: Suspension, *, filled: bool) -> tuple[str, ...]:
    """The way back on a table without rows; where rows are still in the way, only what does not read them."""
    if not filled or suspension.kind is Kind.TRIGGER:
        return suspension.restoring
    if suspension.kind is Kind.FOREIGN_KEY and suspension.method is Method.DROP:
        return (f"{suspension.restoring[0]} not valid",)
    return ()


async def suspend(
    connection: Connection, decisions: Sequence[Decision], record: RecordSuspensions
) -> tuple[Suspension, ...]:
    """Suspend what was decided, all or nothing, after `record` has written it down in the same transaction.

    Raises LoadError, LockedError where somebody uses a table, and then everything is as it was.
    """
    suspensions = suspended(decisions)
    if not suspensions:
        return ()
    under_way = "the ledger"
    locked: tuple[TableId, ...] = ()
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            await record(connection, suspensions)
            for table, some in groupby(suspensions, key=lambda one: f"{one.schema}.{one.table}"):
                under_way, group = table, list(some)
                locked = tuple({table: None for one in group for table in one.tables})
                await connection.execute(";\n".join(one.suspending for one in group))
    except asyncpg.LockNotAvailableError as error:
        who = await who_holds(connection, Wish.CHANGE, LOCK_TIMEOUT, locked)
        raise LockedError(f"{under_way}: could not be suspended, nothing was changed: {who}") from error
    except asyncpg.PostgresError as error:
        told = message_of(error)
        raise LoadError(f"{under_way}: could not be suspended, nothing was changed: {told}") from error
    return suspensions
