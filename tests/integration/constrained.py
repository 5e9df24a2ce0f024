"""A schema with every kind of constraint and index, and the steps that the tests of suspending them share."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from engine.batch import TableId
from engine.embedded import Throwaway
from engine.sink.constraints import (
    Decision,
    Filled,
    rehearse,
    survey,
)

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
