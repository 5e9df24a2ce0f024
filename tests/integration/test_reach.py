"""What a draft cannot reach: tables that we may not write to, and tables that another session has locked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
import yaml

from tests.runs import engine
from tests.schemas.audit import rows
from tests.servers import run_sql

LOW = "low_of_reach"


@pytest.fixture
def low(each_database: str) -> Iterator[str]:
    """A database of which the user owns nothing, and may use a part."""
    run_sql(
        each_database,
        f"create role {LOW} login",
        "create schema hidden create table keys (id int primary key)",
        "create table open (id serial primary key, key int references hidden.keys, v text not null)",
        "create table child (id int generated always as identity primary key, open_id int not null references open)",
        "create table shown (id int primary key)",
        "create table needs (id int primary key, shown_id int not null references shown)",
        f"grant select, insert on open, child, needs to {LOW}",
        f"grant select on shown to {LOW}",
        f"grant usage on all sequences in schema public to {LOW}",
    )
    yield each_database.replace("postgres@", f"{LOW}@")
    run_sql(each_database, f"drop owned by {LOW}", f"drop role {LOW}")


def test_what_we_may_not_write_to_is_left_out_and_the_rest_is_filled(low: str, each_database: str, tmp_path: Path):
    spec = tmp_path / "low.yaml"
    drafted = engine("init", "--dsn", low, "--rows", "20", "-o", str(spec), dsn=low)
    assert drafted.returncode == 0, drafted.stderr
    assert "hidden.keys is left out: we have no right to INSERT into it" in drafted.stdout + drafted.stderr
    assert set(yaml.safe_load(spec.read_text())["entities"]) == {"open", "child"}
    filled = engine("run", str(spec), "--dsn", low, dsn=low)
    assert filled.returncode == 0, filled.stderr
    assert {table for table, count in rows(each_database).items() if not count} == {
        "hidden.keys", "public.shown", "public.needs",
    }  # fmt: skip


@contextmanager
def locked(dsn: str, table: str) -> Iterator[None]:
    """Another session holds a table."""
    with asyncio.Runner() as loop:
        connection = loop.run(asyncpg.connect(dsn))
        loop.run(connection.execute(f"begin; lock table {table} in access exclusive mode"))
        yield
        loop.run(connection.close())


def test_a_table_that_is_locked_is_named_and_not_waited_for(database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.run.reach.PATIENCE_S", 0.2)
    run_sql(database, "create table a (id int primary key)", "create table b (id int primary key)")
    with locked(database, "b"):
        said = engine("init", "--dsn", database, "-o", "-", dsn=database)
    assert said.returncode != 0
    assert "another session has locked public.b (session " in said.stderr
    assert "within 0.2s" in said.stderr
