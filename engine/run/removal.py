"""Removing rows that a run committed: they are made again, and found in their tables by what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pyarrow as pa

from engine.dsn import Connection
from engine.generate.partition import make
from engine.generate.rows import World
from engine.ledger import DonePartition
from engine.plan.model import Plan
from engine.sink.postgres import prepare
from engine.sink.remove import Found, Made, Removal


async def remove_rows(
    connection: Connection, plan: Plan, done: Sequence[DonePartition], entities: frozenset[str]
) -> tuple[Mapping[str, Found], int]:
    """Remove the rows of some entities of the partitions that were committed, inside the transaction that there is.

    What was found of each entity, and how many rows went. Raises PostgresError; Refused where rows that stay point to
    them.
    """
    made = [Made(one.name, one.table, one.written) for one in plan.filled if one.name in entities]
    if not made:
        return {}, 0
    await prepare(connection, durable=True)
    removal = Removal(connection, made)
    await removal.begin()
    world = World(plan)
    for partition in done:
        await removal.look(await asyncio.to_thread(_made_again, world, partition, entities))
    return await removal.found(), await removal.remove()


def _made_again(world: World, done: DonePartition, wanted: frozenset[str]) -> dict[str, list[pa.RecordBatch]]:
    """The rows of a partition that may still be there, by entity."""
    rows: dict[str, list[pa.RecordBatch]] = {}
    for batch in make(world, world.plan.partition(done.entity, done.number)):
        if batch.entity in wanted:
            rows.setdefault(batch.entity, []).append(batch.rows)
    return rows
