"""The ledger in the target database, schema `engine`: a partition's line commits with its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg

from engine.batch import Partition, TableId
from engine.catalog.sample import as_json, from_json
from engine.ledger.model import (
    DonePartition,
    RunEnd,
    RunLine,
    RunRecord,
    appended_from_json,
    as_text,
    filled_as_json,
    filled_from_json,
    unknown,
)
from engine.ledger.protocol import Suspended
from engine.sqltext import load_queries

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
HEAD = "engine_0005"
"""The revision of the tables that this code reads."""


class Ledger:
    """The ledger as seen through one connection; every call is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sql = load_queries("engine.ledger", "queries.sql")

    async def ready(self, revision: str = HEAD) -> bool:
        """Whether a migration is applied, by default the one that made the tables this code reads."""
        try:
            found: bool = await self._connection.fetchval(self._sql["ready"], revision)
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
            return False
        return found

    async def permitted(self) -> bool:
        """Whether we may write the ledger in this database, or make it there."""
        found: bool = await self._connection.fetchval(self._sql["permitted"])
        return found

    async def create(self, run: RunRecord) -> None:
        """Write down a run that begins, with the samples that it stands on."""
        async with self._connection.transaction():
            await self._create(run)

    async def _create(self, run: RunRecord) -> None:
        await self._connection.execute(
            self._sql["create_run"],
            run.id,
            run.scenario,
            run.seed,
            run.spec,
            run.file,
            as_text(run.parameters),
            run.clock,
            run.target,
            as_text(run.fingerprint),
            run.workers,
            run.rows_expected,
            run.appended is not None,
            filled_as_json(run.filled),
        )
        if run.samples or run.appended:
            held = None if run.appended is None else as_text(run.appended.as_json())
            await self._connection.execute(self._sql["keep_samples"], run.id, as_text(as_json(run.samples)), held)

    async def reopen(self, run: UUID) -> None:
        """Write down that a run goes on."""
        await self._connection.execute(self._sql["reopen_run"], run)

    async def finish(self, run: UUID, status: str, *, error: str | None, report: Mapping[str, object] | None) -> None:
        """Write down how a run ended."""
        text = None if report is None else as_text(report)
        await self._connection.execute(self._sql["finish_run"], run, status, error, text)

    async def partitions(self, run: UUID) -> tuple[DonePartition, ...]:
        """What a run has committed so far."""
        rows = await self._connection.fetch(self._sql["partitions"], run)
        return tuple(DonePartition(r["entity"], r["number"], json.loads(r["row_counts"])) for r in rows)

    async def forget_partitions(self, run: UUID) -> None:
        """Forget what a run committed, because its rows are gone."""
        await self._connection.execute(self._sql["forget_partitions"], run)

    async def suspended(self) -> tuple[tuple[UUID, Suspended], ...]:
        """Everything that is suspended now, and by which run."""
        rows = await self._connection.fetch(self._sql["suspended"])
        return tuple((r["run_id"], json.loads(r["definition"])) for r in rows)

    async def run(self, run: UUID) -> tuple[RunRecord, str]:
        """A run and its status. Raises LedgerError where there is none."""
        row = await self._connection.fetchrow(self._sql["run"], run)
        if row is None:
            raise unknown(run)
        record = RunRecord(
            row["id"],
            row["scenario"],
            row["seed"],
            row["spec"],
            row["file"],
            json.loads(row["parameters"]),
            row["clock"],
            row["target"],
            json.loads(row["fingerprint"]),
            row["workers"],
            row["rows_expected"],
            from_json(json.loads(row["samples"] or "{}")),
            filled_from_json(row["filled"]),
            appended_from_json(row["held"]),
            row["cleaned_at"],
        )
        return record, row["status"]

    async def ending(self, run: UUID) -> RunEnd:
        """How a run began and ended. Raises LedgerError where there is none."""
        row = await self._connection.fetchrow(self._sql["ending"], run)
        if row is None:
            raise unknown(run)
        return RunEnd(row["created_at"], row["error"], json.loads(row["report"] or "{}"))

    async def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs, newest first."""
        rows = await self._connection.fetch(self._sql["runs"], limit)
        return tuple(
            RunLine(
                r["id"],
                r["scenario"],
                r["seed"],
                r["status"],
                r["created_at"],
                r["finished_at"],
                r["row_count"],
                r["error"],
                r["cleaned_at"],
            )
            for r in rows
        )

    async def alike(self, spec: str, seed: int, parameters: Mapping[str, str]) -> tuple[UUID, str] | None:
        """The newest append of the same spec, parameters and seed whose rows were not removed, and its status."""
        row = await self._connection.fetchrow(self._sql["alike"], spec, seed, as_text(parameters))
        return None if row is None else (row["id"], row["status"])

    async def later(self, run: UUID) -> tuple[tuple[UUID, tuple[TableId, ...]], ...]:
        """Runs that began after this one and found, or left, the tables that they fill empty; and those tables."""
        rows = await self._connection.fetch(self._sql["later"], run)
        return tuple((row["id"], filled_from_json(row["filled"])) for row in rows)

    async def clean(self, run: UUID) -> None:
        """Write down that the rows of a run are removed, and forget its partitions."""
        async with self._connection.transaction():
            await self.forget_partitions(run)
            await self._connection.execute(self._sql["clean"], run)


async def identity(connection: Connection) -> str:
    """What tells a database from every other, whatever its address: the server's identifier and the database's oid."""
    found: str = await connection.fetchval(load_queries("engine.ledger", "queries.sql")["identity"])
    return found


async def finish_partition(connection: Connection, run: UUID, partition: Partition, rows: Mapping[str, int]) -> None:
    """Write down a partition inside the transaction that holds its rows."""
    statement = load_queries("engine.ledger", "queries.sql")["finish_partition"]
    await connection.execute(statement, run, partition.entity, partition.number, as_text(rows))


async def suspend(connection: Connection, run: UUID, suspensions: Sequence[Suspended]) -> None:
    """Write down what is about to be suspended, inside the transaction that suspends it."""
    statement = load_queries("engine.ledger", "queries.sql")["suspend"]
    for one in suspensions:
        await connection.execute(statement, one["schema"], one["table"], one["kind"], one["name"], run, as_text(one))


async def restored(connection: Connection, one: Suspended) -> None:
    """Forget a suspension, inside the transaction that ends it."""
    statement = load_queries("engine.ledger", "queries.sql")["restore"]
    await connection.execute(statement, one["schema"], one["table"], one["kind"], one["name"])
