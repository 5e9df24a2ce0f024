"""What may be suspended and what may not, with the reason that the plan shows."""

from __future__ import annotations

import asyncio

from engine.batch import TableId
from engine.embedded import Throwaway
from engine.sink.constraints import (
    Decision,
    restore,
    suspend,
    suspended,
)
from engine.sink.empty import truncate
from tests.integration.constrained import SCHEMA, SHOP, by_name, decided, dump, nothing, opened, run

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
