"""Two descriptions of one shop, the migrations and the metadata, and what the schema promises as a whole."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.embedded import Throwaway
from migrations.shop import SCHEMA, metadata, reference
from tests.servers import fresh_database, run_sql

TRIGGERS_GONE = ("drop function shop.next_version() cascade", "drop function shop.write_audit() cascade")
REFERENCE = {
    table.name
    for table in (reference.currencies, reference.countries, reference.order_statuses, reference.payment_types)
}
CONTEXT = {
    "include_schemas": True,
    "include_name": lambda name, kind, _: name == SCHEMA if kind == "schema" else True,
    "compare_type": True,
    "compare_server_default": True,
}


def fetch(dsn: str, query: str) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    return asyncio.run(ask())


def introspected(dsn: str) -> Catalog:
    async def read() -> Catalog:
        connection = await asyncpg.connect(dsn)
        try:
            return await introspect(connection, schemas=[SCHEMA])
        finally:
            await connection.close()

    return asyncio.run(read())


def over_sqlalchemy(dsn: str, work: object) -> object:
    async def run() -> object:
        engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def differences(dsn: str) -> object:
    def compare(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection, opts=CONTEXT), metadata)

    return over_sqlalchemy(dsn, compare)


def dump(server: Throwaway, dsn: str) -> list[str]:
    """The schema as pg_dump writes it, without comments and its session's random key."""
    command = [server.binaries.program("pg_dump"), "--schema-only", "--schema", SCHEMA, dsn]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\"))]


@pytest.fixture
def from_metadata(postgres_server: Throwaway) -> Iterator[str]:
    """A database in which SQLAlchemy made the shop."""
    with fresh_database(postgres_server) as dsn:
        run_sql(dsn, f"create schema {SCHEMA}")
        over_sqlalchemy(dsn, metadata.create_all)
        yield dsn


def test_alembic_finds_no_difference_between_metadata_and_migrations(each_shop_database: str):
    assert differences(each_shop_database) == []


def test_metadata_and_migrations_make_the_same_schema_to_the_letter(
    postgres_server: Throwaway, each_shop_database: str, from_metadata: str
):
    run_sql(each_shop_database, *TRIGGERS_GONE)  # the metadata know nothing of triggers
    assert dump(postgres_server, each_shop_database) == dump(postgres_server, from_metadata)


@pytest.mark.parametrize(
    "drift",
    [
        "alter table shop.orders drop constraint orders_total_adds_up",
        "alter table shop.orders alter tax drop default",
        "drop index shop.orders_promotion_id_idx; create index orders_promotion_id_idx on shop.orders (promotion_id)",
    ],
)
def test_a_drift_that_alembic_may_not_see_is_seen(server: Throwaway, shop_database: str, drift: str):
    before = dump(server, shop_database)
    run_sql(shop_database, drift)
    assert dump(server, shop_database) != before


def test_every_foreign_key_has_an_index_unless_its_target_is_reference_data(shop_database: str):
    led = {
        (row["table_name"], row["first"])
        for row in fetch(
            shop_database,
            "select i.indrelid::regclass::text as table_name, a.attname as first from pg_index i"
            " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
            " join pg_class c on c.oid = i.indrelid where c.relnamespace = 'shop'::regnamespace",
        )
    }
    bare = [
        key.name
        for table in introspected(shop_database).tables.values()
        for key in table.foreign_keys
        if key.target[1] not in REFERENCE and (table.qualified, key.columns[0]) not in led
    ]
    assert not bare


def test_every_table_that_a_scenario_fills_counts_versions_and_keeps_its_past(shop_database: str):
    rows = fetch(
        shop_database,
        "select c.relname, array_agg(pg_get_triggerdef(t.oid) order by t.tgname) as triggers"
        " from pg_class c left join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal"
        " where c.relnamespace = 'shop'::regnamespace and c.relkind = 'r' group by 1",
    )
    for row in rows:
        if row["relname"] in REFERENCE | {"audit_log"}:
            assert row["triggers"] == [None]
            continue
        version, audit = row["triggers"]
        assert "BEFORE UPDATE ON" in version
        assert "AFTER DELETE OR UPDATE ON" in audit


def test_reference_data_are_there_and_real(each_shop_database: str):
    currencies = {row["code"]: row["minor_unit"] for row in fetch(each_shop_database, "select * from shop.currencies")}
    countries = {row["code"]: row for row in fetch(each_shop_database, "select * from shop.countries")}
    assert (currencies["USD"], currencies["JPY"], currencies["KWD"]) == (2, 0, 3)
    assert len(countries) == 249
    assert (countries["DE"]["name"], countries["DE"]["currency_code"]) == ("Germany", "EUR")
    assert [code for code, row in countries.items() if row["currency_code"] is None] == ["AQ"]
    statuses = fetch(each_shop_database, "select code, is_final from shop.order_statuses order by position")
    assert [row["code"] for row in statuses] == ["placed", "paid", "shipped", "delivered", "returned", "cancelled"]
    assert [row["code"] for row in statuses if row["is_final"]] == ["returned", "cancelled"]
    types = {row["code"] for row in fetch(each_shop_database, "select code from shop.payment_types")}
    assert {"card", "paypal", "bank_transfer"} <= types
