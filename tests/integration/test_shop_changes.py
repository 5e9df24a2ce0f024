"""What happens to a row of the shop after its birth: versions, refusals, its past, soft delete."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import TypeVar

import asyncpg
import pytest

from tests.servers import run_sql
from tests.shop_rows import FILLED, LATER, VALID, insert, key

Result = TypeVar("Result")
CUSTOMER = f"where id = {key(1)}"


@pytest.fixture
def shop(each_shop_database: str) -> str:
    """A shop with one row in every table, on each version."""
    run_sql(each_shop_database, *FILLED)
    return each_shop_database


def on(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        connection = await asyncpg.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def row(dsn: str, query: str) -> asyncpg.Record:
    found = on(dsn, lambda connection: connection.fetchrow(query))
    assert found is not None
    return found


def test_an_update_of_any_table_counts_the_version_up_and_moves_the_clock(shop: str):
    async def update_all(connection: asyncpg.Connection) -> list[tuple[asyncpg.Record, asyncpg.Record]]:
        pairs = []
        for table in VALID:
            read = f"select version, updated_at from shop.{table}"
            before = await connection.fetchrow(read)
            await connection.execute(f"update shop.{table} set created_at = created_at")
            pairs.append((before, await connection.fetchrow(read)))
        return pairs

    for before, after in on(shop, update_all):
        assert (before["version"], after["version"]) == (1, 2)
        assert after["updated_at"] > before["updated_at"]


def test_the_version_that_was_read_may_be_written_back(shop: str):
    run_sql(shop, f"update shop.customers set first_name = 'Eve', version = 1 {CUSTOMER}")
    assert row(shop, "select first_name, version from shop.customers")[:] == ("Eve", 2)


@pytest.mark.parametrize("version", ["1", "3", "null"])
def test_a_stale_version_is_refused_and_nothing_is_written(shop: str, version: str):
    run_sql(shop, f"update shop.customers set first_name = 'Eve' {CUSTOMER}")
    with pytest.raises(asyncpg.SerializationError, match=r"of shop\.customers is stale: it is at version 2") as refused:
        run_sql(shop, f"update shop.customers set first_name = 'Mallory', version = {version} {CUSTOMER}")
    assert (refused.value.schema_name, refused.value.table_name) == ("shop", "customers")
    assert refused.value.column_name == "version"
    assert "Read the row again" in str(refused.value.hint)
    assert row(shop, "select first_name, version from shop.customers")[:] == ("Eve", 2)


def test_of_two_writers_that_read_the_same_version_one_wins(shop: str):
    async def race(first: asyncpg.Connection) -> list[object]:
        second = await asyncpg.connect(shop)
        write = f"update shop.customers set first_name = $1, version = 1 {CUSTOMER}"
        try:
            pair = (first.execute(write, "Ada"), second.execute(write, "Eve"))
            return list(await asyncio.gather(*pair, return_exceptions=True))
        finally:
            await second.close()

    said = on(shop, race)
    assert sorted(type(one).__name__ for one in said) == ["SerializationError", "str"]


def test_a_writer_that_plays_back_the_past_says_when_it_was(shop: str):
    run_sql(shop, f"update shop.orders set updated_at = {LATER}")
    moment = row(shop, "select updated_at from shop.orders")["updated_at"]
    assert moment == datetime(2025, 11, 30, 9, tzinfo=timezone.utc)


def test_rows_that_are_born_leave_no_trace_in_the_audit_log(shop: str):
    async def copy(connection: asyncpg.Connection) -> int:
        records = [(f"{n}@example.com", "Ada", "King") for n in range(100)]
        await connection.copy_records_to_table(
            "customers", schema_name="shop", columns=["email", "first_name", "last_name"], records=records
        )
        return int(await connection.fetchval("select count(*) from shop.audit_log"))

    assert on(shop, copy) == 0


def test_an_update_of_any_table_keeps_the_row_as_it_was_and_as_it_is(shop: str):
    async def change(connection: asyncpg.Connection, table: str) -> tuple[asyncpg.Record, int, str, str]:
        before = await connection.fetchval(f"select to_jsonb(t)::text from shop.{table} t")
        async with connection.transaction():
            await connection.execute(f"update shop.{table} set created_at = created_at")
            transaction = int(await connection.fetchval("select pg_current_xact_id()::text"))
        after = await connection.fetchval(f"select to_jsonb(t)::text from shop.{table} t")
        (entry,) = await connection.fetch("select * from shop.audit_log where table_name = $1", table)
        return entry, transaction, before, after

    async def change_all(connection: asyncpg.Connection) -> dict[str, tuple[asyncpg.Record, int, str, str]]:
        return {table: await change(connection, table) for table in VALID}

    for entry, transaction, before, after in on(shop, change_all).values():
        assert (entry["row_key"], entry["operation"]) == (key(1).strip("'"), "UPDATE")
        assert json.loads(entry["old_row"]) == json.loads(before)
        assert json.loads(entry["new_row"]) == json.loads(after)
        assert (entry["transaction_id"], entry["changed_by"]) == (transaction, "postgres")


def test_a_deleted_order_takes_its_lines_along_and_all_are_kept(shop: str):
    run_sql(shop, *(f"delete from shop.{table}" for table in ("payments", "shipments", "returns", "orders")))
    kept = on(shop, lambda c: c.fetch("select table_name, operation, new_row from shop.audit_log order by 1"))
    assert [entry["table_name"] for entry in kept] == ["order_items", "orders", "payments", "returns", "shipments"]
    assert all(entry["operation"] == "DELETE" and entry["new_row"] is None for entry in kept)


def test_an_order_with_payments_cannot_be_deleted(shop: str):
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        run_sql(shop, "delete from shop.orders")


def test_a_soft_deleted_customer_stays_with_the_email_and_is_audited(shop: str):
    run_sql(shop, f"update shop.customers set email = 'ada@example.com', deleted_at = now() {CUSTOMER}")
    assert row(shop, "select count(*) as n, max(version) as v from shop.customers where deleted_at is not null")[:] == (
        1,
        2,
    )
    entry = row(shop, "select old_row ->> 'deleted_at' as old, new_row ->> 'deleted_at' as new from shop.audit_log")
    assert entry["old"] is None
    assert entry["new"] is not None
    with pytest.raises(asyncpg.UniqueViolationError):
        run_sql(shop, insert("customers", email="'ada@example.com'"))


def test_a_clerk_without_rights_on_the_past_writes_it_all_the_same(shop: str):
    run_sql(
        shop,
        "create role clerk",
        "grant usage on schema shop to clerk",
        "grant select, update on shop.orders to clerk",
    )
    try:

        async def as_clerk(connection: asyncpg.Connection) -> None:
            await connection.execute("set role clerk")
            await connection.execute("set search_path = pg_temp")
            await connection.execute("update shop.orders set channel = 'app'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("delete from shop.audit_log")

        on(shop, as_clerk)
        assert row(shop, "select count(*) as n from shop.audit_log")["n"] == 1
    finally:
        run_sql(shop, "drop owned by clerk", "drop role clerk")
