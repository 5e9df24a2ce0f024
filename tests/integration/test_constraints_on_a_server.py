"""Constraints out of the way and back: the schema is the same to the letter, and nothing unsafe is touched."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import pytest

from engine.batch import TableId
from engine.embedded import Throwaway
from engine.errors import ConnectError, LoadError
from engine.sink.constraints import (
    Decision,
    Filled,
    Kind,
    Method,
    RestoreError,
    Suspension,
    rehearse,
    restore,
    survey,
    suspend,
    suspended,
)
from engine.sink.empty import truncate

T = TypeVar("T")

SCHEMA = """
create schema "Shop";
set search_path = "Shop";
create table customers (
    id int primary key, email text not null, code text, constraint "unique Email" unique (email) with (fillfactor = 70)
);
comment on constraint "unique Email" on customers is 'it''s "theirs"';
comment on index "unique Email" is 'the index of it';
create table orders (
    id int primary key, customer_id int not null, parent_id int, placed date not null, total numeric not null,
    constraint to_customer foreign key (customer_id) references customers on delete cascade
        deferrable initially deferred,
    constraint to_parent foreign key (parent_id) references orders match full on update restrict,
    constraint once unique (customer_id, placed, id) deferrable
);
comment on constraint to_customer on orders is 'who placed it';
create index by_customer on orders (customer_id) include (total) where total > 0;
create index "By Month" on orders (date_trunc('month', placed::timestamp), lower(id::text || 'x') desc nulls last);
create unique index code_index on customers (lower(code) collate "C" text_pattern_ops) nulls not distinct;
comment on index "By Month" is 'for the report';
create index by_total on orders using brin (total) with (pages_per_range = 16);
create index by_expression on orders ((total * 2), (id + 1));
alter index by_expression alter column 1 set statistics 77;
alter table orders cluster on by_expression;
create view everyone as select c.id, c.email, c.code from customers as c group by c.id;
"""
SHOP = [TableId("Shop", "customers"), TableId("Shop", "orders")]


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


async def nothing(connection: Any, suspension: Any) -> None:
    """A ledger that writes nothing down."""


def dump(server: Throwaway, dsn: str) -> str:
    """The schema as pg_dump tells it, without the token that it makes up each time."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    command = [str(server.binaries.program("pg_dump")), "--schema-only", dsn]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return "\n".join(line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def by_name(decisions: Sequence[Decision]) -> dict[str, Decision]:
    return {d.object: d for d in decisions}


async def decided(connection: Any, tables: Sequence[TableId], *, emptied: bool = False) -> tuple[Decision, ...]:
    return await rehearse(connection, await survey(connection, [Filled(t, emptied) for t in tables]))


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


KEPT = """
create schema s;
create table s.parent (id int primary key, sku text, other int, span int4range, constraint sku_key unique (sku));
create table s.child (
    id int primary key, sku text constraint by_sku references s.parent (sku), other int, span int4range not null,
    constraint no_overlap exclude using gist (span with &&)
);
alter table s.child add constraint later foreign key (other) references s.parent not valid;
create unique index replica on s.child (span);
alter table s.child replica identity using index replica;
create index plain on s.child (other);
create table s.parts (id int, at date, primary key (id, at)) partition by range (at);
create table s.part_one partition of s.parts for values from ('2025-01-01') to ('2026-01-01');
create index on s.parts (at);
create index part_own on s.part_one (id);
"""


def test_what_must_not_go_stays_with_its_reason(each_database: str) -> None:
    async def scenario() -> tuple[Decision, ...]:
        async with opened(each_database, KEPT) as connection:
            tables = [TableId("s", name) for name in ("parent", "child", "parts", "part_one", "missing")]
            return await decided(connection, tables)

    found = by_name(run(scenario()))
    assert {name: d.why for name, d in found.items() if d.action == "keep"} == {
        "primary key parent_pkey": "a primary key is never suspended",
        "primary key child_pkey": "a primary key is never suspended",
        "exclusion constraint no_overlap": "an exclusion constraint is never suspended",
        "foreign key later": "it is NOT VALID: rows of before may break it",
        "index replica": "it is the table's replica identity",
        "unique constraint sku_key": "constraint by_sku on table s.child depends on it",
        "primary key parts_pkey": "a primary key is never suspended",
        "primary key part_one_pkey": "a primary key is never suspended",
        "index parts_at_idx": "the table is partitioned or inherited",
        "index part_one_at_idx": "it belongs to a partitioned table's index",
        "index part_own": "the table is partitioned or inherited",
    }
    assert {name for name, d in found.items() if d.action == "suspend"} == {"foreign key by_sku", "index plain"}


def test_a_table_that_keeps_rows_keeps_its_constraints(each_database: str) -> None:
    async def scenario() -> list[tuple[str, str]]:
        row = "insert into customers values (1, 'a', 'x'); insert into orders values (1, 1, null, '2025-01-01', 5)"
        async with opened(each_database, SCHEMA, row) as connection:
            kept = await decided(connection, SHOP)
            emptied = await decided(connection, SHOP, emptied=True)
            await suspend(connection, emptied, nothing)
            await truncate(connection, SHOP)
            await restore([connection], suspended(emptied), nothing)
            return [(d.object, d.why) for d in kept if d.action == "suspend"] + [("", e.action) for e in emptied]

    answers = run(scenario())
    assert [a for a in answers if a[0]] == []
    assert sum(action == "suspend" for _, action in answers) == 9


ROLE = """
do $$ begin create role visitor; exception when duplicate_object then null; end $$;
grant usage on schema "Shop" to visitor;
grant select, insert on all tables in schema "Shop" to visitor;
set role visitor
"""


def test_who_does_not_own_the_tables_suspends_nothing(each_database: str) -> None:
    async def scenario() -> tuple[Decision, ...]:
        async with opened(each_database, SCHEMA, ROLE) as connection:
            return await decided(connection, SHOP)

    decisions = run(scenario())
    assert not suspended(decisions)
    assert by_name(decisions)["foreign key to_customer"].why == "we do not own the table"
    assert by_name(decisions)["primary key orders_pkey"].why == "a primary key is never suspended"


def test_an_owner_who_may_not_create_in_the_schema_keeps_the_indexes(each_database: str) -> None:
    async def scenario() -> dict[str, Decision]:
        give = 'alter table "Shop".orders owner to visitor; grant references on "Shop".customers to visitor'
        async with opened(each_database, SCHEMA, ROLE, "reset role", give, "set role visitor") as connection:
            return by_name(await decided(connection, [TableId("Shop", "orders")]))

    found = run(scenario())
    assert found["index by_customer"].why.startswith("we may not create anything in the schema Shop")
    assert found["foreign key to_customer"].action == "suspend"


def test_a_foreign_key_that_could_not_come_back_is_kept(each_database: str) -> None:
    """Before version 18 adding it again needs a right on the parent; from 18 on it only needs the child."""

    async def scenario() -> tuple[int, Decision]:
        give = 'alter table "Shop".orders owner to visitor; set role visitor'
        async with opened(each_database, SCHEMA, ROLE, "reset role", give) as connection:
            found = by_name(await decided(connection, [TableId("Shop", "orders")]))
            return connection.get_server_version().major, found["foreign key to_customer"]

    version, decision = run(scenario())
    if version >= 18:
        assert decision.action == "suspend"
    else:
        assert decision.why == "it could not be brought back: permission denied for table customers"


def test_a_table_in_use_keeps_everything_after_two_seconds(database: str) -> None:
    async def scenario() -> tuple[Decision, ...]:
        async with opened(database, SCHEMA) as reader, opened(database) as connection, reader.transaction():
            await reader.fetch("select * from orders")
            return await asyncio.wait_for(decided(connection, SHOP), 8)

    found = run(scenario())
    orders = [d for d in found if d.table.name == "orders" and "primary" not in d.object]
    assert {d.why for d in orders} == {"the table is in use: a lock was not to be had in two seconds"}
    assert by_name(found)["index code_index"].action == "suspend"


def test_rehearsing_changes_nothing(each_database: str, postgres_server: Throwaway) -> None:
    async def scenario() -> tuple[str, str]:
        async with opened(each_database, SCHEMA) as connection:
            before = dump(postgres_server, each_database)
            await decided(connection, SHOP)
            return before, dump(postgres_server, each_database)

    before, after = run(scenario())
    assert before == after


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

            with pytest.raises(LoadError, match=r"index by_total of Shop\.orders: could not be suspended"):
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
