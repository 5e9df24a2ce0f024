"""Rows that are in a table already: others refer to them and hang on them, and they stay as they are."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from uuid import UUID

import pytest

from engine.run import resume, run
from tests.runs import engine, request
from tests.servers import ask, run_sql

TABLES = (
    """create table clients (
        id uuid primary key default gen_random_uuid(), country text, since timestamptz, born date, rank numeric,
        vip bool, data jsonb)""",
    """insert into clients (country, since, born, rank, vip, data)
        select (array['DE', 'FR', null])[1 + n % 3], timestamptz '2020-01-01' + n * interval '1 hour 0.25 s',
        date '1960-01-01' + n, n / 7.0, n % 2 = 0, jsonb_build_object('n', n) from generate_series(1, 3000) as n""",
    """create table orders (
        id bigint primary key, client_id uuid not null references clients, country text, since timestamptz, born date,
        rank numeric(20, 6), vip bool, placed_at timestamptz not null)""",
    "create table visits (client_id uuid not null references clients, no int not null, primary key (client_id, no))",
)
SPEC = """
scenario: more_orders
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
timezone: Europe/Berlin
entities:
  clients:
    table: clients
    existing: {sample: 500, where: "country = 'DE' and born < '1967-01-01'", columns: [country, since, born, rank, vip]}
  orders:
    table: orders
    count: 20_000
    moment: {column: placed_at, spread: {start: 2025-01-01, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      client_id: {reference: clients, pick: {zipf: 0.5}, existing_at: placed_at}
      country: {attribute: client_id.country}
      since: {attribute: client_id.since}
      born: {attribute: client_id.born}
      rank: {expr: "round(client_id.rank, 6)"}
      vip: {attribute: client_id.vip}
  visits:
    table: visits
    per: {parent: clients, as: client_id, count: 3}
    columns: {no: {expr: ordinal}}
expect:
  - {name: all are German, sql: "select count(*) from clients join orders on clients.id = client_id
      where clients.country <> 'DE'", equals: 0}
"""


def prepared(database: str, tmp_path: Path, text: str = SPEC) -> Path:
    run_sql(database, *TABLES)
    spec = tmp_path / "more.yaml"
    spec.write_text(text)
    return spec


def test_new_rows_point_to_a_sample_of_those_that_are_there(database: str, tmp_path: Path):
    spec = prepared(database, tmp_path)
    before = ask(database, "select md5(string_agg(clients::text, ',' order by id)) from clients")
    done = engine("run", str(spec), "--json", dsn=database)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["rows"] == 21_500
    assert ask(database, "select md5(string_agg(clients::text, ',' order by id)) from clients") == before
    assert ask(database, "select count(distinct client_id) from orders") > 450
    both = "from orders as o join clients as c on c.id = client_id"
    same = "(o.country, o.since, o.born, o.vip, o.rank) is not distinct from (c.country, c.since, c.born, c.vip, "
    assert ask(database, f"select bool_and({same} round(c.rank, 6))) {both}")
    assert ask(database, f"select bool_and(c.country = 'DE' and c.born < '1967-01-01') {both}")
    assert ask(database, "select count(distinct client_id) from visits") == 500


@pytest.mark.parametrize("in_file", [False, True])
def test_a_stopped_run_goes_on_with_the_rows_that_it_began_with(database: str, tmp_path: Path, *, in_file: bool):
    spec = prepared(database, tmp_path, SPEC.replace("20_000", "400_000"))
    stop, ledger = threading.Event(), tmp_path / "ledger" if in_file else None

    class Stopper:
        def planned(self, run_id: str, rows: dict[str, float]) -> None: ...
        def phase(self, name: str) -> None: ...
        def note(self, text: str) -> None: ...
        def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
            stop.set()

    asked = request(spec, {}, batch_rows=4096)
    begun = asyncio.run(run(asked, dsn=database, ledger=ledger, observer=Stopper(), stop=stop))
    assert begun.status == "interrupted"
    run_sql(database, "insert into clients (country, born) select 'DE', '1950-01-01' from generate_series(1, 5000)")
    ended = asyncio.run(resume(UUID(begun.run_id), dsn=database, ledger=ledger))

    assert ended.status == "succeeded", ended.diagnostics
    assert ask(database, "select count(*) from orders") == 400_000
    assert ask(database, "select count(distinct client_id) from visits") == 500
    assert ask(database, "select count(*) from orders where client_id not in (select client_id from visits)") == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("born < '1967-01-01'", "born < '1900-01-01'", "has no row where country = 'DE' and born < '1900-01-01'"),
        ("born < '1967-01-01'", "pg_sleep(9) is null", "pg_sleep"),
        ("born < '1967-01-01'", "bron is null", "has no column 'bron'"),
        ("born < '1967-01-01'", "born / 0 is null", "PostgreSQL refuses"),
        ("born < '1967-01-01'", "id in (select 1)", "is over one row"),
        ("[country,", "[contry,", "has no column 'contry'"),
        ("table: visits", "table: clients", "fills 'clients'"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_done(database: str, tmp_path: Path, old: str, new: str, words: str):
    spec = prepared(database, tmp_path, SPEC.replace(old, new))
    done = engine("run", str(spec), dsn=database)

    assert done.returncode == 2, done.stderr
    assert words in " ".join(done.stderr.split())
    assert "more.yaml:" in done.stderr
    assert ask(database, "select count(*) from orders") == 0
