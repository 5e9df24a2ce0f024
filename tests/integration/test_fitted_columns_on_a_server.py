"""Columns with CHECKs, made so that PostgreSQL takes every value."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
import yaml

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog, Table
from engine.sketch.checks import read_table
from engine.sketch.fit import fit
from engine.sketch.guess import guess
from engine.sketch.made import Made
from engine.sketch.plain import plain
from tests.servers import run_sql
from tests.worlds import plan_of, rows_of

ROWS = 300
WINDOW = ("2025-01-01", "2026-01-01")
CHECKS = (
    "price numeric(10,2) check (price >= 0)",
    "price numeric(10,2) check (price > 0 and price < 1)",
    "price numeric check (price > 1e6)",
    "price float8 check (price > 0 and price <= 0.001)",
    "n int check (n between 5 and 7)",
    "n int check (n <> 0)",
    "n smallint check (n > 32000)",
    "n bigint check (n < -1000000000000)",
    "n int check (n % 25 = 0)",
    "n int check (n % 2 = 1 and n > 100)",
    "n numeric(8,3) check (mod(n, 0.25) = 0)",
    "n int check (n in (1, 2, 3, 5, 8))",
    "n int check (n = 1 or n > 90)",
    "rating int check (rating >= 1 and rating <= 5)",
    "quantity int check (quantity > 100)",
    "age int check (age >= 21)",
    "x float4 check (x >= -1 and x <= 1)",
    "latitude numeric(9,6) check (latitude between 47 and 55)",
    "status text check (status in ('open', 'done'))",
    "status varchar(10) check (status = any (array['active', 'pending']))",
    "status text check (status <> 'active')",
    "email text check (email like '%@%')",
    "email text check (email ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+[.][a-z]{2,}$')",
    "email text check (email = lower(email))",
    "email varchar(12) check (position('@' in email) > 1)",
    "name text check (length(name) > 0)",
    "name text check (length(trim(name)) > 0)",
    "name text check (char_length(name) between 3 and 8)",
    "name text check (name = upper(name))",
    "name text check (name <> '')",
    "title text check (length(title) >= 200)",
    "title varchar(20) check (title = initcap(title))",
    "code text check (code ~ '^[A-Z]{3}-[0-9]{4}$')",
    "code text check (code ~ '^[A-Z]{2,3}[0-9]+$' and length(code) <= 6)",
    r"code text check (code ~ '^\d{4}-\d{2}$')",
    "code text check (code ~ '[0-9]')",
    "code text check (code !~ '[0-9]')",
    "code text check (code ~ '^(north|south)-[^x]{2}$')",
    "code text check (code ~ '^[[:alpha:]_]+$')",
    "code bpchar(5) check (code ~ '^[A-Z]+$')",
    "code text check (code like 'AB_%')",
    "code text check (code not like 'A%')",
    "code text check (length(code) = 32)",
    "slug text check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')",
    "color text check (color ~ '^#[0-9a-fA-F]{6}$')",
    "country text check (length(country) = 2 and country = upper(country))",
    "url text check (url ~ '^https?://')",
    "zip text check (zip ~ '^[0-9]{5}(-[0-9]{4})?$')",
    "phone text check (phone ~ '^[+]?[0-9 ]{7,15}$')",
    "iban text check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$')",
    "d date check (d >= '2030-01-01')",
    "d date check (d < '1990-01-01')",
    "d date check (extract(dow from d) = 1)",
    "d date check (date_trunc('month', d) = d)",
    "birth_date date check (birth_date > '1900-01-01')",
    "at timestamptz check (at >= '2031-05-01 12:00+00')",
    "at timestamp check (at < '2025-03-01')",
    "at timestamp check (extract(hour from at) between 9 and 17)",
    "t time check (t >= '08:00' and t < '18:00')",
    "opening_time time check (opening_time < '09:00')",
    "i interval check (i > '0')",
    "i interval check (i between '1 hour' and '2 hours')",
    "i interval check (date_trunc('minute', i) = i)",
    "i interval check (date_trunc('hour', i) = i and i > '10 hours')",
    "i interval check (date_trunc('minute', i) = i and i <> '00:30')",
    "b bool check (b)",
    "j jsonb check (j ? 'name')",
    "j jsonb check (jsonb_typeof(j) = 'array')",
    "l int[] check (cardinality(l) > 2)",
    "l text[] check (array_length(l, 1) <= 2)",
    "bits bytea check (octet_length(bits) = 16)",
    "r int4range check (not isempty(r))",
)


def fitted(table: Table) -> Made | None:
    """What the draft would say of the table's column; None where its CHECK is not understood."""
    facts, column = read_table(table), table.columns[0]
    if facts.opaque:
        return None
    return fit(column, guess(table, column) or plain(column, WINDOW), facts.columns.get(column.name))


@pytest.fixture
def known(database: str) -> tuple[str, Catalog]:
    statements = [f"create table t{number} ({column})" for number, column in enumerate(CHECKS)]
    run_sql(database, *statements)

    async def look() -> Catalog:
        connection = await asyncpg.connect(database)
        try:
            return await introspect(connection, schemas=["public"])
        finally:
            await connection.close()

    return database, asyncio.run(look())


def rows_like(known: Catalog, table: str, column: str, made: Made) -> list[Any]:
    story = {
        "scenario": "fitted",
        "window": {"start": WINDOW[0], "end": WINDOW[1]},
        "entities": {table: {"table": f"public.{table}", "count": ROWS, "columns": {column: made.said}}},
    }
    found: list[Any] = rows_of(plan_of(yaml.safe_dump(story, allow_unicode=True), known))[table][column].to_pylist()
    return found


def test_postgres_takes_every_value_that_a_check_has_been_read_for(known: tuple[str, Catalog]) -> None:
    dsn, catalog = known
    unread, unmade, refused = [], [], {}

    async def insert() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for number, text in enumerate(CHECKS):
                table = catalog.tables["public", f"t{number}"]
                facts, made = read_table(table), fitted(table)
                if made is None:
                    (unread if facts.opaque else unmade).append(text)
                    continue
                values = rows_like(catalog, table.name, table.columns[0].name, made)
                try:
                    value = f"$1::text::{table.columns[0].type.name}" if "range" in text else "$1"
                    await connection.executemany(f"insert into {table.name} values ({value})", [(v,) for v in values])
                except asyncpg.CheckViolationError as error:
                    refused[text] = (made.said, error.detail)
        finally:
            await connection.close()

    asyncio.run(insert())
    assert refused == {}
    assert unmade == []
    assert len(unread) <= 4, unread
