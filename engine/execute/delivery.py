"""From a partition's number to committed rows: what a worker holds open while it works."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from engine.batch import Partition
from engine.catalog.model import Catalog
from engine.dsn import Connection, connect
from engine.execute.load import Load
from engine.generate.later import without
from engine.generate.partition import make
from engine.generate.rows import World
from engine.ledger import finish_partition, join_run
from engine.plan.model import Plan
from engine.sink.memory import NullSink
from engine.sink.parcel import Parcel
from engine.sink.postgres import PostgresSink, Record, prepare
from engine.sink.protocol import Sink


@dataclass(frozen=True, slots=True)
class Made:
    """A partition ready to be sent, and when it was made (nanoseconds of the epoch)."""

    parcels: tuple[Parcel, ...]
    began_ns: int
    generated_ns: int


class Delivery:
    """A world to make rows in and the sinks to send them to, each over a connection of its own."""

    def __init__(self, plan: Plan, sinks: Sequence[Sink], batch_rows: int) -> None:
        self._world = World(plan)
        self.sinks = tuple(sinks)
        self._batch_rows = batch_rows

    def make(self, partition: Partition) -> Made:
        """Generate a partition and accept its types; pure. Raises GenerateError or LoadError."""
        began = time.time_ns()
        parcels = self.sinks[0].pack(
            without(make(self._world, partition, self._batch_rows), self._world.plan.postponed)
        )
        return Made(parcels, began, time.time_ns())


@asynccontextmanager
async def deliver(load: Load) -> AsyncIterator[Delivery]:
    """A delivery with as many connections as the load says, closed in the end. Raises ConnectError."""
    catalog = tables_of(load.plan)
    if load.dsn is None:
        yield Delivery(load.plan, [NullSink(catalog)], load.batch_rows)
        return
    async with AsyncExitStack() as held:
        sinks = []
        for _ in range(load.connections):
            connection = await connect(load.dsn)
            held.push_async_callback(connection.close, timeout=5)
            await prepare(connection, durable=load.ledger_file is not None)
            await join_run(connection, UUID(load.run_id))
            sinks.append(PostgresSink(connection, catalog, recorder(load)))
        yield Delivery(load.plan, sinks, load.batch_rows)


def recorder(load: Load) -> Record | None:
    """Writes a partition's line in the ledger, in the transaction of its rows; None where the ledger is a file."""
    if load.ledger_file is not None:
        return None
    run_id = UUID(load.run_id)

    async def record(connection: Connection, partition: Partition, rows: dict[str, int]) -> None:
        await finish_partition(connection, run_id, partition, rows)

    return record


def tables_of(plan: Plan) -> Catalog:
    """The catalog of the tables that a plan fills."""
    return Catalog({(f.table.schema, f.table.name): f.table for f in plan.filled})
