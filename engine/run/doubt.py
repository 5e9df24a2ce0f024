"""Partitions that a killed run may have committed without saying so: their rows in the tables decide."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import pyarrow as pa

from engine.batch import Partition
from engine.dsn import Connection
from engine.errors import Refused
from engine.generate.partition import make
from engine.generate.rows import World
from engine.ledger import FileLedger
from engine.plan.model import EntityPlan, Plan
from engine.sink.presence import holds


async def settle_doubts(ledger: FileLedger, connection: Connection, plan: Plan, run: UUID) -> None:
    """Confirm every claimed partition whose first row is in its table; the others are made again.

    A partition commits as one, so its first row tells of all. Nobody may be loading for the run any more.
    Raises Refused where a table has no primary key that the spec writes.
    """
    for doubt in await ledger.doubtful(run):
        root = plan.entities[doubt.entity]
        if not _has_key(root):
            raise Refused(
                f"partition {doubt.number} of {root.name} may be committed or not, and {_title(root)} has no "
                "primary key that the spec writes, by which we could tell\n"
                "  hint: `engine run --fresh` empties the tables and makes the run from the beginning"
            )
        partition = plan.partition(doubt.entity, doubt.number)
        first, rows = await asyncio.to_thread(_made_again, plan, partition)
        if first is not None and await holds(connection, root.table, first, root.table.primary_key):
            ledger.claim(run, partition, rows)
            ledger.confirm(run, partition.entity, partition.number)


def unresumable(plan: Plan) -> tuple[str, ...]:
    """The tables of roots in which a partition cannot be recognised by its first row."""
    roots = (plan.entities[root] for stage in plan.stages for root in stage.roots)
    return tuple(dict.fromkeys(_title(root) for root in roots if not _has_key(root)))


def _title(root: EntityPlan) -> str:
    return f"'{root.name}' (virtual)" if root.virtual else root.table.qualified


def _has_key(root: EntityPlan) -> bool:
    return bool(root.table.primary_key) and set(root.table.primary_key) <= set(root.written)


def _made_again(plan: Plan, partition: Partition) -> tuple[pa.RecordBatch | None, dict[str, int]]:
    """The first row of a partition, None where `keep` left none; and how many rows each entity and fault has in it."""
    rows: Counter[str] = Counter()
    first: pa.RecordBatch | None = None
    for batch in make(World(plan), partition):
        rows[batch.entity] += batch.rows.num_rows
        rows.update(batch.faults)
        if first is None and batch.entity == partition.entity:
            first = batch.rows.slice(0, 1)
    return first, dict(rows)
