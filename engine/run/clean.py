"""Removing what a run made, from the ledger alone: its rows are made again, found in their tables, and deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from engine.batch import TableId
from engine.dsn import Connection
from engine.errors import ConnectError, LedgerError, LoadError, Refused
from engine.ledger import DonePartition, RunRecord, claim_run, claim_tables, differences, fingerprint
from engine.plan.model import Plan
from engine.run.append import prepare_run
from engine.run.books import Books
from engine.run.course import bring_back, pending, quiet_tables
from engine.run.database import connected, open_ledger, resolve
from engine.run.prepare import Request
from engine.run.removal import remove_rows
from engine.run.tables import tables_of
from engine.sink.constraints import Filled, Kind, RestoreError, survey, suspended
from engine.sink.errors import GONE, message_of
from engine.sink.remove import Found


@dataclass(frozen=True, slots=True)
class Committed:
    """What a run committed, as the ledger says: rows by entity, and the table of each."""

    run: UUID
    scenario: str
    rows: Mapping[str, int]
    tables: Mapping[str, TableId]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed of each entity; `emptied` are tables in which a later run had found none of its rows."""

    committed: Committed
    found: Mapping[str, Found]
    removed: int
    emptied: Mapping[TableId, UUID]


async def clean(
    run_id: UUID, *, dsn: str | None = None, ledger: Path | None = None, agree: Callable[[Committed], None]
) -> Cleaned:
    """Remove exactly the rows that a run made, in one transaction; `agree` may raise before anything is removed.

    Raises LedgerError for a run that is not known, was cleaned, or was made by other versions; Refused for one that is
    still at work, or whose rows others point to.
    """
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target, ledger) as books:
        record, _ = await books.ledger.run(run_id)
        _require_known(record)
        await claim_run(connection, run_id)
        await _restore(target, connection, books, run_id)
        request = Request(record.spec, record.file, record.parameters, record.seed, record.clock)
        plan = (await prepare_run(connection, request, record=record)).plan
        await claim_tables(connection, tables_of(plan))
        await books.recall(connection, plan, run_id)
        emptied = _emptied(await books.ledger.later(run_id), tables_of(plan))
        done = await books.ledger.partitions(run_id)
        committed = _committed(record, plan, done, emptied)
        agree(committed)
        try:
            found, removed = await _removed(connection, books, plan, committed, done)
        except asyncpg.InsufficientPrivilegeError as error:
            hint = "hint: grant SELECT and DELETE on the tables"
            raise Refused(f"we have no right to remove the rows: {message_of(error)}\n  {hint}") from error
        except asyncpg.LockNotAvailableError as error:
            raise LoadError(f"the tables are in use, nothing was removed: {message_of(error)}") from error
        except GONE as error:
            raise ConnectError(f"the connection was lost, nothing was removed: {error}") from error
        except asyncpg.PostgresError as error:
            raise LoadError(f"the database refuses, nothing was removed: {error}") from error
        await _restore(target, connection, books, run_id)
        return Cleaned(committed, found, removed, emptied)


def _require_known(record: RunRecord) -> None:
    if record.cleaned_at is not None:
        raise LedgerError(f"run {record.id} was cleaned on {record.cleaned_at:%Y-%m-%d %H:%M:%S}")
    changed = differences(dict(record.fingerprint), fingerprint(record.spec))
    if changed:
        raise LedgerError(
            f"run {record.id} was made by other versions, so its rows could not be told for certain: "
            f"{', '.join(changed)}\n  hint: install those versions, or remove the rows yourself"
        )


async def _restore(target: str, connection: Connection, books: Books, run_id: UUID) -> None:
    """Bring back what a killed run left suspended; what its rows still stand against waits until they are gone."""
    try:
        await bring_back(target, connection, await pending(books.ledger, run_id), books)
    except RestoreError as error:
        if not error.rows_at_fault:
            raise


def _emptied(later: Sequence[tuple[UUID, tuple[TableId, ...]]], tables: Sequence[TableId]) -> dict[TableId, UUID]:
    """Tables that a later run began with empty: the rows in them are not ours, even where they have the same keys."""
    found: dict[TableId, UUID] = {}
    for run, filled in later:
        found |= {table: run for table in filled if table in tables and table not in found}
    return found


def _committed(
    record: RunRecord, plan: Plan, done: Sequence[DonePartition], emptied: Mapping[TableId, UUID]
) -> Committed:
    tables = {one.name: TableId(one.table.schema, one.table.name) for one in plan.filled}
    rows: Counter[str] = Counter()
    for partition in done:
        rows.update(partition.rows)
    left = {name: rows[name] for name, table in tables.items() if table not in emptied}
    return Committed(record.id, record.scenario, left, {name: tables[name] for name in left})


async def _removed(
    connection: Connection, books: Books, plan: Plan, committed: Committed, done: Sequence[DonePartition]
) -> tuple[Mapping[str, Found], int]:
    """Remove the rows and say so in the ledger; all of it or nothing."""
    entities = frozenset(name for name, rows in committed.rows.items() if rows)
    quiet = [Filled(table, quiet=True) for table in sorted(quiet_tables(plan), key=str)]
    triggers = [s for s in suspended(await survey(connection, quiet)) if s.kind is Kind.TRIGGER]
    async with connection.transaction():
        for trigger in triggers:
            await connection.execute(trigger.suspending)
        found, removed = await remove_rows(connection, plan, done, entities)
        for statement in (statement for trigger in triggers for statement in trigger.restoring):
            await connection.execute(statement)
        if books.file is None:
            await books.ledger.clean(committed.run)
    if books.file is not None:
        await books.ledger.clean(committed.run)
    return found, removed
