"""What is read of CHECKs, held against PostgreSQL: it prints them so, and accepts the rows that the facts allow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.embedded import Throwaway
from engine.sketch.checks import read_table
from engine.sketch.checks.facts import Computed, Relation
from engine.sqltext import quote
from tests.check_texts import COLUMNS, DDL, TYPES, cases, said, things
from tests.check_values import Row, rows_of
from tests.servers import fresh_database

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@asynccontextmanager
async def with_things(dsn: str) -> AsyncIterator[Connection]:
    """A connection to a database with the table of all columns, its names and values printed as the catalog does."""
    connection = await asyncpg.connect(dsn, server_settings={"datestyle": "ISO, YMD", "timezone": "UTC"})
    try:
        for statement in DDL:
            await connection.execute(statement)
        yield connection
    finally:
        await connection.close()


async def printed(connection: Connection, written: str) -> str:
    """A CHECK as PostgreSQL prints it."""
    await connection.execute(f"alter table things add constraint one check ({written}) not valid")
    await connection.execute("set search_path to pg_catalog")
    text = await connection.fetchval("select pg_get_expr(conbin, conrelid) from pg_constraint where conname = 'one'")
    await connection.execute("reset search_path; alter table things drop constraint one")
    return str(text)


async def refused(
    connection: Connection, expression: str, rows: Sequence[Row], relations: Sequence[Relation] = ()
) -> list[Row]:
    """The rows for which an expression is false, when columns are made that are computed from others."""
    bare = {name: written.removesuffix(" not null") for name, written in TYPES.items()}
    values = ", ".join(f"(r.c->>'{name}')::{written} as {quote(name)}" for name, written in bare.items())
    source = f"(select n, {values} from unnest($1::jsonb[]) with ordinality as r (c, n)) as things"
    for one in relations:
        if isinstance(one, Computed):
            read = ", ".join(f"{n}{'::numeric' * (bare[n] == 'float8')} as {n}" for n in one.columns)
            value = f"(select ({one.expression})::{bare[one.column]} from (select {read}) as it)"
            made = {**{name: quote(name) for name in bare}, one.column: value}
            listed = ", ".join(f"{text} as {quote(name)}" for name, text in made.items())
            source = f"(select n, {listed} from {source}) as things"
    texts = [json.dumps(row) for row in rows]
    found = await connection.fetch(f"select n from {source} where ({expression}) is false", texts)
    return [rows[row["n"] - 1] for row in found]


def test_postgresql_prints_checks_as_the_cases_say(each_database: str):
    async def told() -> list[tuple[str, str]]:
        async with with_things(each_database) as connection:
            return [(case["printed"], await printed(connection, case["written"])) for case in cases()]

    assert [pair for pair in asyncio.run(told()) if pair[0] != pair[1]] == []


def test_every_row_that_the_facts_allow_satisfies_its_check(each_database: str):
    async def wrong() -> tuple[list[tuple[str, Row]], list[str]]:
        found, tried = [], []
        async with with_things(each_database) as connection:
            for case in cases():
                facts = read_table(things(case["printed"]))
                if facts.opaque:
                    continue
                rows = rows_of(facts, COLUMNS)
                if any(set(row.values()) != {None} for row in rows):
                    tried.append(case["written"])
                broken = await refused(connection, case["printed"], rows, facts.relations)
                found += [(case["written"], row) for row in broken]
        return found, tried

    found, tried = asyncio.run(wrong())
    assert found == []
    understood = [case["written"] for case in cases() if "opaque" not in case["said"]]
    assert sorted(set(understood) - set(tried)) == []


def test_rows_that_the_facts_forbid_are_found_where_they_are_as_wide_as_the_check(each_database: str):
    """The twin can tell: a row beside the facts is refused."""

    async def told() -> list[Row]:
        async with with_things(each_database) as connection:
            rows = rows_of(read_table(things("(a >= 0)")), COLUMNS)
            return await refused(connection, "(a > 0)", rows)

    assert {row["a"] for row in asyncio.run(told())} == {"0"}


def test_the_catalog_of_a_server_is_read(each_database: str):
    async def catalog() -> Catalog:
        async with with_things(each_database) as connection:
            await connection.execute("create domain iso as text check (value ~ '^[A-Z]{2}$') check (value <> 'XX')")
            await connection.execute(
                "create table shop (id int, price numeric(8,2), country iso, made date, sold date,"
                " check (price > 0), check (made <= sold))"
            )
            return await introspect(connection, ["shop"])

    found = said(read_table(asyncio.run(catalog()).tables["public", "shop"]))
    assert found == "price low 0.01; country none_of [XX] regexes [^[A-Z]{2}$]; made <= sold"


@pytest.fixture(scope="module")
def loop_and_connection(server: Throwaway):
    """A loop of this module's own, and a connection that stays open in it."""
    loop = asyncio.new_event_loop()
    with fresh_database(server) as dsn:
        held = with_things(dsn)
        yield loop, loop.run_until_complete(held.__aenter__())
        loop.run_until_complete(held.__aexit__(None, None, None))
    loop.close()


NUMBER = st.integers(-3, 3)
OP = st.sampled_from(["<", "<=", ">", ">=", "=", "<>"])
ATOM = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(["a", "b", "must", "price"]), OP, NUMBER),
    st.builds("{} {} {}".format, st.sampled_from(["a", "must"]), OP, st.sampled_from(["b", "price", "b + 1", "b - 2"])),
    st.builds("{} between {} and {}".format, st.sampled_from(["a", "price"]), NUMBER, NUMBER),
    st.builds("{} is {}null".format, st.sampled_from(["a", "b", "note", "ok"]), st.sampled_from(["", "not "])),
    st.builds(
        "{} is {}distinct from {}".format, st.just("a"), st.sampled_from(["", "not "]), st.sampled_from(["b", 1])
    ),
    st.builds("a % {} = {}".format, st.integers(1, 4), st.integers(0, 2)),
    st.builds("abs(a) {} {}".format, OP, NUMBER),
    st.builds("coalesce(a, {}) {} {}".format, NUMBER, OP, NUMBER),
    st.builds("{}(a, b) {} {}".format, st.sampled_from(["greatest", "least"]), OP, NUMBER),
    st.builds("num_nonnulls(a, b, note) {} {}".format, OP, st.integers(0, 3)),
    st.builds("length(note) {} {}".format, OP, st.integers(0, 3)),
    st.builds(
        "note {} '{}'".format, st.sampled_from(["=", "<>", "like", "not like", "~", "!~"]), st.sampled_from("axX")
    ),
    st.builds("note {}in ('a', 'X', 'ab')".format, st.sampled_from(["", "not "])),
    st.builds("note = {}(note)".format, st.sampled_from(["upper", "lower", "btrim"])),
    st.builds("(a > 0) is {}".format, st.sampled_from(["true", "false", "not true", "not false"])),
    st.sampled_from(["ok", "not ok", "ok = (a > 0)", "ok is true", "ok is not false", "coalesce(ok, false)"]),
)
CONDITION = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not ({}))".format, inner),
        st.builds("(case when {} then {} else {} end)".format, inner, inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(checks=st.lists(CONDITION, min_size=1, max_size=3))
def test_whatever_the_checks_are_rows_that_the_facts_allow_satisfy_them(loop_and_connection, checks: list[str]):
    loop, connection = loop_and_connection

    async def wrong() -> list[tuple[str, Row]]:
        texts = [await printed(connection, check) for check in checks]
        facts = read_table(things(*texts))
        unread = {check.expression for check in facts.opaque}
        rows = rows_of(facts, COLUMNS)
        kept = [text for text in texts if text not in unread]
        return [(text, row) for text in kept for row in await refused(connection, text, rows, facts.relations)]

    assert loop.run_until_complete(wrong()) == []
