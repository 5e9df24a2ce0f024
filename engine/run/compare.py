"""After a run: what was planned, and what PostgreSQL has of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from engine.dsn import Connection
from engine.ledger import RunEnd, RunLedger, RunRecord, differences, fingerprint
from engine.plan.model import EntityPlan
from engine.preview import Preview, preview
from engine.preview.actual import Actual, EntityActual
from engine.preview.model import EntityView
from engine.run.append import prepare_run
from engine.run.database import connected, open_ledger, resolve
from engine.run.measure import measure, sharers
from engine.run.prepare import Prepared, Request

LIMIT_S = 60
"""The longest that one question to PostgreSQL may take."""
ROWS = 5


async def compare(run: UUID, *, dsn: str | None = None, ledger: Path | None = None) -> tuple[Preview, Actual]:
    """The preview of a run as it was asked for, and what it left; only reads.

    Raises LedgerError for a run that is not known, SpecError where its tables are no longer those it was made for.
    """
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target, ledger) as books:
        record, status = await books.ledger.run(run)
        ending = await books.ledger.ending(run)
        committed = await _committed(books.ledger, run)
        request = Request(record.spec, record.file, record.parameters, record.seed, record.clock)
        prepared = await prepare_run(connection, request, record=record)
        seen = preview(prepared.spec.scenario, prepared.plan, rows=ROWS)
        found = await _entities(connection, prepared, seen, committed)
    return seen, _actual(record, status, ending, found)


def _actual(record: RunRecord, status: str, ending: RunEnd, found: Mapping[str, EntityActual]) -> Actual:
    changed = differences(dict(record.fingerprint), fingerprint(record.spec))
    notes = (f"the plan was made again by other versions, and may differ: {', '.join(changed)}",) if changed else ()
    report: Mapping[str, Any] = ending.report
    return Actual(
        run_id=str(record.id),
        status=status,
        begun=ending.created_at,
        seconds=report.get("seconds"),
        error=ending.error,
        entities=found,
        expectations=tuple(report.get("expectations", ())),
        notes=notes,
    )


async def _committed(ledger: RunLedger, run: UUID) -> Counter[str]:
    rows: Counter[str] = Counter()
    for partition in await ledger.partitions(run):
        rows.update(partition.rows)
    return rows


async def _entities(
    connection: Connection, prepared: Prepared, seen: Preview, committed: Mapping[str, int]
) -> dict[str, EntityActual]:
    """What each entity's table holds; one that cannot be asked says why."""
    plan = prepared.plan
    found = {}
    for view in seen.entities:
        entity, rows = plan.entities[view.name], committed.get(view.name, 0)
        others = ", ".join(sharers(tuple(plan.entities.values()), entity))
        if entity.existing:
            found[view.name] = EntityActual(0, note="its rows were there before the run")
        elif not rows:
            found[view.name] = EntityActual(0, note="this run has no row here")
        elif others:
            found[view.name] = EntityActual(rows, note=f"shares its table with {others}: their rows are not told apart")
        else:
            found[view.name] = await _asked(connection, entity, view, rows, seen.timezone)
    return found


async def _asked(connection: Connection, entity: EntityPlan, view: EntityView, rows: int, zone: str) -> EntityActual:
    try:
        async with connection.transaction(readonly=True):
            await connection.execute(f"set local statement_timeout = '{LIMIT_S}s'; set local datestyle = iso")
            found = await measure(connection, entity, view, rows, zone)
    except asyncpg.PostgresError as error:
        return EntityActual(rows, note=f"the table was not looked at: {error}")
    return found if found.present in (None, rows) else _noted(found)


def _noted(found: EntityActual) -> EntityActual:
    told = (
        f"the table holds {found.present:,} rows now, this run loaded {found.committed:,}: actual is what it holds now"
    )
    return replace(found, note="; ".join(filter(None, (told, found.note))))
