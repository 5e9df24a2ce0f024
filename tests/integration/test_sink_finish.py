"""Before and after the rows: emptying tables, sequences behind explicit ids, statistics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import pytest

from engine.batch import TableId
from engine.catalog.model import Column, Table
from engine.errors import LoadError, Refused
from engine.sink.empty import holding_rows, truncate
from engine.sink.finish import analyze, set_sequences
from engine.types import INT4, INT8, TEXT

T = TypeVar("T")

SCHEMA = """
create schema "Shop";
set search_path = "Shop";
create table customers (id int generated always as identity primary key, name text);
create table orders (id bigserial primary key, customer_id int not null references customers);
create table reviews (id int primary key, customer_id int constraint by_whom references customers);
create table countdown (id int primary key);
create sequence "Down" increment -1 owned by countdown.id;
insert into customers (name) values ('a'), ('b');
insert into orders (customer_id) values (1);
"""
CUSTOMERS, ORDERS, REVIEWS = (TableId("Shop", name) for name in ("customers", "orders", "reviews"))
VISITOR = """
do $$ begin create role visitor; exception when duplicate_object then null; end $$;
grant usage on schema "Shop" to visitor;
grant insert on all tables in schema "Shop" to visitor;
"""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


@asynccontextmanager
async def opened(dsn: str, *statements: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
        yield connection
    finally:
        await connection.close()


def table(name: str, key: Column, *, owned: bool = True) -> Table:
    return Table("Shop", name, (key, Column("name", TEXT)), primary_key=("id",), owned=owned)


def test_tables_with_rows_are_told_in_order(each_database: str) -> None:
    async def scenario() -> tuple[TableId, ...]:
        async with opened(each_database, SCHEMA) as connection:
            return await holding_rows(connection, [ORDERS, REVIEWS, CUSTOMERS])

    assert run(scenario()) == (ORDERS, CUSTOMERS)


def test_emptying_takes_empty_tables_that_point_there_along_and_restarts_the_ids(each_database: str) -> None:
    async def scenario() -> tuple[int, tuple[TableId, ...]]:
        async with opened(each_database, SCHEMA) as connection:
            await truncate(connection, [CUSTOMERS, ORDERS])
            left = await holding_rows(connection, [CUSTOMERS, ORDERS])
            return await connection.fetchval("insert into customers (name) values ('c') returning id"), left

    assert run(scenario()) == (1, ())


def test_emptying_is_refused_where_it_would_take_rows_nobody_asked_for(each_database: str) -> None:
    async def scenario() -> tuple[str, int]:
        rows = "insert into reviews values (1, 2)"
        heir = "create table old_orders () inherits (orders); insert into old_orders values (9, 1)"
        async with opened(each_database, SCHEMA, rows, heir) as connection:
            with pytest.raises(Refused) as error:
                await truncate(connection, [CUSTOMERS, ORDERS])
            return str(error.value), await connection.fetchval("select count(*) from customers")

    message, left = run(scenario())
    assert left == 2
    assert message.splitlines() == [
        "emptying the tables would take rows that the spec does not fill:",
        "  Shop.old_orders inherits from Shop.orders and holds rows",
        "  Shop.reviews points to Shop.customers by by_whom and holds rows",
        "  hint: add them to the spec, or empty them yourself",
    ]


def test_emptying_without_the_right_is_refused(each_database: str) -> None:
    async def scenario() -> tuple[str, str]:
        async with opened(each_database, SCHEMA, VISITOR, "set role visitor") as connection:
            with pytest.raises(Refused) as error:
                await truncate(connection, [REVIEWS])
            with pytest.raises(Refused) as unseen:
                await holding_rows(connection, [REVIEWS])
            return str(error.value), str(unseen.value)

    emptying, looking = run(scenario())
    assert emptying.startswith(
        "we have no right to empty the tables: permission denied for table reviews\n  hint: grant TRUNCATE"
    )
    assert looking.startswith("we cannot see whether the tables are empty: permission denied for table reviews")


def test_emptying_tables_in_use_gives_up(each_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sink.empty._LOCK_TIMEOUT", "200ms")

    async def scenario() -> None:
        async with opened(each_database, SCHEMA) as connection, opened(each_database) as reader, reader.transaction():
            await reader.fetch('select * from "Shop".orders')
            with pytest.raises(LoadError, match="the tables are in use"):
                await truncate(connection, [ORDERS])

    run(scenario())


def test_a_sequence_goes_on_after_the_largest_id(each_database: str) -> None:
    async def scenario() -> tuple[tuple[str, ...], int, int, int]:
        async with opened(each_database, SCHEMA) as connection:
            await connection.execute("insert into customers overriding system value values (500, 'x')")
            await connection.execute("insert into orders values (7000000000, 1)")
            await connection.execute("insert into countdown values (-30), (-10)")
            filled = [
                (table("customers", Column("id", INT4, sequence='"Shop".customers_id_seq')), ("id", "name")),
                (table("orders", Column("id", INT8, sequence='"Shop".orders_id_seq')), ("id",)),
                (table("countdown", Column("id", INT4, sequence='"Shop"."Down"')), ("id",)),
            ]
            notes = await set_sequences(connection, filled)
            return (
                notes,
                await connection.fetchval("insert into customers (name) values ('y') returning id"),
                await connection.fetchval("insert into orders (customer_id) values (1) returning id"),
                await connection.fetchval("""select nextval('"Down"')"""),
            )

    assert run(scenario()) == ((), 501, 7_000_000_001, -31)


def test_a_sequence_never_goes_back_and_an_empty_table_leaves_it(each_database: str) -> None:
    async def scenario() -> tuple[int, int]:
        async with opened(each_database, SCHEMA) as connection:
            await connection.execute("select setval('customers_id_seq', 900); delete from orders")
            customers = table("customers", Column("id", INT4, sequence='"Shop".customers_id_seq'))
            orders = table("orders", Column("id", INT8, sequence='"Shop".orders_id_seq'))
            await set_sequences(connection, [(customers, ("id",)), (orders, ("id",)), (orders, ())])
            return (
                await connection.fetchval("insert into customers (name) values ('y') returning id"),
                await connection.fetchval("insert into orders (customer_id) values (1) returning id"),
            )

    assert run(scenario()) == (901, 2)


def test_the_first_explicit_id_of_a_fresh_sequence_counts(each_database: str) -> None:
    async def scenario() -> int:
        async with opened(each_database, SCHEMA) as connection:
            await truncate(connection, [ORDERS])
            await connection.execute("insert into orders values (1, 1)")
            orders = table("orders", Column("id", INT8, sequence='"Shop".orders_id_seq'))
            await set_sequences(connection, [(orders, ("id",))])
            last: int = await connection.fetchval("insert into orders (customer_id) values (1) returning id")
            return last

    assert run(scenario()) == 2


def test_what_could_not_be_finished_is_noted(each_database: str) -> None:
    async def scenario() -> tuple[tuple[str, ...], tuple[str, ...]]:
        async with opened(each_database, SCHEMA, VISITOR, "set role visitor") as connection:
            orders = table("orders", Column("id", INT8, sequence='"Shop".orders_id_seq'), owned=False)
            return await set_sequences(connection, [(orders, ("id",))]), await analyze(connection, [orders])

    assert run(scenario()) == (
        ("the sequence of Shop.orders.id was not moved: we have no right to it",),
        ("Shop.orders was not analysed: we do not own it",),
    )


def test_statistics_are_fresh_afterwards(each_database: str) -> None:
    async def scenario() -> tuple[float, tuple[str, ...]]:
        async with opened(each_database, SCHEMA) as connection:
            notes = await analyze(connection, [table("customers", Column("id", INT4))])
            query = """select reltuples from pg_class where oid = '"Shop".customers'::regclass"""
            return await connection.fetchval(query), notes

    assert run(scenario()) == (2.0, ())
