"""Tables where COPY is refused because row-level security applies to us: the slow road, by INSERT."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from engine.batch import Batch, TableId
from engine.catalog.model import Catalog, Column, Table
from engine.errors import LoadError
from engine.sink.postgres import PostgresSink
from engine.types import INT4, PgType
from tests.integration.test_sink_on_a_server import PARTITION, opened, run

ROW_SECURITY = """
create schema shop;
create table shop.customers (
    id int4 generated always as identity primary key, email varchar(20) not null, tenant text[], code bit(3)
);
alter table shop.customers enable row level security;
create policy own on shop.customers using (true) with check (email like '%@example.com');
do $$ begin create role loader; exception when duplicate_object then null; end $$;
grant usage on schema shop to loader;
grant select, insert on shop.customers to loader;
set role loader;
"""
SECURED = Table(
    "shop",
    "customers",
    (
        Column("id", INT4, identity="always"),
        Column("email", PgType("varchar", length=20)),
        Column("tenant", PgType("text", array=True)),
        Column("code", PgType("bit", length=3)),
    ),
    primary_key=("id",),
    owned=False,
    row_security=True,
)


def _secured(emails: list[str]) -> Batch:
    n = len(emails)
    columns = {
        "id": pa.array(range(1, n + 1), pa.int32()),
        "email": pa.array(emails),
        "tenant": pa.array([["a,b", None]] * n),
        "code": pa.array(["101"] * n),
    }
    return Batch("customers", TableId("shop", "customers"), pa.RecordBatch.from_pydict(columns))


def test_a_table_under_row_level_security_is_filled_by_insert(each_database: str) -> None:
    async def scenario() -> tuple[int, Any]:
        async with opened(each_database) as connection:
            await connection.execute(ROW_SECURITY)
            sink = PostgresSink(connection, Catalog({("shop", "customers"): SECURED}))
            parcels = sink.pack([_secured([f"c{i}@example.com" for i in range(12_000)])])
            assert parcels[0].by_insert
            await sink.write(PARTITION, parcels)
            count = await connection.fetchval("select count(*) from shop.customers")
            row = await connection.fetchrow("select id, email, tenant, code::text from shop.customers where id = 12000")
            return count, tuple(row)

    assert run(scenario()) == (12_000, (12_000, "c11999@example.com", ["a,b", None], "101"))


def test_a_row_that_a_policy_forbids_is_refused_and_none_is_kept(each_database: str) -> None:
    async def scenario() -> tuple[str, int]:
        async with opened(each_database) as connection:
            await connection.execute(ROW_SECURITY)
            sink = PostgresSink(connection, Catalog({("shop", "customers"): SECURED}))
            with pytest.raises(LoadError) as error:
                await sink.write(PARTITION, sink.pack([_secured(["a@example.com", "b@evil.com"])]))
            return str(error.value), await connection.fetchval("select count(*) from shop.customers")

    message, rows = run(scenario())
    assert "violates row-level security policy" in message
    assert rows == 0
