"""A draft is tried on a sample that PostgreSQL judges, and mended where a CHECK says what nobody can read."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.runs import engine
from tests.schemas.audit import differences, rows, snapshot, violations
from tests.servers import ask, run_sql

FUNCTIONS = """
create schema app;
create function app.even(n bigint) returns boolean language sql immutable as 'select n % 2 = 0';
create function app.lucky(n bigint) returns boolean language sql immutable as 'select n = 777777';
create function app.near(a bigint, b bigint) returns boolean language sql immutable as 'select abs(a - b) < 2000';
create function app.never(n bigint) returns boolean language sql immutable as 'select n is null and false';
create function app.known(n bigint) returns boolean language sql immutable as 'select n is null or n = -5';
"""


def drafted(dsn: str, file: Path | None = None, *words: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """The entities of a draft for the schema app."""
    done = engine("init", "--rows", "200", "-o", "-", *words, dsn=dsn)
    assert done.returncode == 0, done.stderr
    if file is not None:
        file.write_text(done.stdout)
    return dict(yaml.safe_load(done.stdout)["entities"]), done


def filled(dsn: str, file: Path) -> None:
    """The draft fills the database as it stands, and no row breaks a rule."""
    assert engine("validate", str(file), "--dsn", dsn, dsn=dsn).returncode == 0
    done = engine("run", str(file), "--dsn", dsn, dsn=dsn)
    assert done.returncode == 0, done.stderr
    assert violations(dsn) == []


def test_a_column_that_must_be_there_is_chosen_from_values_that_pass(each_database: str, tmp_path: Path):
    run_sql(each_database, FUNCTIONS, "create table app.t (id int primary key, n int not null check (app.even(n)))")
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    chosen = entities["t"]["columns"]["n"]["choice"]
    assert len(set(chosen)) > 20
    assert all(int(value) % 2 == 0 for value in chosen)
    assert "PostgreSQL lets these pass" in done.stdout
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(*) from app.t") == 200


def test_a_column_that_may_be_null_is_null_where_hardly_a_value_passes(each_database: str, tmp_path: Path):
    run_sql(each_database, FUNCTIONS, "create table app.t (id int primary key, n bigint check (app.lucky(n)))")
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    assert entities["t"]["columns"]["n"] is None
    assert re.search(r'"n": null  # so that .*t_n_check.* holds', done.stdout)
    filled(each_database, tmp_path / "spec.yaml")


def test_and_is_chosen_from_values_where_many_pass(database: str, tmp_path: Path):
    run_sql(database, FUNCTIONS, "create table app.t (id int primary key, n int check (app.even(n)))")
    entities, _ = drafted(database, tmp_path / "spec.yaml")
    assert "choice" in entities["t"]["columns"]["n"]
    filled(database, tmp_path / "spec.yaml")


def test_columns_that_pass_only_together_become_a_lookup(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create table app.t (id int primary key, a int not null, b int not null, check (app.near(a, b)))",
    )
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    (name, lookup), *more = yaml.safe_load(done.stdout)["lookups"].items()
    assert not more
    assert entities["t"]["columns"]["a"] == {"lookup": f"{name}.a"}
    assert entities["t"]["columns"]["b"] == {"lookup": f"{name}.b"}
    assert all(abs(int(a) - int(b)) < 2000 for a, b in lookup["rows"])
    filled(each_database, tmp_path / "spec.yaml")


def test_what_cannot_be_mended_is_left_out_by_name_and_so_is_what_needs_it(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create table app.bad (id int primary key, n int not null constraint magic check (app.never(n)))",
        "create table app.needs (id int primary key, bad_id int not null references app.bad)",
        "create table app.may (id int primary key, bad_id int references app.bad)",
    )
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    assert list(entities) == ["may"]
    assert entities["may"]["columns"]["bad_id"] is None
    told = done.stderr.splitlines()
    assert any("app.bad is left out" in line and "magic" in line for line in told)
    assert any("app.needs is left out" in line for line in told)
    assert "# Left out: app.bad" in done.stdout
    filled(each_database, tmp_path / "spec.yaml")


def test_where_nothing_can_be_mended_there_is_no_draft(database: str):
    run_sql(
        database,
        FUNCTIONS,
        "create table app.bad (id int primary key, n int not null constraint magic check (app.never(n)))",
    )
    done = engine("init", "-o", "-", dsn=database)
    assert (done.returncode, done.stdout) == (4, "")
    assert "magic" in done.stderr


def test_a_reference_that_a_check_forbids_is_null_or_costs_the_table(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create table app.c (id int primary key)",
        "create table app.may (id int primary key, c_id int references app.c check (app.known(c_id)))",
        "create table app.must (id int primary key, c_id int not null references app.c check (app.known(c_id)))",
    )
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    assert sorted(entities) == ["c", "may"]
    assert entities["may"]["columns"]["c_id"] is None
    assert "app.must is left out" in done.stderr
    assert "must_c_id_check" in done.stderr
    filled(each_database, tmp_path / "spec.yaml")


def test_two_checks_of_one_table_are_both_mended(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create table app.t (id int primary key, n int not null check (app.even(n)),"
        " m int not null check (app.even(m + 1)), o bigint check (app.lucky(o)))",
        "create table app.u (id int primary key, n int not null check (app.even(n)),"
        " t_id int not null references app.t)",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    columns = entities["t"]["columns"]
    assert all(int(value) % 2 == 1 for value in columns["m"]["choice"])
    assert columns["o"] is None
    filled(each_database, tmp_path / "spec.yaml")


def test_checks_that_share_a_column_are_mended_by_one_lookup_with_the_nulls_that_pass(
    each_database: str, tmp_path: Path
):
    run_sql(
        each_database,
        FUNCTIONS,
        "create function app.only(a boolean, b boolean) returns boolean language sql immutable as 'select a = b'",
        "create table app.t (id int primary key, kind text not null check (kind in ('flag', 'share')), flag boolean,"
        " share int, check (app.only(kind = 'flag', flag is not null)),"
        " check (app.only(kind = 'share', share is not null)))",
    )
    entities, done = drafted(each_database, tmp_path / "spec.yaml")
    ((name, lookup),) = yaml.safe_load(done.stdout)["lookups"].items()
    columns = entities["t"]["columns"]
    assert {columns[c]["lookup"] for c in lookup["columns"]} == {f"{name}.{c}" for c in ("kind", "flag", "share")}
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(*) from app.t") == 200


def test_a_domain_that_nobody_can_read_is_tried_too(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create domain app.pair as int check (app.even(value))",
        "create table app.t (id int primary key, n app.pair not null)",
    )
    drafted(each_database, tmp_path / "spec.yaml")
    filled(each_database, tmp_path / "spec.yaml")


@pytest.mark.parametrize(
    "function",
    [
        "language plpgsql as $$ begin return uid ~ '^[A-Z]' and uid ~ '^[A-Za-z0-9]{11}$'; end $$",
        "language sql immutable as $$ select $1 ~ '^[A-Z][a-z0-9]{10}$' $$",
        "language sql immutable return uid ~ '^[A-Z][a-z0-9]{10}$'",
        "language plpgsql as $$ begin if uid is null then return true; end if; return uid ~ '^[A-Z][0-9]{10}$'; end $$",
    ],
)
def test_what_a_function_asks_of_a_text_is_read_in_its_source(function: str, each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        f"create schema app; create function app.check_uid(uid varchar) returns boolean {function}",
        "create table app.t (id int primary key, uid varchar(11) not null unique check (app.check_uid(uid)),"
        " other varchar(11) check (app.check_uid(other)))",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    assert "pattern" in entities["t"]["columns"]["uid"]
    assert "pattern" in entities["t"]["columns"]["other"]
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(distinct uid) from app.t") == 200


def test_a_default_is_tried_where_no_other_value_passes(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create schema app",
        "create function app.named(t text) returns boolean language plpgsql stable as"
        " $$ begin return exists (select from pg_proc where proname = t); end $$",
        "create function app.fits(t text, n int) returns boolean language plpgsql immutable as"
        " $$ begin return t = 'start' || n::text; end $$",
        "create table app.t (id int primary key, f text not null default 'low' || 'er' check (app.named(f)),"
        " g text not null default 'start7', n int not null default 7, check (app.fits(g, n)))",
        "create table app.needs (id int primary key, t_id int not null references app.t)",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    assert set(entities) == {"t", "needs"}
    assert entities["t"]["columns"]["f"] == {"choice": ["lower"]}
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(distinct (f, g, n)) from app.t") == 1


def test_a_column_that_may_be_null_never_is_where_a_rule_holds_by_that(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create schema app",
        "create function app.there(a int) returns boolean language plpgsql immutable as"
        " $$ begin return a is not null and a > 0; end $$",
        "create table app.p (id serial primary key)",
        "create table app.t (id int primary key, p_id int references app.p check (app.there(p_id)))",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    assert "null_fraction" not in entities["t"]["columns"]["p_id"]
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select count(*) > 0 and count(*) = count(p_id) from app.t")


def test_what_another_table_breaks_by_being_left_out_is_tried_again(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        FUNCTIONS,
        "create table app.bad (id int primary key, n int not null constraint magic check (app.never(n)))",
        "create table app.t (id int primary key, kind text not null check (kind in ('a', 'b')),"
        " bad_id int references app.bad, other int,"
        " check (kind <> 'a' or (bad_id is not null and other is null)),"
        " check (kind <> 'b' or (bad_id is null and other is not null)))",
    )
    entities, _ = drafted(each_database, tmp_path / "spec.yaml")
    assert set(entities) == {"t"}
    filled(each_database, tmp_path / "spec.yaml")
    assert ask(each_database, "select array_agg(distinct kind) from app.t") == ["b"]


def test_a_table_that_lacks_another_is_told_to_lack_it(each_database: str):
    run_sql(
        each_database,
        FUNCTIONS,
        "create function app.both(n int, b int) returns boolean language plpgsql as"
        " $$ begin return n % 2 = 0 and b is not null; end $$",
        "create table app.bad (id int primary key, check (false))",
        "create table app.t (id int primary key, bad_id int references app.bad, n int not null,"
        " constraint either check (app.both(n, bad_id)))",
        "create table app.good (id int primary key)",
    )
    entities, done = drafted(each_database)
    assert set(entities) == {"good"}
    why = "the CHECK 'either' does not hold while bad_id is null, because app.bad is not in this draft"
    assert f"app.t is left out: {why}" in done.stderr


def test_a_check_that_reads_is_not_tried_at_all(each_database: str):
    run_sql(
        each_database, FUNCTIONS, "create table app.t (id int primary key, n int not null check (n between 1 and 9))"
    )
    _, done = drafted(each_database)
    assert "PostgreSQL lets these pass" not in done.stdout


WRITING = """
create table app.log (id int);
create function app.logged(n bigint) returns boolean language plpgsql as
$$ begin insert into app.log values (n); return n % 2 = 0; end $$;
create table app.t (id int primary key, n int not null check (app.logged(n)));
create table app.u (id int primary key, n int not null check (app.even(n)));
insert into app.u values (1, 2);
create table app.v (id int primary key, u_id int not null references app.u, a int, check (app.near(a, u_id)));
"""
WRITTEN = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"


@pytest.fixture
def reader(each_database: str) -> Iterator[str]:
    """The DSN of somebody who may look and call, and nothing else; not even write into a temporary table."""
    run_sql(
        each_database,
        FUNCTIONS,
        WRITING,
        "create role reader login password 'x'",
        "alter role reader set default_transaction_read_only = on",
        "revoke temporary on database "
        + str(ask(each_database, "select quote_ident(current_database())"))
        + " from public",
        "grant usage on schema app to reader",
        "grant select on all tables in schema app to reader",
    )
    try:
        yield f"postgresql://reader:x@{each_database.partition('@')[2]}"
    finally:
        run_sql(each_database, "drop owned by reader cascade", "drop role reader")


@pytest.mark.parametrize("who", ["owner", "reader"])
def test_nothing_is_written_whoever_asks(who: str, each_database: str, reader: str):
    dsn = each_database if who == "owner" else reader
    before = snapshot(each_database), rows(each_database), ask(each_database, WRITTEN)
    entities, done = drafted(dsn)
    assert entities["u"]["table"] == "app.u"
    assert "existing" in entities["u"]
    assert "Traceback" not in done.stderr
    found = snapshot(each_database), rows(each_database), ask(each_database, WRITTEN)
    assert differences(before[0], found[0]) == []
    assert before[1:] == found[1:]
    assert ask(each_database, "select count(*) from app.log") == 0
    assert ask(each_database, "select count(*) from pg_namespace where nspname = 'engine'") == 0
