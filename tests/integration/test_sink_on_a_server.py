"""Partitions into a real PostgreSQL: whole or not at all, and a refusal that names entity, column, row and value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import pyarrow as pa
import pytest

from engine.batch import Batch, Partition, TableId
from engine.catalog.model import Catalog, Check, Column, Table
from engine.errors import ConnectError, LoadError
from engine.sink.encode import CopyFormat
from engine.sink.locate import values_at
from engine.sink.memory import MemorySink, NullSink
from engine.sink.postgres import PostgresSink, prepare
from engine.types import INT4, TEXT, PgType, numeric

T = TypeVar("T")

SCHEMA = """
create schema shop;
create table shop.customers (
    id int4 primary key, email text not null unique, note text, age int2 check (age >= 18), nick varchar(5)
);
create table shop.orders (
    id int4 primary key, customer_id int4 not null references shop.customers, total numeric(8, 2) not null,
    placed_from inet, constraint total_is_positive check (total > 0)
);
"""
CUSTOMERS = Table(
    "shop",
    "customers",
    (
        Column("id", INT4),
        Column("email", TEXT),
        Column("note", TEXT),
        Column("age", PgType("int2")),
        Column("nick", PgType("varchar", length=5)),
    ),
    primary_key=("id",),
    checks=(Check("customers_age_check", "CHECK ((age >= 18))"),),
)
ORDERS = Table(
    "shop",
    "orders",
    (
        Column("id", INT4),
        Column("customer_id", INT4),
        Column("total", numeric(8, 2)),
        Column("placed_from", PgType("inet")),
    ),
    primary_key=("id",),
    checks=(Check("total_is_positive", "CHECK ((total > (0)::numeric))"),),
)
CATALOG = Catalog({("shop", "customers"): CUSTOMERS, ("shop", "orders"): ORDERS})
PARTITION = Partition("customers", 3, 0, 100)


def customers(n: int, **changed: Any) -> Batch:
    """Customers 1 … n; `changed` replaces columns."""
    ids = list(range(1, n + 1))
    columns = {"id": pa.array(ids, pa.int32()), "email": pa.array([f"c{i}@example.com" for i in ids])} | changed
    return Batch("customers", TableId("shop", "customers"), pa.RecordBatch.from_pydict(columns))


def orders(customer_ids: list[int], **changed: Any) -> Batch:
    n = len(customer_ids)
    columns = {
        "id": pa.array(range(1, n + 1), pa.int32()),
        "customer_id": pa.array(customer_ids, pa.int32()),
        "total": pa.array([5] * n, pa.decimal128(8, 2)),
    } | changed
    return Batch("orders", TableId("shop", "orders"), pa.RecordBatch.from_pydict(columns))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def load(dsn: str, *batches: Batch) -> dict[str, int]:
    async with opened(dsn) as connection:
        await connection.execute(SCHEMA)
        await prepare(connection)
        sink = PostgresSink(connection, CATALOG)
        return await sink.write(PARTITION, sink.pack(batches))


def refused(dsn: str, *batches: Batch) -> str:
    """The error of a load that must fail and leave no row."""

    async def attempt() -> str:
        with pytest.raises(LoadError) as error:
            await load(dsn, *batches)
        async with opened(dsn) as connection:
            assert await connection.fetchval("select count(*) from shop.customers") == 0
            assert await connection.fetchval("select count(*) from shop.orders") == 0
        return str(error.value)

    return run(attempt())


def test_parents_and_children_arrive_together(each_database: str) -> None:
    parts = [customers(2), orders([1, 2]), orders([2], id=pa.array([9], pa.int32()))]
    assert run(load(each_database, *parts)) == {"customers": 2, "orders": 3}


def test_a_partition_and_its_ledger_line_commit_together(database: str) -> None:
    async def scenario() -> tuple[int, int, list[Any]]:
        async with opened(database) as connection, opened(database) as other:
            await connection.execute(SCHEMA + "create table done (number int)")
            seen = []

            async def record(inside: Any, partition: Partition, rows: dict[str, int]) -> None:
                seen.append((partition.number, rows))
                await inside.execute("insert into done values ($1)", partition.number)
                assert await other.fetchval("select count(*) from shop.customers") == 0

            sink = PostgresSink(connection, CATALOG, record)
            await sink.write(PARTITION, sink.pack([customers(5)]))
            counts = [await other.fetchval(f"select count(*) from {t}") for t in ("done", "shop.customers")]
            return counts[0], counts[1], seen

    assert run(scenario()) == (1, 5, [(3, {"customers": 5})])


def test_a_ledger_that_refuses_takes_the_rows_with_it(database: str) -> None:
    async def scenario() -> tuple[str, int]:
        async with opened(database) as connection:
            await connection.execute(SCHEMA)

            async def record(inside: Any, partition: Partition, rows: dict[str, int]) -> None:  # noqa: ARG001
                await inside.execute("insert into no_such_table values (1)")

            sink = PostgresSink(connection, CATALOG, record)
            with pytest.raises(LoadError) as error:
                await sink.write(PARTITION, sink.pack([customers(5)]))
            return str(error.value), await connection.fetchval("select count(*) from shop.customers")

    message, rows = run(scenario())
    assert rows == 0
    assert message.startswith("partition 3 of customers could not be committed: relation")


def test_a_violated_check_names_entity_column_row_and_value(each_database: str) -> None:
    totals = pa.array([5, 5, -1, 5], pa.decimal128(8, 2))
    message = refused(each_database, customers(2), orders([1, 1, 2, 2], total=totals))
    assert message.splitlines() == [
        "orders: shop.orders.total refused a row: "
        'new row for relation "orders" violates check constraint "total_is_positive"',
        "  row: orders 3 of 4 in partition 3 of customers: total = -1.00, id = 3",
        "  detail: Failing row contains (3, 2, -1.00, null).",
        "  hint: narrow the generator of the column so that every row satisfies the CHECK",
    ]


def test_the_row_is_found_in_a_later_batch(database: str) -> None:
    ages = pa.array([18] * 99 + [17], pa.int16())
    later = customers(100, id=pa.array(range(101, 201), pa.int32()), email=pa.array(map(str, range(100))), age=ages)
    message = refused(database, customers(100, age=pa.array([18] * 100, pa.int16())), later)
    assert "row: customers 200 of 200 in partition 3 of customers: age = 17, id = 200" in message


def test_a_null_where_none_may_be_is_named(each_database: str) -> None:
    message = refused(each_database, customers(3, email=pa.array(["a", None, "c"])))
    assert "customers: shop.customers.email refused a row: null value in column" in message
    assert "row: customers 2 of 3 in partition 3 of customers: email = null, id = 2" in message
    assert "hint: give the column a generator that makes no nulls" in message


def test_a_value_twice_is_named(each_database: str) -> None:
    message = refused(each_database, customers(3, email=pa.array(["a", "b", "a"])))
    assert "shop.customers.email refused a row: duplicate key value" in message
    assert "row: customers 3 of 3 in partition 3 of customers: email = a, id = 3" in message
    assert "detail: Key (email)=(a) already exists." in message


def test_a_child_without_parent_is_found_by_its_key(each_database: str) -> None:
    message = refused(each_database, customers(2), orders([1, 2, 7, 1]))
    assert "shop.orders.customer_id refused a row" in message
    assert "row: orders 3 of 4 in partition 3 of customers: customer_id = 7, id = 3" in message
    assert "hint: fill the column by a reference" in message


def test_a_text_that_is_too_long_is_named(each_database: str) -> None:
    message = refused(each_database, customers(2, nick=pa.array(["short", "too long"])))
    assert "shop.customers.nick refused a row: value too long" in message
    assert "row: customers 2 of 2 in partition 3 of customers: nick = too long, id = 2" in message


def test_a_row_of_csv_is_found_where_texts_hold_line_feeds(each_database: str) -> None:
    table = Table("shop", "notes", (Column("note", TEXT), Column("ip", PgType("inet"))))
    rows = pa.RecordBatch.from_pydict(
        {
            "note": pa.array(["one\ntwo\n", None, "three\r\nfour", "five"]),
            "ip": pa.array([None, "::1", "nonsense", None]),
        }
    )

    async def scenario() -> str:
        async with opened(each_database) as connection:
            await connection.execute("create schema shop; create table shop.notes (note text, ip inet)")
            sink = PostgresSink(connection, Catalog({("shop", "notes"): table}))
            parcels = sink.pack([Batch("notes", TableId("shop", "notes"), rows)])
            assert parcels[0].encoding.format is CopyFormat.CSV
            with pytest.raises(LoadError) as error:
                await sink.write(Partition("notes", 0, 0, 4), parcels)
            return str(error.value)

    assert "row: notes 3 of 4 in partition 0 of notes: ip = nonsense" in run(scenario())


def test_a_row_whose_texts_were_read_is_told_in_words(each_database: str) -> None:
    table = Table("shop", "hosts", (Column("id", PgType("int4")), Column("ip", PgType("inet"))))
    rows = pa.RecordBatch.from_pydict(
        {"id": pa.array([1, 2, 3], pa.int32()), "ip": pa.array(["10.0.0.1", None, "10.0.0.9"])}
    )

    async def scenario() -> str:
        async with opened(each_database) as connection:
            await connection.execute(
                "create schema shop; create table shop.hosts (id int4, ip inet check (ip < '10.0.0.5'))"
            )
            sink = PostgresSink(connection, Catalog({("shop", "hosts"): table}))
            parcels = sink.pack([Batch("hosts", TableId("shop", "hosts"), rows)])
            assert parcels[0].encoding.format is CopyFormat.BINARY
            with pytest.raises(LoadError) as error:
                await sink.write(Partition("hosts", 0, 0, 3), parcels)
            return values_at(parcels[0], 2, ("ip",))["ip"] + str(error.value)

    message = run(scenario())
    assert message.startswith("10.0.0.9")
    assert "row: hosts 3 of 3 in partition 0 of hosts" in message


async def _stuck_load(database: str, other: Any) -> tuple[Any, asyncio.Task[Any], int]:
    """A write that waits inside its COPY for a row lock that `other` holds."""
    await other.execute(SCHEMA)
    blocked = other.transaction()
    await blocked.start()
    await other.execute("insert into shop.customers values (50, 'c500@example.com')")
    connection = await asyncpg.connect(database)
    sink = PostgresSink(connection, CATALOG)
    pid = connection.get_server_pid()
    task = asyncio.create_task(sink.write(PARTITION, sink.pack([customers(100_000)])))
    async with opened(database) as watcher:
        query = "select wait_event_type = 'Lock' and query ilike 'copy%' from pg_stat_activity where pid = $1"
        while not await watcher.fetchval(query, pid):
            await asyncio.sleep(0.01)
    return connection, task, pid


def test_a_copy_whose_connection_is_killed_leaves_no_row(each_database: str) -> None:
    async def scenario() -> int:
        async with opened(each_database) as other, opened(each_database) as killer:
            connection, task, pid = await _stuck_load(each_database, other)
            await killer.execute("select pg_terminate_backend($1)", pid)
            with pytest.raises(ConnectError, match="nothing of it was kept"):
                await task
            await connection.close()
            await other.execute("rollback")
            count: int = await killer.fetchval("select count(*) from shop.customers")
            return count

    assert run(scenario()) == 0


def test_a_cancelled_copy_leaves_no_row_and_a_connection_that_works(each_database: str) -> None:
    async def scenario() -> tuple[int, int]:
        async with opened(each_database) as other:
            connection, task, _ = await _stuck_load(each_database, other)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await other.execute("rollback")
            before = await connection.fetchval("select count(*) from shop.customers")
            sink = PostgresSink(connection, CATALOG)
            await sink.write(PARTITION, sink.pack([customers(10)]))
            after = await connection.fetchval("select count(*) from shop.customers")
            await connection.close()
            return before, after

    assert run(scenario()) == (0, 10)


def test_a_value_that_cannot_be_sent_stops_the_copy_and_the_connection_still_works(each_database: str) -> None:
    async def scenario() -> tuple[int, dict[str, int]]:
        async with opened(each_database) as connection:
            await connection.execute(SCHEMA)
            sink = PostgresSink(connection, CATALOG)
            notes = pa.array(["fine"] * 20_000 + ["a\0b"])
            with pytest.raises(LoadError, match="text value 20000 of a batch holds a NUL"):
                await sink.write(PARTITION, sink.pack([customers(20_001, note=notes)]))
            kept = await connection.fetchval("select count(*) from shop.customers")
            return kept, await sink.write(PARTITION, sink.pack([customers(5)]))

    assert run(scenario()) == (0, {"customers": 5})


def test_a_role_without_insert_is_told_what_to_grant(database: str) -> None:
    async def scenario() -> str:
        async with opened(database) as connection:
            await connection.execute(SCHEMA)
            await connection.execute("create role reader_only; grant usage on schema shop to reader_only")
            await connection.execute("set role reader_only")
            sink = PostgresSink(connection, CATALOG)
            with pytest.raises(LoadError) as error:
                await sink.write(PARTITION, sink.pack([customers(1)]))
            await connection.execute("reset role; revoke usage on schema shop from reader_only; drop role reader_only")
            return str(error.value)

    assert "hint: grant INSERT on the table to the role that loads" in run(scenario())


def test_a_commit_waits_for_the_disk_only_when_asked(database: str) -> None:
    async def setting(*, durable: bool) -> Any:
        async with opened(database) as connection:
            await connection.execute("set synchronous_commit = on")
            await prepare(connection, durable=durable)
            return await connection.fetchval("show synchronous_commit")

    assert run(setting(durable=False)) == "off"
    assert run(setting(durable=True)) == "on"


def test_the_memory_twin_keeps_what_the_server_keeps(database: str) -> None:
    batches = [customers(3), orders([3, 1])]

    async def scenario() -> tuple[Any, Any]:
        memory = MemorySink(CATALOG)
        assert await memory.write(PARTITION, memory.pack(batches)) == {"customers": 3, "orders": 2}
        assert await memory.write(PARTITION, memory.pack(batches)) == {"customers": 3, "orders": 2}
        await load(database, *batches)
        async with opened(database) as connection:
            stored = await connection.fetch("select id, customer_id, total from shop.orders order by id")
        return memory.table(TableId("shop", "orders")).to_pylist(), [dict(row) for row in stored]

    kept, stored = run(scenario())
    assert kept == stored


def test_the_null_sink_encodes_and_counts() -> None:
    async def scenario() -> tuple[dict[str, int], int]:
        sink = NullSink(CATALOG)
        written = await sink.write(PARTITION, sink.pack([orders([1, 2])]))
        return written, sink.size_bytes

    written, size = run(scenario())
    assert written == {"orders": 2}
    assert size > 50
