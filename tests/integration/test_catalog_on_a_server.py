"""What the catalog says of real tables, odd ones among them, on each version."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest

from engine.catalog.from_metadata import catalog_from_metadata
from engine.catalog.introspect import introspect
from engine.catalog.model import (
    Catalog,
    Check,
    Column,
    Table,
)
from engine.embedded import Throwaway
from engine.types import TEXT, PgType, numeric
from migrations.shop import metadata
from tests.oddities import ODD, on, table
from tests.servers import ask, fresh_database, run_sql


@pytest.fixture(scope="module")
def odd(postgres_server: Throwaway) -> Iterator[str]:
    """A database with one of every oddity."""
    with fresh_database(postgres_server) as dsn:
        on(dsn, lambda connection: connection.execute(ODD))
        yield dsn


@pytest.fixture(scope="module")
def catalog(odd: str) -> Catalog:
    return on(odd, introspect)


def known_without_a_server(found: Table) -> Table:
    """What the words of the metadata and PostgreSQL's own must agree in."""
    return replace(
        found,
        columns=tuple(replace(c, default=None if c.default is None else "some") for c in found.columns),
        checks=tuple(replace(c, expression="", columns=()) for c in found.checks),
        expression_uniques=tuple(replace(u, keys=(), columns=()) for u in found.expression_uniques),
        uniques=tuple(replace(u, where=u.where and "some") for u in found.uniques),
        indexed=tuple(
            replace(one, keys=("some",) * len(one.keys), columns=(), where=one.where and "some")
            for one in found.indexed
        ),
        triggers=(),
        estimated_rows=0,
        bytes=0,
    )


def test_the_migrated_shop_is_what_its_metadata_say(each_shop_database: str):
    real = on(each_shop_database, lambda connection: introspect(connection, schemas=["shop"]))
    ideal = catalog_from_metadata(metadata)
    assert set(real.tables) == set(ideal.tables)
    for name, found in ideal.tables.items():
        assert known_without_a_server(found) == known_without_a_server(real.tables[name])


def test_types_are_resolved_to_what_values_are_made_of(catalog: Catalog):
    mood = PgType("mood", labels=("sad", "happy", "ok"), schema="app")
    feeling = replace(mood, domain="feeling")
    point = PgType("point3", fields=(("x", PgType("int4")), ("y", PgType("varchar", length=3))), schema="app")
    assert {column.name: column.type for column in table(catalog, "app.types").columns} == {
        "serial_id": PgType("int8"),
        "identity_always": PgType("int4"),
        "identity_default": PgType("int2"),
        "price": replace(numeric(12, 2), domain="price"),
        "cost": replace(numeric(12, 2), domain="money"),
        "moods": replace(mood, array=True),
        "feeling": feeling,
        "prices": replace(numeric(12, 2), array=True),
        "amounts": replace(numeric(8, 3), array=True),
        "exact": PgType("numeric"),
        "short": PgType("varchar", length=40),
        "fixed": PgType("bpchar", length=3),
        "flags": PgType("bit", length=8),
        "bits": PgType("varbit", length=5),
        'Weird "Name': TEXT,
        "twice": PgType("int4"),
        "loose": PgType("int4"),
        "span": PgType("tstzrange", subtype=PgType("timestamptz")),
        "spans": PgType("tstzmultirange", subtype=PgType("timestamptz"), multirange=True),
        "own_span": PgType("money_range", schema="app", subtype=PgType("numeric")),
        "corner": point,
        "box": PgType("box3", fields=(("corners", replace(point, array=True)), ("mood", feeling)), schema="app"),
        "at": PgType("timestamptz"),
        "vector": PgType("int2vector"),
    }


def test_defaults_identities_and_sequences_are_those_that_an_insert_would_use(catalog: Catalog):
    columns = {column.name: column for column in table(catalog, "app.types").columns}
    assert columns["serial_id"] == Column(
        "serial_id",
        PgType("int8"),
        nullable=False,
        default="nextval('app.types_serial_id_seq'::regclass)",
        sequence='"app"."types_serial_id_seq"',
    )
    assert columns["identity_always"].identity == "always"
    assert columns["identity_default"].identity == "by default"
    assert columns["identity_default"].sequence == '"app"."Own""seq"'
    assert (columns["loose"].default, columns["loose"].sequence) == ("nextval('app.loose'::regclass)", None)
    assert (columns["price"].default, columns["price"].nullable) == ("1", False)
    assert columns["cost"].default == "7"
    assert (columns["twice"].generated, columns["twice"].default) == (True, None)
    assert [name for name, column in columns.items() if column.required] == ["amounts"]


def test_a_sequence_can_be_asked_for_by_the_name_that_is_given(odd: str, catalog: Catalog):
    names = [column.sequence for column in table(catalog, "app.types").columns if column.sequence]
    assert len(names) == 3
    assert all(on(odd, lambda c, name=name: c.fetchval("select nextval($1::text::regclass)", name)) for name in names)


def test_comments_are_told(catalog: Catalog):
    types = table(catalog, "app.types")
    assert types.comment == "One of each"
    assert {c.name: c.comment for c in types.columns if c.comment is not None} == {"price": "It's dear"}
    assert table(catalog, "app.parts").comment is None


def test_a_table_knows_the_tables_that_it_inherits_from(catalog: Catalog):
    parents = {name: found.parents for (schema, name), found in catalog.tables.items() if schema == "app"}
    assert parents["child"] == (("app", "base"), ("public", "uses"))
    assert parents["cuts_a1"] == (("app", "cuts_a"),)
    assert parents["cuts"] == ()
    assert table(catalog, "app.child").checks == (Check("base_id_check", "(id > 0)", ("id",)),)


def test_a_transaction_of_the_callers_may_write_afterwards(database: str):
    async def write(connection: asyncpg.Connection) -> object:
        async with connection.transaction():
            await introspect(connection)
            await connection.execute("create table written (id int)")
        return await connection.fetchval("show transaction_read_only")

    assert on(database, write) == "off"
    assert table(on(database, introspect), "written").bytes == 0


def test_each_table_says_what_it_is(odd: str, catalog: Catalog):
    kinds = {name: (found.kind, found.partition) for (_, name), found in catalog.tables.items()}
    assert kinds["parts"] == ("partitioned", False)
    assert kinds["parts_2025"] == ("table", True)
    assert kinds["seen"] == ("view", False)
    assert kinds["counted"] == ("materialized view", False)
    assert catalog.tables["app", "uses"].estimated_rows == 1000
    assert catalog.tables["app", "uses"].bytes == ask(odd, "select pg_relation_size('app.uses')") > 0
    assert catalog.tables["app", "types"].estimated_rows == 0


def test_only_what_is_asked_for_is_read(odd: str):
    def names(*wanted: str, schemas: list[str] | None = None) -> list[str]:
        found = on(odd, lambda connection: introspect(connection, wanted, schemas=schemas))
        return [item.qualified for item in found.tables.values()]

    assert names("app.types", "nowhere.x") == ["app.types"]
    assert names("Other.Place.Strange.Table") == ["Other.Place.Strange.Table"]
    assert names("uses") == ["app.uses", "public.uses"]
    assert names("uses", schemas=["public"]) == ["public.uses"]
    assert names() == []


def test_the_answer_does_not_depend_on_the_search_path_and_leaves_it_alone(odd: str, catalog: Catalog):
    async def elsewhere(connection: asyncpg.Connection) -> tuple[Catalog, Catalog, str]:
        await connection.execute('set search_path = app, "Other.Place"')
        outside = await introspect(connection)
        async with connection.transaction():
            inside = await introspect(connection)
            path = await connection.fetchval("show search_path")
        return outside, inside, path

    assert on(odd, elsewhere) == (catalog, catalog, 'app, "Other.Place"')


async def queries_of(connection: asyncpg.Connection, *tables: str) -> int:
    said: list[str] = []
    with connection.query_logger(lambda record: said.append(record.query)):
        await introspect(connection, tables or None)
        await asyncio.sleep(0)  # the logger is called one turn of the loop later
    return len(said)


def test_the_number_of_queries_does_not_grow_with_the_tables(odd: str):
    many = "do $$ begin for i in 1..100 loop execute format('create table app.t%s (id int)', i); end loop; end $$"

    async def count(connection: asyncpg.Connection) -> tuple[int, int]:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(many)
        counted = await queries_of(connection, "app.types"), await queries_of(connection)
        await transaction.rollback()
        return counted

    one, hundred = on(odd, count)
    assert one == hundred < 12


def test_who_asks_is_told_what_it_owns_and_what_row_security_hides(odd: str):
    run_sql(
        odd,
        "create role guest",
        "grant usage on schema app to guest",
        "create table app.secrets (id int)",
        "alter table app.secrets enable row level security",
        "create table app.theirs (id int)",
        "alter table app.theirs owner to guest",
    )

    async def as_guest(connection: asyncpg.Connection) -> Catalog:
        await connection.execute("set role guest")
        return await introspect(connection, ["app.secrets", "app.theirs"])

    try:
        guests = on(odd, as_guest)
        mine = on(odd, lambda connection: introspect(connection, ["app.secrets"]))
        assert (table(guests, "secrets").owned, table(guests, "secrets").row_security) == (False, True)
        assert (table(guests, "theirs").owned, table(guests, "theirs").row_security) == (True, False)
        assert (table(mine, "secrets").owned, table(mine, "secrets").row_security) == (True, False)
    finally:
        run_sql(odd, "drop table app.secrets", "drop owned by guest", "drop role guest")


def test_the_version_of_the_server_is_told(postgres_server: Throwaway, catalog: Catalog):
    assert catalog.server_version // 10_000 == postgres_server.binaries.major
