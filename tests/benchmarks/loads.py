"""``python -m tests.benchmarks.loads [ROWS_SCALE]``: a whole load beside sending the very same bytes.

The reference is what no generator can beat: every partition encoded beforehand, sent over the same number of
connections into the same tables, with the same constraints suspended before and rebuilt after. Each load has the
server to itself: the database of the one before is dropped and a checkpoint done, so that nothing of it is still
being written; who goes first changes from round to round.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.batch import BATCH_ROWS, Partition, TableId
from engine.catalog.introspect import introspect
from engine.dsn import Connection, connect
from engine.embedded import Throwaway
from engine.embedded.cluster import LOAD
from engine.execute.delivery import Delivery, tables_of
from engine.ledger import Ledger
from engine.plan.model import Plan
from engine.run import Request, run
from engine.run.books import InDatabase
from engine.run.course import bring_back, decide
from engine.run.prepare import compiled
from engine.sink.constraints import suspend
from engine.sink.finish import analyze, set_sequences
from engine.sink.memory import NullSink
from engine.sink.parcel import Parcel
from engine.sink.postgres import prepare
from engine.spec.load import load
from migrations import upgrade
from tests.servers import run_sql

SPEC = Path("specs/black_friday.yaml")
CONNECTIONS = 2
ROUNDS = 5


def overrides(scale: float) -> dict[str, str]:
    """`scale` 1 is about 1.26 million rows."""
    named = {"orders": 150_000, "customers": 60_000, "abandoned": 60_000}
    return {name: str(int(count * scale)) for name, count in named.items()}


@contextmanager
def fresh(server: Throwaway) -> Iterator[str]:
    """A database with the shop in it, alone on a server that has nothing left to write."""
    run_sql(server.dsn(), "create database bench template shop")
    run_sql(server.dsn(), "checkpoint")
    yield server.dsn("bench")
    run_sql(server.dsn(), "drop database bench")


async def engine_seconds(dsn: str, scale: float) -> float:
    """A run as users have it, from the first constraint suspended to the last statistics."""
    request = Request(SPEC.read_text(), str(SPEC), overrides(scale))
    report = await run(request, dsn=dsn)
    if report.status != "succeeded":
        raise SystemExit("\n".join(report.diagnostics))
    phases = ", ".join(f"{p.name} {p.seconds:.2f}" for p in report.phases)
    print(f"  engine     {report.seconds:6.2f} s  ({phases})", flush=True)
    return report.seconds


async def planned(dsn: str, scale: float) -> Plan:
    """The plan of the same load."""
    connection = await connect(dsn)
    request = Request(SPEC.read_text(), str(SPEC), overrides(scale))
    spec = load(request.text, file=request.file, overrides=request.overrides)
    catalog = await introspect(connection, [e.table for e in spec.scenario.entities.values()])
    await connection.close()
    return compiled(request, spec, catalog).plan


@dataclass(frozen=True)
class Sealed:
    """The bytes of one table's COPY in one partition."""

    table: TableId
    columns: tuple[str, ...]
    format: str
    rows: int
    data: bytes


def sealed(plan: Plan) -> list[tuple[Sealed, ...]]:
    """Every partition's bytes, in loading order."""
    delivery = Delivery(plan, [NullSink(tables_of(plan))], BATCH_ROWS)
    return [tuple(_seal(parcel) for parcel in delivery.make(p).parcels) for p in partitions(plan)]


def _seal(parcel: Parcel) -> Sealed:
    table = TableId(parcel.table.schema, parcel.table.name)
    data = b"".join(memoryview(chunk) for chunk in parcel.chunks())
    return Sealed(table, parcel.encoding.columns, str(parcel.encoding.format), parcel.rows, data)


def partitions(plan: Plan) -> list[Partition]:
    """Every partition, in loading order."""
    return [plan.partition(r, n) for s in plan.stages for r in s.roots for n in plan.partitions(r)]


async def reference_seconds(dsn: str, plan: Plan, parcels: Sequence[tuple[Sealed, ...]]) -> float:
    """Suspend, send what is encoded, rebuild, analyze."""
    connections = [await connect(dsn) for _ in range(CONNECTIONS)]
    for connection in connections:
        await prepare(connection)
    began = time.perf_counter()
    suspensions = await suspend(connections[0], await decide(connections[0], plan), _nothing)
    todo = iter(parcels)
    sending = time.perf_counter()

    async def send(connection: Connection) -> None:
        for partition in todo:
            async with connection.transaction():
                for one in partition:
                    await connection.copy_to_table(
                        one.table.name,
                        schema_name=one.table.schema,
                        columns=list(one.columns),
                        source=io.BytesIO(one.data),
                        format=one.format,
                    )

    await asyncio.gather(*(send(c) for c in connections))
    rebuilding = time.perf_counter()
    await bring_back(dsn, connections[0], suspensions, InDatabase(Ledger(connections[0])))
    entities = plan.entities.values()
    await set_sequences(connections[0], [(e.table, e.written) for e in entities])
    await analyze(connections[0], {e.table_id: e.table for e in entities}.values())
    ended = time.perf_counter()
    for connection in connections:
        await connection.close()
    print(
        f"  same bytes {ended - began:6.2f} s  (suspend {sending - began:.2f}, "
        f"load {rebuilding - sending:.2f}, rebuild and analyze {ended - rebuilding:.2f})",
        flush=True,
    )
    return ended - began


async def _nothing(*_: object) -> None:
    """No ledger."""


def main(scale: float = 1.0) -> None:
    """Print the ratio of each round and their median."""
    with Throwaway(settings=LOAD) as server:
        run_sql(server.dsn(), "create database shop")
        upgrade(server.dsn("shop"))
        plan = asyncio.run(planned(server.dsn("shop"), scale))
        began = time.perf_counter()
        parcels = sealed(plan)
        making = time.perf_counter() - began
        rows = sum(p.rows for ps in parcels for p in ps)
        size = sum(len(p.data) for ps in parcels for p in ps)
        print(f"{rows:,} rows, {size / 2**20:,.0f} MiB; made and encoded on one core: {rows / making:,.0f} rows/s")
        ratios = []
        for number in range(ROUNDS):
            seconds = {}
            for ours in (number % 2 == 1, number % 2 == 0):
                with fresh(server) as dsn:
                    load = engine_seconds(dsn, scale) if ours else reference_seconds(dsn, plan, parcels)
                    seconds[ours] = asyncio.run(load)
            ratios.append(seconds[True] / seconds[False])
            print(f"  ratio      {ratios[-1]:6.2f}", flush=True)
        median = statistics.median(ratios)
        print(f"end to end, {CONNECTIONS} connections: {median:.2f} x the time of the same bytes (hoped for: ≤ 1.15)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
