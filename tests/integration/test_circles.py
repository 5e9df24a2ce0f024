"""Foreign keys that stay in force and lead round: filled in an order that they allow, or refused before anything."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from engine.errors import Refused
from engine.report import Report, Silence
from engine.run import Rows, resume, run
from tests.runs import engine, request, run_here
from tests.servers import ask, run_sql

HEAD = "scenario: small\nseed: 7\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n"
TEAMS = (
    "  teams: {table: teams, count: 40, columns: {id: {sequence: 1}, lead: {reference: people}}}\n"
    "  people: {table: people, count: 400, columns: {id: {sequence: 1}, team: {reference: teams},"
    " name: {template: 'name {{ row }}'}}}\n"
    "  notes: {table: notes, count: 900, columns: {id: {sequence: 1}, person: {reference: people}}}\n"
)
TABLES = (
    "create table teams (id int primary key, lead int{})",
    "create table people (id int primary key, team int not null references teams, name text)",
    "create table notes (id int primary key, person int not null references people)",
    "alter table teams add constraint led_by foreign key (lead) references people",
)
COUNTS = "select format('%s %s %s', (select count(*) from teams), (select count(lead) from teams),"
COUNTS += " (select count(*) from people))"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(HEAD + TEAMS)
    return path


@pytest.fixture
def guest(each_database: str):
    """The DSN of somebody who may write, and owns nothing."""
    run_sql(
        each_database,
        "create role guest login",
        "alter default privileges grant select, insert, update, delete on tables to guest",
    )
    yield each_database.replace("postgres@", "guest@")
    run_sql(each_database, "drop owned by guest", "drop role guest")


def filled(dsn: str, spec: Path, **more: object) -> Report:
    report = run_here(dsn, request(spec, {}, **more))
    assert report.status == "succeeded", report.diagnostics
    return report


def made(*nullable: str) -> tuple[str, ...]:
    return tuple(statement.format(*nullable) for statement in TABLES)


def rows(dsn: str) -> object:
    return ask(
        dsn,
        "select md5(string_agg(t::text, ',' order by t.id)) || (select md5(string_agg(p::text, ',' order by p.id))"
        " from people as p) from teams as t",
    )


def test_a_column_that_may_be_null_is_filled_when_all_rows_are_there(guest: str, each_database: str, spec: Path):
    run_sql(each_database, *made(""))
    report = filled(guest, spec)
    assert ask(each_database, COUNTS) == "40 40 400"
    (note,) = (note for note in report.notes if "filled after the load" in note)
    assert "teams.lead" in note
    by_guest = rows(each_database)
    run_sql(each_database, "truncate teams, people, notes")
    filled(each_database, spec)
    assert rows(each_database) == by_guest, "who owns the tables suspends the keys, and the rows are the same"


def test_rows_are_added_to_a_circle_whose_keys_stay_in_force(each_database: str, spec: Path):
    run_sql(each_database, *made(""))
    filled(each_database, spec)
    filled(each_database, spec, rows=Rows.APPEND)
    assert ask(each_database, COUNTS) == "80 80 800"
    assert ask(each_database, "select count(*) from teams where id > 40 and lead > 400") > 0


def test_where_none_may_be_null_it_is_refused_with_the_way_before_anything_is_written(
    guest: str, each_database: str, spec: Path
):
    run_sql(each_database, *made(" not null"))
    done = engine("run", str(spec), "--ledger", str(spec.parent / "ledger"), dsn=guest)
    assert done.returncode == 4, done.stderr
    assert "teams.lead (led_by) → people.team (people_team_fkey) → teams" in done.stderr
    assert ask(each_database, COUNTS) == "0 0 0"
    run_sql(each_database, "insert into teams select -1, -1 where false")
    filled(each_database, spec)
    assert ask(each_database, COUNTS) == "40 40 400"
    filled(each_database, spec, rows=Rows.APPEND)
    assert ask(each_database, COUNTS) == "80 80 800"
    assert ask(each_database, "select count(*) > 10 from teams where id > 40 and lead > 400"), "one leads to new rows"
    assert ask(each_database, "select max(team) <= 40 from people where id > 400"), "and one to old ones"


def test_a_plan_says_what_is_filled_later_or_that_no_row_can_come_first(guest: str, each_database: str, spec: Path):
    run_sql(each_database, *made(""))
    said = engine("plan", str(spec), dsn=guest)
    assert "filled after the load, because foreign keys that stay lead round:\n  teams.lead\n" in said.stdout
    told = json.loads(engine("plan", str(spec), "--json", dsn=guest).stdout)
    assert (told["postponed"], told["refused"]) == ({"teams": ["lead"]}, None)
    assert json.loads(engine("plan", str(spec), "--json", dsn=each_database).stdout)["postponed"] == {}
    run_sql(each_database, "alter table teams alter lead set not null")
    said = engine("plan", str(spec), dsn=guest)
    assert "as the tables are now a run is refused: these foreign keys lead round and stay in force" in said.stdout
    assert "filled after the load" not in said.stdout


def test_fresh_does_not_empty_what_it_could_not_fill(guest: str, each_database: str, spec: Path):
    run_sql(each_database, *made(" not null"), "grant truncate on teams, people, notes to guest")
    filled(each_database, spec)
    with pytest.raises(Refused, match="lead round and stay in force"):
        filled(guest, spec, rows=Rows.EMPTY)
    assert ask(each_database, COUNTS) == "40 40 400"


TREE = "  parts: {table: parts, count: 500, columns: {id: {sequence: 1}, whole: {reference: parts}}}\n"


def test_rows_of_one_partition_may_point_to_each_other(guest: str, each_database: str, spec: Path):
    run_sql(each_database, "create table parts (id int primary key, whole int not null references parts)")
    spec.write_text(HEAD + TREE)
    report = filled(guest, spec)
    assert (report.rows, [n for n in report.notes if "after the load" in n]) == (500, [])


@dataclass
class Stopper(Silence):
    """Stops a run at its first committed rows."""

    stop: threading.Event = field(default_factory=threading.Event)

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.stop.set()


def test_a_resumed_run_fills_also_what_was_left_null_before(guest: str, each_database: str, spec: Path):
    run_sql(each_database, *made(""))
    filled(each_database, spec)
    wanted = rows(each_database)
    run_sql(each_database, "truncate teams, people, notes")
    ledger, watch = spec.parent / "ledger", Stopper()
    asked = request(spec, {}, workers=1)
    stopped = asyncio.run(run(asked, dsn=guest, ledger=ledger, observer=watch, stop=watch.stop))
    assert (stopped.status, ask(each_database, COUNTS)) == ("interrupted", "40 0 0")
    done = asyncio.run(resume(UUID(stopped.run_id), dsn=each_database, ledger=ledger))
    assert done.status == "succeeded", done.diagnostics
    assert rows(each_database) == wanted, "the owner suspends the keys, and still fills what the guest left null"
