"""Runs that go wrong: what is said, what is left, and how they go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil
import pytest

from engine.run import resume
from engine.run.repair import repair
from tests.runs import UNSEEN, engine, hashes, request, run_here
from tests.servers import ask, fresh_database, run_sql

BIG = {"orders": "60000", "customers": "20000", "abandoned": "20000"}
"""About 600,000 rows: long enough to be interrupted."""

CONSTRAINTS = """
select string_agg(d, E'\\n' order by d) from (
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid) || ' ' || convalidated as d
    from pg_constraint as c join pg_namespace as n on n.oid = c.connamespace where n.nspname = 'shop'
    union all select indexdef from pg_indexes where schemaname = 'shop') as x
"""


CUT = """
select count(pg_terminate_backend(pid)) from pg_stat_activity
where datname = current_database() and query like 'COPY%' and state <> 'idle'
"""


def words(overrides: dict[str, str]) -> list[str]:
    return [word for name, value in overrides.items() for word in ("--set", f"{name}={value}")]


Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts a large run in a process group of its own; what is left of it in the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(dsn: str, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "engine.cli", "run", "specs/black_friday.yaml", *words(BIG), "--json", *more]
        process = subprocess.Popen(
            command,
            env=os.environ | {"ENGINE_DSN": dsn},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def await_partitions(dsn: str, process: subprocess.Popen[str], number: int) -> None:
    """Wait until so many partitions are committed."""
    for _ in range(600):
        assert process.poll() is None, process.communicate()
        try:
            if int(str(ask(dsn, "select count(*) from engine.partitions"))) >= number:
                return
        except asyncpg.PostgresError:
            pass
        time.sleep(0.05)
    raise AssertionError("no partition was committed in 30 s")


def the_run(dsn: str) -> str:
    return str(ask(dsn, "select id::text from engine.runs order by created_at desc limit 1"))


@pytest.fixture(scope="module")
def undisturbed(server, shop_template) -> dict[str, str]:
    with fresh_database(server, shop_template) as dsn:
        assert run_here(dsn, request(overrides=BIG)).status == "succeeded"
        return hashes(dsn)


def test_a_violated_check_is_named_and_leaves_no_row_and_every_constraint(each_shop_database: str):
    dsn = each_shop_database
    run_sql(dsn, "alter table shop.orders add constraint no_vans check (total < 500)")
    before = ask(dsn, CONSTRAINTS)

    done = engine("run", "specs/quickstart.yaml", "--json", dsn=dsn)

    assert done.returncode == 1
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["status"] == "failed"
    said = told["diagnostics"][0]
    for word in ("orders", "no_vans", "total", "row"):
        assert word in said, said
    assert ask(dsn, "select count(*) from shop.orders") == 0
    assert ask(dsn, "select count(*) from shop.customers") == 0
    assert ask(dsn, CONSTRAINTS) == before


def test_a_violated_unique_key_is_found_when_it_comes_back_and_leaves_no_row(shop_database: str, tmp_path: Path):
    spec = Path("specs/quickstart.yaml").read_text()
    run_sql(shop_database, "create unique index one_total on shop.orders (total)")
    before = ask(shop_database, CONSTRAINTS)
    (tmp_path / "s.yaml").write_text(spec)

    report = run_here(shop_database, request(tmp_path / "s.yaml", {}))

    assert report.status == "failed"
    assert "one_total" in report.diagnostics[0]
    assert ask(shop_database, "select count(*) from shop.orders") == 0
    assert ask(shop_database, CONSTRAINTS) == before


def test_ctrl_c_keeps_whole_partitions_and_resume_makes_the_rest(
    shop_database: str, undisturbed: dict[str, str], begin: Begin
):
    before = ask(shop_database, CONSTRAINTS)
    process = begin(shop_database)
    await_partitions(shop_database, process, 4)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    told = json.loads(out.splitlines()[-1])
    assert told["status"] == "interrupted"
    assert f"engine resume {told['run_id']}" in err
    assert 0 < told["rows"] < 500_000
    assert ask(shop_database, CONSTRAINTS) == before

    done = engine("resume", told["run_id"], dsn=shop_database)
    assert done.returncode == 0, done.stderr
    assert hashes(shop_database) == undisturbed
    assert ask(shop_database, CONSTRAINTS) == before


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_run_killed_outright_is_resumed_to_the_same_bytes(
    shop_database: str, undisturbed: dict[str, str], workers: str, begin: Begin
):
    before = ask(shop_database, CONSTRAINTS)
    process = begin(shop_database, "--workers", workers)
    await_partitions(shop_database, process, 4)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert ask(shop_database, "select status from engine.runs") == "running"
    assert ask(shop_database, CONSTRAINTS) != before

    again = engine("run", "specs/quickstart.yaml", dsn=shop_database)
    assert again.returncode == 4
    assert "engine resume" in again.stderr

    report = asyncio.run(resume(UUID(the_run(shop_database)), dsn=shop_database))
    assert report.status == "succeeded", report.diagnostics
    assert hashes(shop_database) == undisturbed
    assert ask(shop_database, CONSTRAINTS) == before


def test_repair_brings_constraints_back_from_the_ledger_alone(shop_database: str, begin: Begin):
    before = ask(shop_database, CONSTRAINTS)
    process = begin(shop_database)
    await_partitions(shop_database, process, 1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    run_sql(shop_database, "truncate shop.customers, shop.categories, shop.promotions cascade")

    assert len(asyncio.run(repair(shop_database))) > 10

    assert ask(shop_database, CONSTRAINTS) == before
    assert ask(shop_database, "select count(*) from engine.suspended") == 0


def test_a_worker_killed_outright_fails_the_run_and_leaves_nothing(shop_database: str, begin: Begin):
    before = ask(shop_database, CONSTRAINTS)
    process = begin(shop_database, "--workers", "2")
    await_partitions(shop_database, process, 1)
    victim = next(p for p in psutil.Process(process.pid).children() if "spawn_main" in " ".join(p.cmdline()))
    victim.kill()
    out, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert "died with exit code -9" in json.loads(out.splitlines()[-1])["diagnostics"][0]
    assert ask(shop_database, "select count(*) from shop.orders") == 0
    assert ask(shop_database, CONSTRAINTS) == before


def test_a_connection_that_is_cut_leaves_no_half_partition(
    shop_database: str, undisturbed: dict[str, str], begin: Begin
):
    process = begin(shop_database)
    await_partitions(shop_database, process, 3)
    while not ask(shop_database, CUT):
        assert process.poll() is None
    out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    told = json.loads(out.splitlines()[-1])
    assert told["status"] == "failed"
    assert "the connection was lost while loading" in told["diagnostics"][0]
    assert "engine resume" in err
    orders = ask(shop_database, "select count(*) from shop.orders")
    committed = ask(shop_database, "select coalesce(sum((row_counts ->> 'orders')::int), 0) from engine.partitions")
    assert orders == committed
    done = engine("resume", told["run_id"], dsn=shop_database)
    assert done.returncode == 0, done.stderr
    assert hashes(shop_database) == undisturbed


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_second_ctrl_c_stops_at_once_and_the_run_can_be_resumed(
    shop_database: str, undisturbed: dict[str, str], workers: str, begin: Begin
):
    process = begin(shop_database, "--workers", workers)
    await_partitions(shop_database, process, 2)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["status"] == "interrupted"
    done = engine("resume", the_run(shop_database), dsn=shop_database)
    assert done.returncode == 0, done.stderr
    assert hashes(shop_database) == undisturbed


def test_rows_in_the_way_are_refused_and_fresh_empties_them(shop_database: str):
    assert engine("run", "specs/quickstart.yaml", dsn=shop_database).returncode == 0
    before = hashes(shop_database)
    again = engine("run", "specs/quickstart.yaml", dsn=shop_database)
    assert (again.returncode, "--fresh" in again.stderr) == (4, True)
    asked = engine("run", "specs/quickstart.yaml", "--fresh", dsn=shop_database)
    assert (asked.returncode, "--yes" in asked.stderr) == (4, True)
    assert hashes(shop_database) == before
    assert engine("run", "specs/quickstart.yaml", "--fresh", "--yes", dsn=shop_database).returncode == 0
    assert hashes(shop_database) == before


def test_no_password_is_ever_said(shop_database: str):
    dsn = shop_database.replace("postgres@", "postgres:hunter2@")
    for wrong, code, word in (
        (dsn.replace("127.0.0.1:", "127.0.0.2:"), 1, "cannot reach"),
        (dsn.replace("127.0.0.1:", "127.0.0.1:1"), 2, "65535"),
        (dsn + "_not_there", 1, "does not exist"),
    ):
        done = engine("run", "specs/quickstart.yaml", dsn=wrong)
        assert (done.returncode, word in done.stderr) == (code, True), done.stderr
        assert "hunter2" not in done.stdout + done.stderr


def test_somebody_who_owns_nothing_can_fill_what_he_may_write(shop_database: str):
    run_sql(
        shop_database,
        "drop role if exists filler",
        "create role filler login",
        "grant usage on schema shop to filler",
        "grant select, insert on all tables in schema shop to filler",
        "grant usage on all sequences in schema shop to filler",
        "grant usage, create on schema engine to filler",
        "grant all on all tables in schema engine to filler",
    )
    try:
        done = engine("run", "specs/quickstart.yaml", "--json", dsn=shop_database.replace("postgres@", "filler@"))
        assert done.returncode == 0, done.stderr
        assert "was not analysed: we do not own it" in " ".join(json.loads(done.stdout.splitlines()[-1])["notes"])
        assert ask(shop_database, "select count(*) from shop.orders") == 5000
    finally:
        run_sql(shop_database, "drop owned by filler", "drop role filler")


TWO = """
scenario: two
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  firsts: {table: firsts, count: 10, columns: {id: {sequence: 1}}}
  seconds: {table: seconds, count: 10, columns: {id: {sequence: 1}, first_id: {reference: firsts}}}
"""


def test_rows_that_row_security_hides_from_us_do_not_stay_after_a_failure(each_database: str, tmp_path: Path):
    spec = tmp_path / "two.yaml"
    spec.write_text(TWO)
    hidden = [
        f"{what} {table}{how}"
        for table in ("firsts", "seconds")
        for what, how in (
            ("grant select, insert, truncate on", " to filler"),
            ("alter table", " enable row level security"),
            ("create policy blind on", " for insert to filler with check (true)"),
        )
    ]
    run_sql(
        each_database,
        "create role filler login",
        "create table firsts (id int primary key)",
        f"create table seconds (id int primary key check (id < 9 or {UNSEEN}), first_id int references firsts)",
        *hidden,
        f"grant create on database {each_database.rpartition('/')[2].partition('?')[0]} to filler",
    )
    as_filler = each_database.replace("postgres@", "filler@")
    try:
        done = engine("run", str(spec), "--json", dsn=as_filler)
        assert done.returncode == 1, done.stderr
        assert "seconds_id_check" in done.stdout
        assert ask(as_filler, "select count(*) from firsts") == 0, "he sees none, whatever there is"
        assert ask(each_database, "select count(*) from firsts") == 0
    finally:
        run_sql(each_database, "drop owned by filler", "drop role filler")
