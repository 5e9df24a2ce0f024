"""Who may not do all that a run wants: which right is missing is said, before anything is written where that can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = """
scenario: small
window: {start: 2025-01-01, end: 2026-01-01}
entities:
  goods: {table: t.goods, count: 50, columns: {id: {sequence: 1}, name: {constant: long}}}
"""


@pytest.fixture
def guest(each_database: str) -> Iterator[str]:
    """The DSN of somebody who owns nothing."""
    run_sql(
        each_database,
        "create role guest login",
        "create schema t",
        "create table t.goods (id int primary key, name text)",
    )
    yield each_database.replace("postgres@", "guest@")
    run_sql(each_database, "drop owned by guest", "drop role guest")


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """A run with its ledger in a file."""
    (tmp_path / "small.yaml").write_text(SPEC)
    return "run", str(tmp_path / "small.yaml"), "--ledger", str(tmp_path / "ledger")


@pytest.mark.parametrize(
    ("granted", "more", "told"),
    [
        ((), (), "hint: grant INSERT on them to the role that loads"),
        (("usage on schema t", "select on t.goods"), (), "no right to write to these tables:\n  t.goods"),
        (("usage on schema t", "insert (name) on t.goods"), (), "t.goods (id)"),
        (("insert, select on t.goods",), (), "hint: grant SELECT on them, and USAGE on their schemas"),
        (("usage on schema t", "insert on t.goods"), (), "hint: grant SELECT on them"),
        (
            ("usage on schema t", "insert, select, delete on t.goods"),
            ("--fresh", "--yes"),
            "hint: grant TRUNCATE on them",
        ),
    ],
)
def test_the_right_that_is_missing_is_named(
    guest: str, each_database: str, words: tuple[str, ...], granted: tuple[str, ...], more: tuple[str, ...], told: str
):
    run_sql(each_database, "insert into t.goods values (1000)", *(f"grant {right} to guest" for right in granted))
    done = engine(*words, *more, dsn=guest)
    assert (done.returncode, told in done.stderr) == (4, True), done.stderr
    assert ask(each_database, "select count(*) from t.goods") == 1


def test_insert_and_select_are_enough(guest: str, each_database: str, words: tuple[str, ...]):
    run_sql(each_database, "grant usage on schema t to guest", "grant insert, select on t.goods to guest")
    done = engine(*words, dsn=guest)
    assert done.returncode == 0, done.stderr
    assert ask(each_database, "select count(*) from t.goods") == 50


def test_a_session_that_only_reads_is_refused_before_anything(each_database: str, words: tuple[str, ...]):
    run_sql(each_database, "create schema t", "create table t.goods (id int primary key, name text)")
    reads = f"{each_database}?options=-c%20default_transaction_read_only%3Don"
    for command in (words, words[:2]):
        done = engine(*command, dsn=reads)
        assert done.returncode == 4, done.stderr
        assert "the session only reads: default_transaction_read_only is on" in done.stderr
    assert engine("validate", words[1], dsn=reads).returncode == 0


def test_a_row_that_a_policy_refuses_is_told_as_that(guest: str, each_database: str, words: tuple[str, ...]):
    run_sql(
        each_database,
        "grant usage on schema t to guest",
        "grant insert, select on t.goods to guest",
        "alter table t.goods enable row level security",
        "create policy short on t.goods for insert with check (length(name) < 3)",
        "create policy all_of_it on t.goods for select using (true)",
    )
    done = engine(*words, dsn=guest)
    assert done.returncode == 1
    assert "hint: a policy of row security refuses it; load as the owner of the table" in done.stderr
    assert "grant INSERT" not in done.stderr
