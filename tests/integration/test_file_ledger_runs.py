"""Runs whose ledger is a file: nothing of the engine lies in the database, and nothing is made twice or lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from engine.embedded import Throwaway
from engine.errors import LedgerError, Refused
from engine.report import Report, Silence
from engine.run import resume, run
from engine.run.repair import repair
from tests.runs import engine, hashes, request, run_here
from tests.servers import ask, fresh_database, run_sql

CONSTRAINTS = """
select string_agg(conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated, E'\\n' order by conname)
from pg_constraint where connamespace = 'shop'::regnamespace
"""
SCHEMAS = "select count(*) from pg_namespace where nspname = 'engine'"


@pytest.fixture
def bare_shop(server: Throwaway, shop_template: str) -> Iterator[str]:
    """The shop in a database without the ledger's schema."""
    with fresh_database(server, shop_template) as dsn:
        run_sql(dsn, "drop schema engine cascade")
        yield dsn


@pytest.fixture
def filler(bare_shop: str) -> Iterator[str]:
    """The DSN of somebody who may fill the shop's tables and make no schema."""
    run_sql(
        bare_shop,
        "create role filler login",
        "grant usage on schema shop to filler",
        "grant select, insert on all tables in schema shop to filler",
        "grant usage on all sequences in schema shop to filler",
    )
    yield bare_shop.replace("postgres@", "filler@")
    run_sql(bare_shop, "reassign owned by filler to postgres", "drop owned by filler", "drop role filler")


@dataclass
class Stopper(Silence):
    """Stops a run at its first committed rows; keeps what it was told."""

    stop: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list)

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.stop.set()

    def note(self, text: str) -> None:
        self.notes.append(text)


def stopped(dsn: str, ledger: Path, spec: Path | None = None) -> tuple[Report, Stopper]:
    """A run that ended after its first partitions."""
    watch = Stopper()
    asked = request(workers=1) if spec is None else request(spec, {}, workers=1)
    report = asyncio.run(run(asked, dsn=dsn, ledger=ledger, observer=watch, stop=watch.stop))
    assert report.status == "interrupted", report.diagnostics
    return report, watch


def in_file(ledger: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as file:
        return list(file.execute(statement))


KILLED = """
import asyncio, os, pathlib, sys
from engine.report import Silence
from engine.run.fill import run
from tests.runs import request

class Killer(Silence):
    def loaded(self, entity, rows):
        os._exit(9)

asyncio.run(run(request(workers=1), dsn=sys.argv[1], ledger=pathlib.Path(sys.argv[2]), observer=Killer()))
"""


def test_somebody_who_may_make_no_schema_keeps_his_ledger_at_home(filler: str, bare_shop: str, tmp_path: Path):
    home = {"ENGINE_HOME": str(tmp_path / "home")}
    before = ask(bare_shop, CONSTRAINTS)

    done = engine("run", "specs/quickstart.yaml", "--json", dsn=filler, environment=home)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    (ledger,) = (tmp_path / "home").glob("ledger-*.sqlite")
    assert ledger.stat().st_mode & 0o077 == 0
    assert any("no right" in note and str(ledger) in note for note in told["notes"]), told["notes"]
    assert ask(bare_shop, "select count(*) from shop.orders") == 5000
    assert ask(bare_shop, CONSTRAINTS) == before
    assert ask(bare_shop, SCHEMAS) == 0
    listed = engine("runs", "--json", dsn=filler, environment=home)
    assert [line["run_id"] for line in json.loads(listed.stdout)] == [told["run_id"]]


def test_an_owner_who_may_make_no_schema_suspends_constraints_and_brings_them_back(
    filler: str, bare_shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ENGINE_HOME", str(tmp_path))
    tables = ask(bare_shop, "select array_agg(tablename::text) from pg_tables where schemaname = 'shop'")
    run_sql(bare_shop, *(f"alter table shop.{t} owner to filler" for t in tables))  # type: ignore[attr-defined]
    before = ask(bare_shop, CONSTRAINTS)
    during: list[object] = []

    class Looker(Silence):
        def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
            if not during:
                (ledger,) = tmp_path.glob("ledger-*.sqlite")
                during.extend(in_file(ledger, "select count(*) from suspended")[0])

    report = asyncio.run(run(request(), dsn=filler, observer=Looker()))

    assert report.status == "succeeded", report.diagnostics
    assert isinstance(during[0], int)
    assert during[0] > 5
    (ledger,) = tmp_path.glob("ledger-*.sqlite")
    assert in_file(ledger, "select * from suspended") == []
    assert ask(bare_shop, CONSTRAINTS) == before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_ledger_in_a_named_file_leaves_no_schema_and_the_same_rows(
    bare_shop: str, shop_database: str, tmp_path: Path, workers: str
):
    ledger = tmp_path / "ledger"
    words = [word for name in ("orders=2500", "customers=1500", "abandoned=800") for word in ("--set", name)]
    done = engine(
        "run", "specs/black_friday.yaml", *words, "--ledger", str(ledger), "--workers", workers, "--json", dsn=bare_shop
    )
    assert done.returncode == 0, done.stderr
    assert ask(bare_shop, SCHEMAS) == 0
    run_here(shop_database)
    assert hashes(bare_shop) == hashes(shop_database)
    assert in_file(ledger, "select count(*) from partitions where confirmed = 0") == [(0,)]


def test_a_stopped_run_goes_on_by_its_file(bare_shop: str, shop_database: str, tmp_path: Path):
    ledger = tmp_path / "ledger"
    first, _ = stopped(bare_shop, ledger)
    report = asyncio.run(resume(UUID(first.run_id), dsn=bare_shop, ledger=ledger))
    assert report.status == "succeeded", report.diagnostics
    run_here(shop_database)
    assert hashes(bare_shop) == hashes(shop_database)


def test_partitions_that_were_committed_and_never_confirmed_are_made_once(
    bare_shop: str, shop_database: str, tmp_path: Path
):
    ledger = tmp_path / "ledger"
    first, _ = stopped(bare_shop, ledger)
    in_file(ledger, "update partitions set confirmed = 0, row_counts = '{}'")
    assert in_file(ledger, "select count(*) from partitions")[0][0] != 0
    report = asyncio.run(resume(UUID(first.run_id), dsn=bare_shop, ledger=ledger))
    assert report.status == "succeeded", report.diagnostics
    run_here(shop_database)
    assert hashes(bare_shop) == hashes(shop_database)


def test_partitions_that_were_claimed_and_never_committed_are_made(bare_shop: str, shop_database: str, tmp_path: Path):
    ledger = tmp_path / "ledger"
    first, _ = stopped(bare_shop, ledger)
    in_file(ledger, "update partitions set confirmed = 0, row_counts = '{}'")
    full = [e.table for e in first.entities.values() if e.rows]
    run_sql(bare_shop, f"truncate {', '.join(full)} cascade")
    report = asyncio.run(resume(UUID(first.run_id), dsn=bare_shop, ledger=ledger))
    assert report.status == "succeeded", report.diagnostics
    run_here(shop_database)
    assert hashes(bare_shop) == hashes(shop_database)


def test_a_table_without_a_primary_key_is_told_before_and_its_doubts_are_refused(database: str, tmp_path: Path):
    run_sql(database, "create table one (n int)")
    spec = tmp_path / "one.yaml"
    spec.write_text(
        "scenario: one\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n  one:\n"
        "    table: one\n    count: 2_000_000\n    columns: {n: {sequence: 1}}\n"
    )
    ledger = tmp_path / "ledger"
    first, watch = stopped(database, ledger, spec)
    assert any("public.one has no primary key" in note for note in watch.notes)
    in_file(ledger, "update partitions set confirmed = 0")
    with pytest.raises(Refused, match="no primary key"):
        asyncio.run(resume(UUID(first.run_id), dsn=database, ledger=ledger))


def test_a_killed_runs_constraints_are_repaired_from_the_file(bare_shop: str, tmp_path: Path):
    before = ask(bare_shop, CONSTRAINTS)
    ledger = tmp_path / "ledger"

    killed = subprocess.run([sys.executable, "-c", KILLED, bare_shop, str(ledger)], timeout=60, check=False)
    assert killed.returncode == 9
    assert ask(bare_shop, CONSTRAINTS) != before
    tables: Mapping[str, str] = hashes(bare_shop)
    run_sql(bare_shop, f"truncate {', '.join(f'shop.{t}' for t in tables)}")

    assert len(asyncio.run(repair(bare_shop, ledger))) > 5
    assert ask(bare_shop, CONSTRAINTS) == before
    assert asyncio.run(repair(bare_shop, ledger)) == ()


def test_the_file_of_another_database_is_refused(bare_shop: str, shop_database: str, tmp_path: Path):
    ledger = tmp_path / "ledger"
    asyncio.run(repair(bare_shop, ledger))
    with pytest.raises(LedgerError, match="another database"):
        asyncio.run(repair(shop_database, ledger))
