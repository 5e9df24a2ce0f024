"""What ANALYZE found, as the catalog tells it: every value as its exact text, none that looks personal."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.catalog.statistics import Statistics
from engine.embedded import Throwaway
from tests.oddities import on, table
from tests.servers import fresh_database, run_sql

TRICKY = ("", "NULL", "a,b", '"quoted"', "back\\slash", "{brace}", " space ", "new\nline", "o'clock", "ünï")
MANY = """
create type mood as enum ('sad', 'happy');
create table things (
    id int, odd text, n numeric(8, 2), day date, at timestamptz, tags text[], numbers int[], span int4range,
    raw interval, mood mood, cost money, half text, email text, code text, doc jsonb, ratio float8
);
create table parts (kind int, label text) partition by list (kind);
create table parts_small partition of parts for values in (1);
create table parts_large partition of parts for values in (2);
create table old (id int);
create table old_child () inherits (old);
"""


@pytest.fixture(scope="module")
def filled(postgres_server: Throwaway) -> Iterator[str]:
    """A database with rows of many types, analysed."""

    async def fill(connection: asyncpg.Connection) -> None:
        await connection.execute(MANY)
        await connection.execute(
            """
            insert into things
            select
                g, ($1::text[])[g % 10 + 1], g % 4 * 1.5, date '2025-01-01' + g % 3,
                timestamptz '2025-01-01 12:00+02' + g * interval '1 hour', array['a,b', ($1::text[])[g % 10 + 1]],
                array[g % 2, null], int4range(g % 3, 9), g % 2 * interval '1 mon 1 day', 'happy',
                g % 2 * 1234.5::numeric, case when g % 4 = 0 then 'x' end, 'p' || g % 3 || '@example.com',
                'c' || g % 3 || '@example.com', '{}', 0.1
            from generate_series(1, 1000) as g
            """,
            list(TRICKY),
        )
        await connection.execute("insert into parts select 1, 's' from generate_series(1, 10)")
        await connection.execute("insert into parts select 2, 'l' from generate_series(1, 100)")
        await connection.execute("insert into old select 1 from generate_series(1, 10)")
        await connection.execute("insert into old_child select 2 from generate_series(1, 100)")
        for name in ("things", "parts_small", "parts_large", "old", "old_child"):
            await connection.execute(f"analyze {name}")

    with fresh_database(postgres_server) as dsn:
        on(dsn, fill)
        yield dsn


@pytest.fixture(scope="module")
def catalog(filled: str) -> Catalog:
    return on(filled, lambda connection: introspect(connection, statistics=True))


@pytest.fixture(scope="module")
def bare(filled: str) -> Catalog:
    return on(filled, lambda connection: introspect(connection, statistics=True, redact=False))


def known(catalog: Catalog, column: str, name: str = "things") -> Statistics:
    found = table(catalog, name).column(column)
    assert found is not None
    assert found.statistics is not None
    return found.statistics


def test_a_text_is_what_it_was_whatever_is_in_it(catalog: Catalog):
    odd = known(catalog, "odd")
    assert sorted(value for value, _ in odd.common) == sorted(TRICKY)
    assert {share for _, share in odd.common} == {0.1}
    assert (odd.distinct, odd.null_fraction, odd.redacted) == (10, 0, False)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n", {"0.00", "1.50", "3.00", "4.50"}),
        ("day", {"2025-01-01", "2025-01-02", "2025-01-03"}),
        ("numbers", {"{0,NULL}", "{1,NULL}"}),
        ("span", set()),  # of ranges PostgreSQL keeps other things
        ("raw", {"00:00:00", "1 mon 1 day"}),
        ("mood", {"happy"}),
        ("cost", {"$0.00", "$1,234.50"}),
        ("half", {"x"}),
        ("ratio", {"0.1"}),
    ],
)
def test_values_of_other_types_are_postgresqls_own_texts(catalog: Catalog, column: str, values: set[str]):
    assert {value for value, _ in known(catalog, column).common} == values


def test_an_array_of_texts_is_one_text(filled: str, catalog: Catalog):
    async def texts(connection: asyncpg.Connection) -> set[str]:
        return {row[0] for row in await connection.fetch("select distinct tags::text from things")}

    assert {value for value, _ in known(catalog, "tags").common} == on(filled, texts)


def test_a_histogram_a_share_of_nulls_and_the_order_of_rows_are_told(catalog: Catalog):
    at = known(catalog, "at")
    assert (at.common, at.distinct, at.correlation) == ((), -1, 1)
    assert len(at.histogram) == 101
    assert (at.histogram[0], at.histogram[-1]) == ("2025-01-01 11:00:00+00", "2025-02-12 02:00:00+00")
    assert known(catalog, "half").null_fraction == 0.75
    assert known(catalog, "half").common == (("x", 0.25),)


def test_nothing_is_told_of_values_that_look_personal_but_their_numbers(catalog: Catalog, bare: Catalog):
    for column in ("email", "code", "doc"):
        hidden, shown = known(catalog, column), known(bare, column)
        assert hidden.redacted
        assert (hidden.common, hidden.histogram) == ((), ())
        assert (hidden.distinct, hidden.correlation) == (shown.distinct, shown.correlation)
        assert shown.common
        assert not shown.redacted
    assert {value for value, _ in known(bare, "email").common} == {f"p{n}@example.com" for n in range(3)}


def test_statistics_are_told_only_where_they_are_asked_for(filled: str):
    columns = table(on(filled, introspect), "things").columns
    assert {column.statistics for column in columns} == {None}


def test_a_partitioned_table_that_nobody_analysed_is_known_by_its_largest_partition(filled: str, catalog: Catalog):
    assert known(catalog, "label", "parts").common == (("l", 1.0),)
    assert table(catalog, "parts").estimated_rows == 110
    assert table(catalog, "parts").bytes == 2 * 8192
    run_sql(filled, "analyze parts")
    again = on(filled, lambda connection: introspect(connection, ["parts"], statistics=True))
    assert dict(known(again, "label", "parts").common) == pytest.approx({"l": 10 / 11, "s": 1 / 11})
    assert table(again, "parts").estimated_rows == 110


def test_a_table_with_heirs_is_known_by_its_own_rows(catalog: Catalog):
    assert known(catalog, "id", "old").common == (("1", 1.0),)
    assert table(catalog, "old").estimated_rows == 10


def test_the_statistics_of_what_one_may_not_read_are_nobodys(filled: str):
    run_sql(filled, "create role reader", "grant select (id, n) on things to reader")

    async def as_reader(connection: asyncpg.Connection) -> Catalog:
        await connection.execute("set role reader")
        return await introspect(connection, ["things"], statistics=True)

    try:
        columns = table(on(filled, as_reader), "things").columns
        assert [column.name for column in columns if column.statistics] == ["id", "n"]
    finally:
        run_sql(filled, "drop owned by reader", "drop role reader")
