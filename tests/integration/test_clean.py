"""`engine clean` removes exactly what a run made, all of it or nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from engine.errors import ConnectError, LedgerError, LoadError, Refused
from engine.report import Report, Silence
from engine.run import resume, run
from engine.run.clean import Cleaned, clean
from tests.runs import engine, hashes, request, run_here
from tests.servers import ask, run_sql

HEAD = "scenario: small\nseed: 7\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n"
CONSTRAINTS = """
select string_agg(conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated, ';'
    order by conrelid::regclass::text, conname)
from pg_constraint where connamespace = 'shop'::regnamespace
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return tmp_path / "small.yaml"


def filled(dsn: str, spec: Path, entities: str, **more: object) -> Report:
    spec.write_text(HEAD + entities)
    report = run_here(dsn, request(spec, {}, **more))
    assert report.status == "succeeded", report.diagnostics
    return report


def shop(dsn: str) -> dict[str, str]:
    """What is in the shop but for its log, into which triggers write that a row was deleted."""
    return {name: rows for name, rows in hashes(dsn).items() if name != "audit_log"}


def cleaned(dsn: str, report: Report, ledger: Path | None = None) -> Cleaned:
    return asyncio.run(clean(UUID(report.run_id), dsn=dsn, ledger=ledger, agree=lambda _: None))


def test_a_cleaned_shop_is_as_it_was_before_the_run(each_shop_database: str):
    dsn = each_shop_database
    before, constraints = shop(dsn), ask(dsn, CONSTRAINTS)
    report = run_here(dsn)
    assert shop(dsn) != before
    done = engine("clean", report.run_id, "--yes", "--json", dsn=dsn)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["rows"] == report.rows
    assert {n: e["removed"] for n, e in told["entities"].items()} == {n: e.rows for n, e in report.entities.items()}
    assert (shop(dsn), ask(dsn, CONSTRAINTS)) == (before, constraints)
    assert "succeeded, cleaned" in engine("runs", dsn=dsn).stdout
    assert json.loads(engine("runs", "--json", dsn=dsn).stdout)[0]["cleaned_at"]
    again = engine("clean", report.run_id, "--yes", dsn=dsn)
    assert (again.returncode, "was cleaned" in again.stderr) == (1, True)
    assert "was cleaned" in engine("resume", report.run_id, dsn=dsn).stderr


ITEMS = "  items: {table: items, count: 500, columns: {id: {sequence: 1}, name: {template: 'item {{ row }}'}}}\n"


def test_rows_that_came_later_stay_and_changed_ones_go_and_are_told(each_database: str, spec: Path):
    run_sql(each_database, "create table items (id int primary key, name text)")
    report = filled(each_database, spec, ITEMS)
    run_sql(
        each_database,
        "insert into items values (501, 'item 1'), (1000, 'mine')",
        "update items set name = 'changed' where id <= 3",
        "delete from items where id = 10",
    )
    done = cleaned(each_database, report)
    assert (done.found["items"].rows, done.found["items"].changed, done.removed) == (499, 3, 499)
    assert ask(each_database, "select string_agg(id::text, ',' order by id) from items") == "501,1000"


def test_without_a_key_each_made_row_takes_at_most_one_that_is_equal(each_database: str, spec: Path):
    run_sql(each_database, "create table seen (kind text, at timestamptz, point json)")
    column = "{kind: {choice: [a, b]}, at: null, point: '{\"x\": 1.50}'}"
    report = filled(each_database, spec, f"  seen: {{table: seen, count: 300, columns: {column}}}\n")
    run_sql(each_database, "insert into seen select * from seen limit 40", "insert into seen values ('a', now(), null)")
    assert cleaned(each_database, report).removed == 300
    assert ask(each_database, "select count(*) from seen") == 41


def test_a_unique_key_will_do_and_heirs_keep_their_own(each_database: str, spec: Path):
    run_sql(
        each_database,
        "create table items (id bigint generated always as identity primary key, name text not null unique)",
        "create table heirs () inherits (items)",
    )
    columns = "{name: {template: 'item {{ row }}', unique: true}}"
    report = filled(each_database, spec, f"  items: {{table: items, count: 50, columns: {columns}}}\n")
    run_sql(each_database, "insert into heirs (id, name) values (1, 'item 1')")
    assert cleaned(each_database, report).removed == 50
    assert ask(each_database, "select tableoid::regclass::text from items") == "heirs"


@pytest.mark.parametrize("action", ["cascade", "set null", "no action", "restrict"])
def test_rows_of_others_that_point_to_the_runs_are_never_taken_along(each_database: str, spec: Path, action: str):
    run_sql(
        each_database,
        "create table items (id int primary key, name text)",
        "create schema theirs",
        f'create table theirs."The Notes" (item int references items on delete {action}, "on" text)',
    )
    report = filled(each_database, spec, ITEMS)
    run_sql(each_database, "insert into theirs.\"The Notes\" values (5, 'x'), (6, 'y'), (null, 'z')")
    done = engine("clean", report.run_id, "--yes", dsn=each_database)
    assert done.returncode == 4
    assert "2 rows of theirs.The Notes point to them by" in done.stderr
    assert ask(each_database, "select count(*) from items") == 500
    assert ask(each_database, 'select count(item) from theirs."The Notes"') == 2
    run_sql(each_database, 'delete from theirs."The Notes" where item is not null')
    assert cleaned(each_database, report).removed == 500
    assert ask(each_database, "select count(*) from pg_indexes where indexname like 'engine%'") == 0


def test_circles_and_references_to_oneself_are_no_obstacle(each_database: str, spec: Path):
    run_sql(
        each_database,
        "create table teams (id int primary key, lead int)",
        "create table people (id int primary key, team int not null references teams,"
        " boss int references people on delete restrict)",
        "alter table teams add foreign key (lead) references people",
    )
    report = filled(
        each_database,
        spec,
        "  teams: {table: teams, count: 40, columns: {id: {sequence: 1}, lead: {reference: people}}}\n"
        "  people: {table: people, count: 400, columns: {id: {sequence: 1}, team: {reference: teams},"
        " boss: {reference: people, pick: {tree: {roots: 4, branching: 3}}}}}\n",
    )
    assert cleaned(each_database, report).removed == 440


def test_children_go_first_so_that_triggers_find_the_rows_that_they_take_along_gone(each_database: str, spec: Path):
    run_sql(
        each_database,
        "create table items (id int primary key, name text)",
        "create table notes (id int primary key, item int references items)",
        "create function along() returns trigger language plpgsql as"
        " $$ begin delete from notes where item = old.id; return old; end $$",
        "create trigger along before delete on items for each row execute function along()",
    )
    notes = "  notes: {table: notes, count: 900, columns: {id: {sequence: 1}, item: {reference: items}}}\n"
    report = filled(each_database, spec, ITEMS + notes)
    assert cleaned(each_database, report).removed == 1400
    assert ask(each_database, "select count(*) from notes") == 0


def test_partitions_are_looked_into(each_database: str, spec: Path):
    run_sql(
        each_database,
        "create table items (id int primary key, name text) partition by hash (id)",
        *(f"create table items_{n} partition of items for values with (modulus 3, remainder {n})" for n in range(3)),
        "create table notes (item int references items on delete cascade)",
    )
    report = filled(each_database, spec, ITEMS)
    run_sql(each_database, "insert into items values (900, 'mine')", "insert into notes values (900), (5)")
    with pytest.raises(Refused, match=r"1 rows of public\.notes"):
        cleaned(each_database, report)
    run_sql(each_database, "delete from notes where item = 5")
    assert cleaned(each_database, report).removed == 500
    assert ask(each_database, "select count(*) from items") == 1


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("raise exception 'not this one'", "not this one"),
        ("perform pg_terminate_backend(pg_backend_pid())", "the connection was lost, nothing was removed"),
    ],
)
def test_what_goes_wrong_in_the_middle_leaves_everything_and_cleaning_again_finishes(
    database: str, spec: Path, event: str, told: str
):
    run_sql(
        database,
        "create table items (id int primary key, name text)",
        "create function refuse() returns trigger language plpgsql as"
        f" $$ begin if old.id = 400 then {event}; end if; return old; end $$",
        "create trigger refuse before delete on items for each row execute function refuse()",
    )
    report = filled(database, spec, ITEMS)
    with pytest.raises((LoadError, ConnectError), match=told):
        cleaned(database, report)
    assert ask(database, "select count(*) from items") == 500
    assert ask(database, "select cleaned_at is null from engine.runs")
    run_sql(database, "drop trigger refuse on items")
    assert cleaned(database, report).removed == 500


def test_what_a_later_run_made_is_not_taken_for_ones_own(database: str, spec: Path):
    run_sql(database, "create table items (id int primary key, name text)")
    first = filled(database, spec, ITEMS)
    done = engine("run", str(spec), "--fresh", "--yes", dsn=database)
    assert done.returncode == 0, done.stderr
    told = cleaned(database, first)
    assert (told.removed, len(told.emptied)) == (0, 1)
    assert ask(database, "select count(*) from items") == 500


@dataclass
class Stopper(Silence):
    """Stops a run at its first committed rows."""

    stop: threading.Event = field(default_factory=threading.Event)

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.stop.set()


@pytest.mark.parametrize("in_file", [False, True])
def test_an_interrupted_run_is_cleaned_by_either_ledger(shop_database: str, tmp_path: Path, in_file: bool):
    ledger = tmp_path / "ledger" if in_file else None
    before, constraints = shop(shop_database), ask(shop_database, CONSTRAINTS)
    watch = Stopper()
    report = asyncio.run(run(request(workers=1), dsn=shop_database, ledger=ledger, observer=watch, stop=watch.stop))
    assert (report.status, report.rows > 0) == ("interrupted", True)
    assert cleaned(shop_database, report, ledger).removed == report.rows
    assert (shop(shop_database), ask(shop_database, CONSTRAINTS)) == (before, constraints)
    with pytest.raises(LedgerError, match="was cleaned"):
        asyncio.run(resume(UUID(report.run_id), dsn=shop_database, ledger=ledger))
    assert run_here(shop_database).status == "succeeded"


def test_without_a_terminal_it_must_be_said_beforehand(database: str, spec: Path):
    run_sql(database, "create table items (id int primary key, name text)")
    report = filled(database, spec, ITEMS)
    done = engine("clean", report.run_id, dsn=database)
    assert (done.returncode, "no terminal" in done.stderr) == (4, True)
    assert ask(database, "select count(*) from items") == 500


def test_a_run_that_nobody_knows_is_told_so(database: str):
    done = engine("clean", "00000000-0000-7000-8000-000000000000", "--yes", dsn=database)
    assert (done.returncode, "knows no run" in done.stderr) == (1, True)
