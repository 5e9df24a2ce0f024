"""--fresh empties what the spec fills: it asks with names and numbers, and nothing else of anybody is touched."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = """\
scenario: small
seed: 7
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  items: {table: items, count: 30, columns: {id: {sequence: 1}, name: {template: "item {{ row }}"}}}
"""
ITEMS = "create table items (id int primary key, name text)"
OLD = "insert into items select g, 'old' from generate_series(1, 1500) as g"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return str(path)


def test_it_asks_which_tables_and_how_many_rows(database: str, spec: str, monkeypatch: pytest.MonkeyPatch):
    run_sql(database, ITEMS, OLD)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    refused = engine("run", spec, "--fresh", dsn=database)
    assert refused.returncode == 4
    assert "Empty public.items (1,500 rows) of postgresql://postgres@127.0.0.1" in refused.stderr
    assert ask(database, "select count(*) from items where name = 'old'") == 1500
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    done = engine("run", spec, "--fresh", dsn=database)
    assert (done.returncode, ask(database, "select count(*) from items")) == (0, 30), done.stderr


def test_where_there_is_nothing_to_empty_nobody_is_asked(database: str, spec: str, monkeypatch: pytest.MonkeyPatch):
    run_sql(database, ITEMS)
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert engine("run", spec, "--fresh", dsn=database).returncode == 0


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (
            (
                "create schema other",
                "create table other.notes (item int references items on delete cascade)",
                "insert into other.notes values (7)",
            ),
            "other.notes points to public.items by notes_item_fkey and holds rows",
        ),
        (
            ("create table heirs () inherits (items)", "insert into heirs values (1, 'heir')"),
            "public.heirs inherits from public.items and holds rows",
        ),
        (
            (
                "create table parted (item int references items, kind int) partition by list (kind)",
                "create table part_1 partition of parted for values in (1)",
                "insert into parted values (7, 1)",
            ),
            "public.parted points to public.items",
        ),
        (
            (
                "create table near (id int primary key, item int references items)",
                "create schema far",
                "create table far.far (near int references near)",
                "insert into far.far values (null)",
            ),
            "far.far points to public.near by far_near_fkey and holds rows",
        ),
    ],
    ids=["another schema", "heirs", "partitions", "through another table"],
)
def test_rows_of_others_that_would_go_too_are_told_and_stay(
    each_database: str, spec: str, theirs: tuple[str, ...], told: str
):
    run_sql(each_database, ITEMS, OLD, *theirs)
    done = engine("run", spec, "--fresh", "--yes", dsn=each_database)
    assert (done.returncode, told in done.stderr) == (4, True), done.stderr
    assert ask(each_database, "select count(*) from only items") == 1500
    assert ask(each_database, "select count(*) from engine.runs") == 0


def test_a_partition_is_emptied_alone_and_a_partitioned_table_with_all_it_has(each_database: str, spec: str):
    run_sql(
        each_database,
        "create table items (id int primary key, name text) partition by range (id)",
        "create table low partition of items for values from (0) to (100)",
        "create table high partition of items for values from (100) to (100000)",
        OLD,
    )
    part = Path(spec).with_name("part.yaml")
    part.write_text(SPEC.replace("table: items", "table: low"))
    assert engine("run", str(part), "--fresh", "--yes", dsn=each_database).returncode == 0
    assert ask(each_database, "select count(*) from items") == 30 + 1401
    assert engine("run", spec, "--fresh", "--yes", dsn=each_database).returncode == 0
    assert ask(each_database, "select count(*) from items") == 30


OBJECTS = """
select md5(string_agg(one, ';' order by one)) from (
    select concat_ws(' ', c.oid::regclass, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.reloptions,
        obj_description(c.oid, 'pg_class')) from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'theirs'::regnamespace)
    union all select pg_get_constraintdef(oid) || conname || convalidated from pg_constraint
        where connamespace in ('public'::regnamespace, 'theirs'::regnamespace)
    union all select pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
    union all select pg_get_indexdef(i.indexrelid) || i.indisvalid from pg_index as i
        inner join pg_class as c on i.indexrelid = c.oid
        where c.relnamespace in ('public'::regnamespace, 'theirs'::regnamespace)
    union all select pg_get_functiondef(p.oid) from pg_proc as p where p.pronamespace = 'public'::regnamespace
    union all select setting || name from pg_settings where source in ('database', 'user')
    union all select concat_ws(' ', nspname, nspacl) from pg_namespace where nspname !~ '^pg_|^engine$'
) as o (one)
"""

OTHERS = {
    "theirs.notes": "t",
    "theirs.orders": "t",
    "theirs.sums": "t",
    "theirs.numbers": "last_value || ' ' || is_called",
    "theirs.orders_id_seq": "last_value || ' ' || is_called",
}


def seen(dsn: str) -> list[object]:
    """The rows of everything but the table that is filled, and how all objects are defined."""
    rows = [ask(dsn, f"select string_agg(({what})::text, ';') from {name} as t") for name, what in OTHERS.items()]
    return [*rows, ask(dsn, OBJECTS)]


@pytest.mark.parametrize("words", [(), ("--append",), ("--fresh", "--yes")], ids=["empty", "append", "fresh"])
def test_nothing_else_is_touched(each_database: str, spec: str, words: tuple[str, ...]):
    run_sql(
        each_database,
        "create schema theirs",
        "create table items (id serial primary key, name text unique, at timestamptz default now())",
        "create index on items (at)",
        "create table theirs.notes (item int references items on delete cascade, text text)",
        "create table theirs.orders (id bigint generated always as identity primary key, n int)",
        "insert into theirs.orders (n) select g from generate_series(1, 100) as g",
        "create materialized view theirs.sums as select count(*) as n from items",
        "create sequence theirs.numbers",
        "select nextval('theirs.numbers')",
        "create function note() returns trigger language plpgsql as $$ begin return new; end $$",
        "create trigger note before insert on items for each row execute function note()",
        "alter table items disable trigger note",
        "comment on index items_name_key is 'theirs'",
        *(("insert into items select g, 'old ' || g from generate_series(100, 150) as g",) if words else ()),
    )
    before = seen(each_database)
    done = engine("run", spec, *words, "--json", dsn=each_database)
    assert done.returncode == 0, done.stderr
    assert seen(each_database) == before
    assert ask(each_database, "select count(*) from items") == (81 if words == ("--append",) else 30)
    run = ask(each_database, "select id::text from engine.runs")
    assert engine("clean", str(run), "--yes", dsn=each_database).returncode == 0
    assert seen(each_database) == before
    assert ask(each_database, "select count(*) from items") == (51 if words == ("--append",) else 0)


def test_a_partition_with_a_foreign_key_of_its_own_is_no_stranger(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create table owners (id int primary key)",
        "create table items (id int primary key, owner int) partition by range (id)",
        "create table low partition of items for values from (0) to (1000) partition by range (id)",
        "create table lowest partition of low for values from (0) to (1000)",
        "alter table lowest add foreign key (owner) references owners",
    )
    path = tmp_path / "parts.yaml"
    owners = "  owners: {table: owners, count: 5, columns: {id: {sequence: 1}}}\n"
    own = "{id: {sequence: 1}, owner: {reference: owners}}"
    path.write_text(f"{SPEC[: SPEC.index('  items')]}{owners}  items: {{table: items, count: 30, columns: {own}}}\n")
    for _ in range(2):
        done = engine("run", str(path), "--fresh", "--yes", dsn=each_database)
        assert (done.returncode, ask(each_database, "select count(*) from items")) == (0, 30), done.stderr
    path.write_text(f"{SPEC[: SPEC.index('  items')]}{owners}")
    refused = engine("run", str(path), "--fresh", "--yes", dsn=each_database)
    assert (refused.returncode, "public.lowest points to public.owners" in refused.stderr) == (4, True)
