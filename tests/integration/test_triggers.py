"""Triggers of the user: kept, or off for the load and back as they were, also after a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from engine.run import Rows
from engine.run.clean import clean
from engine.run.repair import repair
from tests.runs import engine, request, run_here
from tests.servers import ask, run_sql

HEAD = "scenario: small\nseed: 7\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n"
ITEMS = (
    "  items: {{table: items, count: 500, triggers: {}, columns: {{id: {{sequence: 1}}, kind: {{choice: [a, b]}}}}}}\n"
)
LOG = (
    "create table log (what text)",
    "create function note() returns trigger language plpgsql as"
    " $$ begin insert into log values (tg_op || ' ' || tg_name); return coalesce(new, old); end $$",
)
STATES = """
select string_agg(tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text, ', '
    order by tgrelid::regclass::text, tgname)
from pg_trigger where not tgisinternal
"""


def trigger(name: str, when: str = "after insert", each: str = "row", table: str = "items") -> str:
    return f'create trigger "{name}" {when} on {table} for each {each} execute function note()'


TABLE = (
    "create table items (id int primary key, kind text)",
    *LOG,
    trigger("The Audit"),
    trigger("always"),
    trigger("off"),
    trigger("replicas"),
    trigger("loud", "before insert or delete", "statement"),
    "create constraint trigger late after insert on items deferrable initially deferred for each row"
    " execute function note()",
    "alter table items enable always trigger always",
    "alter table items disable trigger off",
    "alter table items enable replica trigger replicas",
)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return tmp_path / "small.yaml"


def test_kept_triggers_fire_and_the_plan_says_which(each_database: str, spec: Path):
    run_sql(each_database, *TABLE)
    spec.write_text(HEAD + ITEMS.format("keep"))
    told = engine("plan", str(spec), dsn=each_database).stdout
    kept = [line.strip() for line in told.splitlines() if "trigger" in line]
    assert kept == [
        "keep     public.items: trigger The Audit (fires for each row: the spec keeps triggers)",
        "keep     public.items: trigger always (fires for each row: the spec keeps triggers)",
        "keep     public.items: trigger late (fires for each row: the spec keeps triggers)",
        "keep     public.items: trigger loud (fires for each statement: the spec keeps triggers)",
    ]
    assert run_here(each_database, request(spec, {})).status == "succeeded"
    assert ask(each_database, "select count(*) from log") == 3 * 500 + 1


def test_suspended_triggers_do_not_fire_and_come_back_as_they_were(each_database: str, spec: Path):
    run_sql(each_database, *TABLE)
    before = ask(each_database, STATES)
    spec.write_text(HEAD + ITEMS.format("suspend"))
    told = engine("plan", str(spec), dsn=each_database).stdout
    assert told.count("suspend  public.items: trigger") == 4
    report = run_here(each_database, request(spec, {}))
    assert report.status == "succeeded", report.diagnostics
    assert (ask(each_database, "select count(*) from log"), ask(each_database, STATES)) == (0, before)
    more = run_here(each_database, request(spec, {}, rows=Rows.APPEND))
    assert more.status == "succeeded", more.diagnostics
    assert ask(each_database, "select format('%s %s', count(*), max(id)) from items") == "1000 1000"
    for run in (report, more):
        asyncio.run(clean(UUID(run.run_id), dsn=each_database, agree=lambda _: None))
    assert (ask(each_database, "select count(*) from log"), ask(each_database, STATES)) == (0, before)
    run_sql(each_database, "insert into items values (1, 'mine')")
    assert ask(each_database, "select count(*) from log") == 4


def test_triggers_of_partitions_have_states_of_their_own(each_database: str, spec: Path):
    run_sql(
        each_database,
        *LOG,
        "create table items (id int primary key, kind text) partition by hash (id)",
        *(f"create table items_{n} partition of items for values with (modulus 3, remainder {n})" for n in range(3)),
        trigger("audit"),
        trigger("own", table="items_1"),
        "alter table items_2 disable trigger audit",
        "alter table items_1 enable always trigger own",
    )
    before = ask(each_database, STATES)
    spec.write_text(HEAD + ITEMS.format("suspend"))
    assert run_here(each_database, request(spec, {})).status == "succeeded"
    assert (ask(each_database, "select count(*) from log"), ask(each_database, STATES)) == (0, before)


def test_after_a_crash_they_are_repaired_and_dropped_ones_are_forgotten(each_database: str, spec: Path):
    run_sql(each_database, *TABLE)
    before = ask(each_database, STATES)
    spec.write_text(HEAD + ITEMS.format("suspend"))
    assert run_here(each_database, request(spec, {})).status == "succeeded"
    crash = (
        "insert into engine.suspended (table_schema, table_name, kind, name, run_id, definition) select 'public',"
        " 'items', 'trigger', t.name, (select id from engine.runs), jsonb_build_object('schema', 'public', 'table',"
        " 'items', 'name', t.name, 'kind', 'trigger', 'method', 'disable', 'definition', t.how, 'after', '[]'::jsonb,"
        " 'target', null) from (values ('always', 'always'), ('loud', ''), ('gone', '')) as t (name, how)"
    )
    run_sql(
        each_database,
        crash,
        "alter table items disable trigger always",
        "alter table items disable trigger loud",
    )
    assert ask(each_database, STATES) != before
    assert len(asyncio.run(repair(each_database))) == 3
    assert ask(each_database, STATES) == before
    assert ask(each_database, "select count(*) from engine.suspended") == 0


def test_a_failed_run_brings_them_back_too(database: str, spec: Path):
    run_sql(
        database,
        *TABLE,
        "alter table items add check (id < 400) not valid",
        "alter table items drop constraint items_id_check",
        "create unique index on items ((id / 2))",
    )
    before = ask(database, STATES)
    spec.write_text(HEAD + ITEMS.format("suspend"))
    report = run_here(database, request(spec, {}))
    assert report.status == "failed"
    assert (ask(database, "select count(*) from items"), ask(database, STATES)) == (0, before)


def test_who_does_not_own_the_table_is_told_that_they_fire(database: str, spec: Path):
    run_sql(
        database,
        *TABLE,
        "create role guest login",
        "grant select, insert on items to guest",
        "grant insert on log to guest",
    )
    try:
        spec.write_text(HEAD + ITEMS.format("suspend"))
        guest = database.replace("postgres@", "guest@")
        told = engine("plan", str(spec), dsn=guest).stdout
        assert told.count("(fires: we do not own the table)") == 4
    finally:
        run_sql(database, "drop owned by guest", "drop role guest")
