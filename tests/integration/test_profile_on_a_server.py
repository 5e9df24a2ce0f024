"""Rows that are there, what ANALYZE says of them, and rows made like them."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import numpy as np
import pytest
import yaml

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog, Table
from engine.run.observe import hours_of, moment_of, rhythms_of
from engine.sketch.made import Made
from engine.sketch.popularity import popularity
from engine.sketch.profile import profiled
from engine.timelines.model import Timeline
from tests.servers import run_sql
from tests.worlds import plan_of, rows_of

ROWS = 40_000
PEOPLE = "create table people (id int primary key, email text not null, vip boolean not null)"
SALES = """
    create table sales (
        id bigint primary key, person_id int not null references people, placed_at timestamptz not null, day date,
        status text not null, quantity int not null, amount numeric(12,2) not null, weight float8, sku text, note text
    )"""
FILL = f"""
    insert into sales
    select
        n,
        1 + floor(500 * random() ^ 3)::int,
        '2025-03-03 05:00+00'::timestamptz + n * interval '3 minutes' * 0.9 + random() * interval '3 minutes',
        null,
        case when random() < 0.7 then 'paid' when random() < 0.6 then 'sent' else 'lost' end,
        1 + floor(random() * random() * 6)::int,
        round(exp(3 + 0.6 * sqrt(-2 * ln(1 - random())) * cos(6.283185307 * random()))::numeric, 2),
        case when random() < 0.25 then null when random() < 0.3 then 0 else -40 * ln(1 - random()) end,
        'AX-' || lpad((n * 7)::text, 6, '0'),
        'called Mrs ' || n || ' at home'
    from generate_series(1, {ROWS}) as n"""


@pytest.fixture
def filled(database: str) -> str:
    run_sql(
        database,
        "select setseed(0.5)",
        PEOPLE,
        "insert into people select n, 'p' || n || '@private.example', n % 10 = 0 from generate_series(1, 500) as n",
        SALES,
        f"do $$ begin perform setseed(0.25); {FILL}; end $$",
        "analyze people, sales",
    )
    return database


def looked_at(dsn: str) -> tuple[Catalog, Any]:
    async def look() -> tuple[Catalog, Any]:
        connection = await asyncpg.connect(dsn)
        try:
            known = await introspect(connection, schemas=["public"], statistics=True)
            return known, await rhythms_of(connection, known.tables.values(), "Europe/Berlin")
        finally:
            await connection.close()

    return asyncio.run(look())


def made_like(table: Table, *columns: str) -> dict[str, Made]:
    found = {}
    for name in columns:
        column = table.column(name)
        assert column is not None
        assert column.statistics is not None
        made = profiled(table, column, column.statistics.redacted)
        assert made is not None, name
        share = column.statistics.null_fraction
        found[name] = Made({**made.said, "null_fraction": share} if share else made.said, made.why)  # type: ignore[dict-item]
    return found


def drawn(known: Catalog, made: dict[str, Made]) -> Any:
    columns = {"id": {"sequence": 1}, **{name: one.said for name, one in made.items()}}
    story = {
        "scenario": "like_it",
        "window": {"start": "2025-01-01", "end": "2026-01-01"},
        "entities": {"sales": {"table": "public.sales", "count": ROWS, "columns": columns}},
    }
    rest = ("person_id", "placed_at", "note")
    columns |= {"person_id": 1, "placed_at": "2025-05-01", "note": "x"}
    for name in rest:
        assert name not in made
    return rows_of(plan_of(yaml.safe_dump(story), known))["sales"]


def there(dsn: str, column: str) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [row[0] for row in await connection.fetch(f"select {column} from sales where {column} is not null")]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def apart(one: Any, other: Any) -> float:
    """The largest difference of the shares below a value (Kolmogorov and Smirnov)."""
    left, right = np.sort(np.array(one, float)), np.sort(np.array(other, float))
    grid = np.concatenate([left, right])
    below = [np.searchsorted(values, grid, side="right") / len(values) for values in (left, right)]
    return float(np.abs(below[0] - below[1]).max())


def test_rows_made_like_those_that_are_there_have_their_shares_and_quantiles(filled: str) -> None:
    known, _ = looked_at(filled)
    sales = known.tables["public", "sales"]
    made = made_like(sales, "status", "quantity", "amount", "weight", "sku")
    assert "choice" in made["status"].said  # type: ignore[operator]
    assert "choice" in made["quantity"].said  # type: ignore[operator]
    assert "lognormal" in made["amount"].said  # type: ignore[operator]
    assert "quantiles" in made["weight"].said  # type: ignore[operator]
    assert made["sku"].said == {"pattern": "[A-Z]{2}-[0-9]{6}"}
    rows = drawn(known, made)
    for name in ("quantity", "amount", "weight"):
        assert apart(rows[name].drop_null().to_pylist(), there(filled, name)) < 0.025, name
    for value in ("paid", "sent", "lost"):
        seen = there(filled, "status").count(value) / ROWS
        assert rows["status"].to_pylist().count(value) / ROWS == pytest.approx(seen, abs=0.02)
    assert rows["weight"].null_count / ROWS == pytest.approx(0.25, abs=0.02)


def test_no_value_of_a_personal_column_is_in_what_is_made(filled: str) -> None:
    known, _ = looked_at(filled)
    for table in known.tables.values():
        for column in table.columns:
            assert column.statistics is not None
            made = profiled(table, column, column.statistics.redacted)
            assert "private" not in str(made), column.name
            assert "Mrs" not in str(made), column.name


def test_the_keys_that_are_pointed_to_most_say_how_uneven_it_is(filled: str) -> None:
    known, _ = looked_at(filled)
    column = known.tables["public", "sales"].column("person_id")
    assert column is not None
    found = popularity(column, 500)
    assert found is not None
    # of u ** 3 the first of 500 have (r / 500) ** (1 / 3) of all: Zipf's exponent is 2 / 3
    assert found == pytest.approx(2 / 3, abs=0.15)


def test_the_moment_of_a_table_and_its_rhythm_are_read_from_the_rows(filled: str) -> None:
    known, rhythms = looked_at(filled)
    assert moment_of(known.tables["public", "people"]) is None
    assert list(rhythms) == [("public", "sales")]
    name, seen = rhythms["public", "sales"]
    assert name == "placed_at"
    assert seen.rows == ROWS
    assert str(seen.first) == "2025-03-03"
    Timeline.model_validate(seen.timeline)
    assert not {"daily", "weekly", "spikes"} & set(seen.timeline)


def test_large_tables_are_read_by_blocks_and_what_cannot_be_read_is_left_out(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, _ = looked_at(filled)
    sales = known.tables["public", "sales"]
    moment = moment_of(sales)
    assert moment is not None

    async def ask(sampled: int, patience: int) -> dict[Any, float]:
        monkeypatch.setattr("engine.run.observe.SAMPLED_ROWS", sampled)
        monkeypatch.setattr("engine.run.observe.PATIENCE_MS", patience)
        connection = await asyncpg.connect(filled)
        try:
            found = await hours_of(connection, sales, moment)
            assert await connection.fetchval("select count(*) from people") == 500  # the session is still of use
            return found
        finally:
            await connection.close()

    whole = asyncio.run(ask(1_000_000, 20_000))
    assert sum(whole.values()) == ROWS
    part = asyncio.run(ask(10_000, 20_000))
    assert sum(part.values()) == pytest.approx(ROWS, rel=0.2)
    assert len(part) < len(whole)
    assert asyncio.run(ask(1_000_000, 1)) == {}
