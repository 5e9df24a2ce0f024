"""From a partition's number to committed rows: what a worker holds open while it works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from uuid import UUID

from engine.batch import Partition
from engine.catalog.model import Catalog
from engine.dsn import Connection, connect
from engine.execute.load import Load
from engine.generate.partition import make
from engine.generate.rows import World
from engine.ledger import finish_partition
from engine.plan.model import Plan
from engine.sink.memory import NullSink
from engine.sink.parcel import Parcel
from engine.sink.postgres import PostgresSink, Record, prepare
from engine.sink.protocol import Sink

Made: TypeAlias = tuple[Parcel, ...]


class Delivery:
    """A world to make rows in and a sink to send them to."""

    def __init__(self, plan: Plan, sink: Sink, batch_rows: int) -> None:
        self._world = World(plan)
        self._sink = sink
        self._batch_rows = batch_rows

    def make(self, partition: Partition) -> Made:
        """Generate and encode a partition; pure. Raises GenerateError or LoadError."""
        return self._sink.pack(make(self._world, partition, self._batch_rows))

    async def send(self, partition: Partition, made: Made) -> dict[str, int]:
        """Commit a partition; the rows of each entity. Raises LoadError."""
        return await self._sink.write(partition, made)


@asynccontextmanager
async def deliver(load: Load) -> AsyncIterator[Delivery]:
    """A delivery with a connection of its own, closed in the end. Raises ConnectError."""
    catalog = tables_of(load.plan)
    if load.dsn is None:
        yield Delivery(load.plan, NullSink(catalog), load.batch_rows)
        return
    connection = await connect(load.dsn)
    try:
        await prepare(connection)
        sink = PostgresSink(connection, catalog, recorder(UUID(load.run_id)))
        yield Delivery(load.plan, sink, load.batch_rows)
    finally:
        await connection.close(timeout=5)


def recorder(run_id: UUID) -> Record:
    """Writes a partition's line in the ledger, in the transaction of its rows."""

    async def record(connection: Connection, partition: Partition, rows: dict[str, int]) -> None:
        await finish_partition(connection, run_id, partition, rows)

    return record


def tables_of(plan: Plan) -> Catalog:
    """The catalog of the tables that a plan fills."""
    return Catalog({(e.table.schema, e.table.name): e.table for e in plan.entities.values()})
