"""Constraints out of the way and back: the schema is the same to the letter, and nothing unsafe is touched."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import asyncpg
import pytest

from engine.batch import TableId
from engine.embedded import Throwaway
from engine.errors import ConnectError, LoadError
from engine.sink.constraints import (
    Kind,
    Method,
    RestoreError,
    Suspension,
    restore,
    suspend,
)
from engine.sink.empty import truncate
from tests.integration.constrained import SCHEMA, SHOP, decided, dump, nothing, opened, run


def test_the_schema_is_the_same_after_suspend_and_restore(each_database: str, postgres_server: Throwaway) -> None:
    async def scenario() -> tuple[tuple[Suspension, ...], str, list[str]]:
        async with opened(each_database, SCHEMA) as connection, opened(each_database) as other:
            suspensions = await suspend(connection, await decided(connection, SHOP), nothing)
            between = dump(postgres_server, each_database)
            await connection.execute(
                "insert into customers select i, i::text, i::text from generate_series(1, 100) as i"
            )
            await connection.execute(
                "insert into orders select i, i, 1, '2025-01-01', 5 from generate_series(1, 100) as i"
            )
            told: list[str] = []
            await restore([connection, other], suspensions, nothing, lambda s, _: told.append(s.name))
            return suspensions, between, told

    async def set_up() -> None:
        async with opened(each_database, SCHEMA):
            pass
        before.append(dump(postgres_server, each_database))
        async with opened(each_database, 'drop schema "Shop" cascade'):
            pass

    before: list[str] = []
    run(set_up())
    suspensions, between, told = run(scenario())
    assert {s.name for s in suspensions} == {
        *("unique Email", "once", "to_customer", "to_parent"),
        *("by_customer", "By Month", "code_index", "by_total", "by_expression"),
    }
    assert between != before[0]
    assert dump(postgres_server, each_database) == before[0]
    assert sorted(told) == sorted(s.name for s in suspensions)
    assert set(told[-2:]) == {"to_customer", "to_parent"}  # foreign keys come last


def test_a_restored_constraint_is_validated_and_enforced(each_database: str) -> None:
    async def scenario() -> list[Any]:
        async with opened(each_database, SCHEMA) as connection:
            suspensions = await suspend(connection, await decided(connection, SHOP), nothing)
            await restore([connection], suspensions, nothing)
            for statement in (
                "insert into orders values (1, 5, null, '2025-01-01', 1); set constraints all immediate",
                "insert into customers values (1, 'a', 'x'), (2, 'a', 'y')",
            ):
                with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                    await connection.execute(statement)
            return list(await connection.fetch("select convalidated from pg_constraint where contype = 'f'"))

    assert [row["convalidated"] for row in run(scenario())] == [True, True]


def test_foreign_keys_stay_in_the_catalog_from_version_18(each_database: str) -> None:
    async def scenario() -> tuple[int, set[Method], int]:
        async with opened(each_database, SCHEMA) as connection:
            suspensions = await suspend(connection, await decided(connection, SHOP), nothing)
            left = await connection.fetchval("select count(*) from pg_constraint where contype = 'f'")
            methods = {s.method for s in suspensions if s.kind is Kind.FOREIGN_KEY}
            return connection.get_server_version().major, methods, left

    version, methods, left = run(scenario())
    assert (methods, left) == (({Method.NOT_ENFORCED}, 2) if version >= 18 else ({Method.DROP}, 0))


LEDGER = "create schema kept; create table kept.suspended (name text, data jsonb)"


async def write_down(connection: Any, suspensions: Sequence[Suspension]) -> None:
    rows = [(s.name, json.dumps(s.as_json())) for s in suspensions]
    await connection.executemany("insert into kept.suspended values ($1, $2)", rows)


async def strike_out(connection: Any, suspension: Suspension) -> None:
    await connection.execute("delete from kept.suspended where name = $1", suspension.name)


async def written_down(connection: Any) -> list[Suspension]:
    rows = await connection.fetch("select data from kept.suspended order by name")
    return [Suspension.from_json(json.loads(row["data"])) for row in rows]


def test_a_crash_between_suspend_and_restore_is_repaired_from_the_ledger(
    each_database: str, postgres_server: Throwaway
) -> None:
    async def scenario() -> tuple[str, int, list[Suspension]]:
        async with opened(each_database, SCHEMA, LEDGER) as first:
            before = dump(postgres_server, each_database)
            suspensions = await suspend(first, await decided(first, SHOP), write_down)
            first.terminate()
        async with opened(each_database) as second:
            found = await written_down(second)
            assert found == sorted(suspensions, key=lambda s: s.name)
            await restore([second], found[:4], strike_out)  # and this one crashes half way
        async with opened(each_database) as third:
            await restore([third], found, strike_out)
            return before, len(found), await written_down(third)

    before, count, left = run(scenario())
    assert (count, left) == (9, [])
    assert dump(postgres_server, each_database) == before


def test_what_is_suspended_is_written_down_in_the_same_transaction(each_database: str) -> None:
    async def scenario() -> tuple[int, int]:
        async with opened(each_database, SCHEMA, LEDGER) as connection, opened(each_database) as other:
            decisions = await decided(connection, SHOP)

            async def record(inside: Any, suspensions: Sequence[Suspension]) -> None:
                await write_down(inside, suspensions)
                await other.execute('drop index "Shop".by_total')  # somebody was faster: suspending it must fail

            with pytest.raises(LoadError, match=r"^Shop\.orders: could not be .*index .by_total. does not exist"):
                await suspend(connection, decisions, record)
            indexes = await connection.fetchval("""select count(*) from pg_indexes where schemaname = 'Shop'""")
            return indexes, len(await written_down(connection))

    assert run(scenario()) == (8, 0)


async def _broken(dsn: str, *rows: str) -> tuple[RestoreError, Callable[[], Coroutine[Any, Any, list[str]]]]:
    async with opened(dsn, SCHEMA, LEDGER) as connection:
        suspensions = await suspend(connection, await decided(connection, SHOP), write_down)
        for statement in rows:
            await connection.execute(statement)
        with pytest.raises(RestoreError) as error:
            await restore([connection], suspensions, strike_out)

    async def again() -> list[str]:
        async with opened(dsn) as connection:
            left = await written_down(connection)
            await truncate(connection, SHOP)
            await restore([connection], left, strike_out)
            assert await written_down(connection) == []
            return [s.name for s in left]

    return error.value, again


def test_rows_that_break_a_foreign_key_are_named_and_the_rest_comes_back(
    each_database: str, postgres_server: Throwaway
) -> None:
    async def scenario() -> tuple[RestoreError, list[str], str]:
        broken = "insert into orders values (1, 77, null, '2025-01-01', 5)"
        error, again = await _broken(each_database, broken)
        return error, await again(), dump(postgres_server, each_database)

    error, left, after = run(scenario())
    assert left == ["to_customer"]
    assert error.tables == (TableId("Shop", "orders"),)
    assert error.rows_at_fault
    assert str(error).startswith(
        "foreign key to_customer of Shop.orders could not be brought back: "
        'insert or update on table "orders" violates foreign key constraint "to_customer" '
        '(Key (customer_id)=(77) is not present in table "customers".)'
    )
    assert "NOT ENFORCED" not in after
    assert "to_customer" in after


def test_rows_that_break_a_unique_index_are_named(each_database: str) -> None:
    async def scenario() -> tuple[RestoreError, list[str]]:
        rows = "insert into customers values (1, 'a', 'X'), (2, 'a', 'x')"
        error, again = await _broken(each_database, rows)
        return error, await again()

    error, left = run(scenario())
    assert sorted(left) == ["code_index", "unique Email"]
    assert "(Key (email)=(a) is duplicated.)" in str(error)
    assert 'could not create unique index "code_index"' in str(error)
    assert [f.suspension.name for f in error.failures] == ["code_index", "unique Email"]


def test_a_table_that_was_dropped_meanwhile_is_only_forgotten(each_database: str) -> None:
    async def scenario() -> list[Suspension]:
        async with opened(each_database, SCHEMA, LEDGER) as connection:
            suspensions = await suspend(connection, await decided(connection, SHOP), write_down)
            await connection.execute("drop table orders")
            await restore([connection], suspensions, strike_out)
            return await written_down(connection)

    assert run(scenario()) == []


def test_a_lost_connection_is_told_apart_from_rows_that_break_something(database: str) -> None:
    async def scenario() -> None:
        async with opened(database, SCHEMA) as connection, opened(database) as killer:
            suspensions = await suspend(connection, await decided(connection, SHOP), nothing)

            async def kill(_: Any, __: Suspension) -> None:
                await killer.execute("select pg_terminate_backend($1)", connection.get_server_pid())

            with pytest.raises(ConnectError):
                await restore([connection], suspensions, kill)

    run(scenario())


def test_a_table_in_use_does_not_put_the_blame_on_its_rows(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("set local lock_timeout = '200ms'",)
    monkeypatch.setattr(importlib.import_module("engine.sink.constraints.restore"), "_SETTINGS", settings)

    async def scenario() -> tuple[RestoreError, int]:
        async with opened(database, SCHEMA, LEDGER) as connection, opened(database) as user:
            suspensions = await suspend(connection, await decided(connection, SHOP), write_down)
            async with user.transaction():
                await user.execute('lock table "Shop".customers in row exclusive mode')
                with pytest.raises(RestoreError) as error:
                    await restore([connection], suspensions, strike_out)
            left = await written_down(connection)
            await restore([connection], left, strike_out)
            return error.value, len(left)

    error, left = run(scenario())
    assert not error.rows_at_fault
    assert "hint: restore again;" in str(error)
    assert left == len(error.failures) > 0
