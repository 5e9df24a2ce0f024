"""Taking constraints and indexes out of the way: first rehearsed, then all in one transaction with their record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.errors import LoadError
from engine.sink.constraints.model import Decision, Kind, Method, Suspension, suspended
from engine.sink.errors import message_of

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
RecordSuspensions: TypeAlias = Callable[[Connection, Sequence[Suspension]], Awaitable[None]]
"""Writes what is about to be suspended into the ledger, inside the transaction that suspends it."""

LOCK_TIMEOUT = "2s"


class _Undone(Exception):
    """Leaves a transaction block so that it is rolled back."""


async def rehearse(connection: Connection, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Suspend and restore each object in a transaction of its own that is rolled back; what fails is kept, with why.

    Waits at most two seconds for a lock, and after the first such wait asks no more of that table.
    """
    locked: dict[TableId, str] = {}
    rehearsed = []
    for decision in decisions:
        if decision.suspension:
            why_not = locked.get(decision.table) or await _try(connection, decision, locked)
            decision = replace(decision, why=why_not, suspension=None) if why_not else decision
        rehearsed.append(decision)
    return tuple(rehearsed)


async def _try(connection: Connection, decision: Decision, locked: dict[TableId, str]) -> str | None:
    """Why the suspension would fail, or None."""
    assert decision.suspension is not None
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(decision.suspension.suspending)
            for statement in _undoing(decision.suspension, filled=decision.filled):
                await connection.execute(statement)
            raise _Undone
    except _Undone:
        return None
    except asyncpg.LockNotAvailableError:
        locked[decision.table] = "the table is in use: a lock was not to be had in two seconds"
        return locked[decision.table]
    except asyncpg.PostgresError as error:
        return f"it could not be brought back: {message_of(error)}"


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

    Raises LoadError, and then everything is as it was.
    """
    suspensions = suspended(decisions)
    if not suspensions:
        return ()
    under_way: Suspension | None = None
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            await record(connection, suspensions)
            for under_way in suspensions:
                await connection.execute(under_way.suspending)
    except asyncpg.PostgresError as error:
        what = under_way or "the ledger"
        raise LoadError(f"{what}: could not be suspended, nothing was changed: {message_of(error)}") from error
    return suspensions
