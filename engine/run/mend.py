"""After the load: columns that were left null, because foreign keys in force would have led round, get their values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import pyarrow as pa

from engine.dsn import Connection
from engine.generate.later import values_of
from engine.generate.partition import make
from engine.generate.rows import World
from engine.plan.model import Plan
from engine.sink.mend import fill_later
from engine.sink.postgres import prepare


async def mend(
    connection: Connection, plan: Plan, finished: Iterable[tuple[str, int]], columns: Mapping[str, tuple[str, ...]]
) -> None:
    """Fill columns, by entity, of the rows of the partitions that are committed; may be done again.

    Raises PostgresError.
    """
    await prepare(connection, durable=True)
    world = World(plan)
    for root, number in finished:
        if not columns.keys() & set(plan.family(root)):
            continue
        for entity, batches in (await asyncio.to_thread(_values, world, (root, number), columns)).items():
            await fill_later(connection, plan.entities[entity].table, columns[entity], batches)


def _values(
    world: World, which: tuple[str, int], columns: Mapping[str, tuple[str, ...]]
) -> dict[str, list[pa.RecordBatch]]:
    """The keys and the values of a partition's rows, by entity."""
    found: dict[str, list[pa.RecordBatch]] = {}
    for batch in make(world, world.plan.partition(*which)):
        if batch.entity in columns:
            key = world.plan.entities[batch.entity].table.primary_key
            found.setdefault(batch.entity, []).append(values_of(batch, key, columns[batch.entity]))
    return found
