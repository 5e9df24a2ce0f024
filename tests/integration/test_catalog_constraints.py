"""What the catalog says of keys, checks, exclusions, partitions and triggers, on each version."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest

from engine.catalog.introspect import introspect
from engine.catalog.model import (
    Catalog,
    Check,
    Exclusion,
    ExpressionUnique,
    ForeignKey,
    Indexed,
    Partitioning,
    Trigger,
    Unique,
)
from engine.embedded import Throwaway
from tests.oddities import ODD, on, table
from tests.servers import fresh_database, run_sql

WHOLE = "((VALUE)::numeric = round((VALUE)::numeric))"


@pytest.fixture(scope="module")
def odd(postgres_server: Throwaway) -> Iterator[str]:
    """A database with one of every oddity."""
    with fresh_database(postgres_server) as dsn:
        on(dsn, lambda connection: connection.execute(ODD))
        yield dsn


@pytest.fixture(scope="module")
def catalog(odd: str) -> Catalog:
    return on(odd, introspect)


def test_keys_uniques_and_checks_are_read_in_their_own_order(catalog: Catalog):
    strange = catalog.tables["Other.Place", "Strange.Table"]
    assert strange.primary_key == ("b", "a")
    assert strange.uniques == (
        Unique("some_c", ("c",), partial=True, where="(c IS NOT NULL)"),
        Unique("twice_unique", ("c", "a")),
    )
    assert strange.expression_uniques == (
        ExpressionUnique("lower_c", ("lower(c)", '"d"', "((a + b))"), ("a", "b", "c", "d"), "(d > 0)"),
    )
    assert strange.checks == (
        Check("a_check", "(a > 0)", ("a",)),
        Check("z_check", "((c > ''::text) OR (b > a))", ("a", "b", "c")),
    )
    assert strange.foreign_keys == (
        ForeignKey("refers_to_types", ("d",), ("app", "types"), ("serial_id",), on_delete="cascade"),
    )


def test_what_indexes_and_generated_columns_compute_of_rows_is_read(each_database: str):
    run_sql(
        each_database,
        'create table t (id int primary key, a text, "B b" int, c int generated always as ("B b" * 2) stored)',
        "create index plain on t (a)",
        'create index certain on t (lower(a), "B b") where "B b" > 3',
        "create index where_only on t (id) where (a)::int > 0",
        "create unique index once on t ((a || 'x'))",
    )
    found = on(each_database, introspect).tables["public", "t"]
    assert found.indexed == (
        Indexed("certain", ("lower(a)",), ("a", "B b"), '("B b" > 3)'),
        Indexed("once", ("((a || 'x'::text))",), ("a",)),
        Indexed("where_only", (), ("a",), "((a)::integer > 0)"),
    )
    assert [unique.name for unique in found.expression_uniques] == ["once"]
    assert [(c.name, c.expression) for c in found.columns if c.generated] == [("c", '("B b" * 2)')]


def test_a_key_to_a_partitioned_table_is_one_key(catalog: Catalog):
    assert table(catalog, "app.uses").foreign_keys == (
        ForeignKey(
            *("uses_part", ("part_id", "part_year"), ("app", "parts"), ("id", "year")),
            deferrable=True,
            on_delete="set null",
            on_update="cascade",
            match_full=True,
        ),
    )


def test_the_checks_of_all_domains_are_the_columns(catalog: Catalog):
    columns = {column.name: column for column in table(catalog, "app.types").columns}
    money = Check("money_check", "(VALUE >= (0)::numeric)")
    price = (Check("price_check", "((VALUE)::numeric < (100)::numeric)"), Check("whole", WHOLE))
    assert columns["cost"].domain_checks == (money,)
    assert columns["price"].domain_checks == (money, *price)
    assert columns["prices"].domain_checks == ()


def test_a_partitioned_table_says_what_holds_in_each_partition_that_has_rows(catalog: Catalog):
    cuts = table(catalog, "app.cuts").partitioning
    assert cuts is not None
    assert (cuts.strategy, cuts.columns) == ("list", ("kind",))
    (a1, rest) = cuts.bounds
    assert a1.startswith("((kind IS NOT NULL) AND (kind = ANY (ARRAY['a'::text, 'o''b'::text])) AND ")
    assert "(at = '2025-01-01'::date)" in a1
    assert rest == "(NOT ((kind IS NOT NULL) AND (kind = ANY (ARRAY['a'::text, 'o''b'::text]))))"
    assert table(catalog, "app.cuts_a").partitioning == Partitioning("range", ("at", None), (a1,))
    hashed = 'satisfies_hash_partition(\'"app"."hashed"\'::regclass, 2, 0, id)'
    assert table(catalog, "app.hashed").partitioning == Partitioning("hash", ("id",), (hashed,))
    assert table(catalog, "app.lonely").partitioning == Partitioning("list", ("id",), ("true",))
    assert table(catalog, "app.parts_2025").partitioning is None


def test_the_bounds_are_sql_that_tells_rows_apart(odd: str, catalog: Catalog):
    def parting(name: str) -> str:
        cut = table(catalog, name).partitioning
        assert cut is not None
        return cut.bounds[0]

    async def rows(connection: asyncpg.Connection) -> list[object]:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("insert into app.cuts values ('a', 8, '2025-06-01'), ('b', 1, null)")
        await connection.execute("alter table app.hashed disable trigger all")
        found = [await connection.fetchval(f"select count(*) from app.cuts where {parting('app.cuts')}")]
        query = f"select count(*) from generate_series(1, 1000) as t (id) where {parting('app.hashed')}"
        found.append(await connection.fetchval(query))
        await transaction.rollback()
        return found

    first, half = on(odd, rows)
    assert first == 1
    assert isinstance(half, int)
    assert 400 < half < 600


def test_an_exclusion_says_which_operators_must_not_hold_together(catalog: Catalog):
    bookings = table(catalog, "app.bookings")
    between = "tstzrange(lower(during), upper(during))"
    assert bookings.exclusions == (
        Exclusion("bookings_room_tstzrange_excl", (('"room"', "="), (between, "&&")), ("room", "during"), "(NOT gone)"),
    )
    assert (bookings.uniques, bookings.expression_uniques) == ((), ())


def test_triggers_are_the_users_alone(catalog: Catalog):
    function = "app.touch"
    assert catalog.tables["Other.Place", "Strange.Table"].triggers == (
        Trigger("first", "before", ("insert", "update"), per_row=True, enabled=True, function=function),
        Trigger("second", "after", ("truncate",), per_row=False, enabled=False, function=function),
        Trigger("third", "after", ("delete",), per_row=True, enabled=True, function=function, constraint=True),
    )
    assert table(catalog, "app.parts").triggers == ()


def test_what_only_newer_servers_know_is_read_there(each_database: str, postgres_server: Throwaway):
    major = postgres_server.binaries.major
    run_sql(each_database, "create table t (a int primary key, b int, unique nulls not distinct (b))")
    if major >= 18:
        run_sql(each_database, "create table u (a int constraint k references t not enforced)")
        (key,) = table(on(each_database, introspect), "u").foreign_keys
        assert key == ForeignKey("k", ("a",), ("public", "t"), ("a",), enforced=False)
        run_sql(
            each_database,
            "create extension btree_gist",
            "create table stays (room int, span daterange, primary key (room, span without overlaps))",
            "create table rates (room int, span daterange, unique (room, span without overlaps))",
        )
        stays, rates = (table(on(each_database, introspect), name) for name in ("stays", "rates"))
        elements = (('"room"', "="), ('"span"', "&&"))
        assert stays.primary_key == ("room", "span")
        assert stays.exclusions == (Exclusion("stays_pkey", elements, ("room", "span")),)
        assert (rates.uniques, [e.elements for e in rates.exclusions]) == ((), [elements])
    (unique,) = table(on(each_database, introspect), "t").uniques
    assert unique == Unique("t_b_key", ("b",), nulls_not_distinct=True)
