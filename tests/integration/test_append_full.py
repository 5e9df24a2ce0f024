"""An append to tables that are used up, go round, or belong together: as much as can be, and never half of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.report import Report
from engine.run import Rows
from tests.runs import engine, request, run_here
from tests.schemas.audit import violations
from tests.servers import ask, run_sql

HEAD = "scenario: small\nseed: 7\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n"
DAYS = (
    "create table weekdays (name text primary key check (name in ('mon', 'tue', 'wed')))",
    "create table settings (id boolean primary key check (id))",
    "create table people (id int generated always as identity primary key, name text not null)",
    "create table shifts (day text references weekdays, person int references people, primary key (day, person))",
    "create table mottos (id int primary key references people, setting boolean not null references settings)",
)
DAYS_SPEC = """\
  weekdays: {table: weekdays, count: 3, distinct: [[name]], columns: {name: {choice: [mon, tue, wed]}}}
  settings: {table: settings, count: 1, distinct: [[id]], columns: {id: {choice: [true]}}}
  people: {table: people, count: 20, columns: {id: {sequence: 1}, name: {faker: name}}}
  shifts:
    table: shifts
    count: 40
    distinct: [[day, person]]
    columns: {day: {reference: weekdays}, person: {reference: people}}
  mottos:
    table: mottos
    count: 20
    distinct: [[id]]
    columns: {id: {reference: people}, setting: {reference: settings}}
"""
CIRCLE = (
    "create table departments (id int primary key, head int not null)",
    "create table employees (id int primary key, department int not null references departments)",
    "alter table departments add foreign key (head) references employees deferrable",
)
CIRCLE_SPEC = """\
  departments: {table: departments, count: 20, columns: {id: {sequence: 1}, head: {reference: employees}}}
  employees: {table: employees, count: 60, columns: {id: {sequence: 1}, department: {reference: departments}}}
"""
TENANTS = (
    "create table tenants (id uuid primary key, name text not null)",
    "create table users (tenant uuid references tenants, id int, rank int not null, primary key (tenant, id))",
    "create table notes (id int primary key, tenant uuid not null, author int not null, reader int,"
    " foreign key (tenant, author) references users, foreign key (tenant, reader) references users)",
    "create table stars (id int primary key, tenant uuid not null, who int not null,"
    " foreign key (tenant, who) references users)",
)
TENANTS_SPEC = """\
  tenants: {table: tenants, count: 10, columns: {id: {uuid4: true}, name: {faker: company}}}
  users:
    table: users
    count: 60
    columns: {tenant: {reference: tenants, pick: even}, id: {sequence: 1}, rank: {uniform: {min: 0, max: 9}}}
  notes:
    table: notes
    count: 200
    references:
      writer: {to: users, as: {tenant: tenant, author: id}, pick: {zipf: 0.7}}
      seen: {to: users, as: {tenant: tenant, reader: id}, same: tenant}
    columns: {id: {sequence: 1}}
  stars:
    table: stars
    count: 200
    references:
      star: {to: users, as: {tenant: tenant, who: id}, pick: {weight: {column: rank, max: 9}}}
    columns: {id: {sequence: 1}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return tmp_path / "small.yaml"


def filled(dsn: str, spec: Path, tables: tuple[str, ...], entities: str) -> None:
    run_sql(dsn, *tables)
    spec.write_text(HEAD + entities)
    assert run_here(dsn, request(spec, {})).status == "succeeded"


def appended(dsn: str, spec: Path, seed: int) -> Report:
    report = run_here(dsn, request(spec, {}, rows=Rows.APPEND, seed=seed))
    assert (report.status, violations(dsn)) == ("succeeded", []), report.diagnostics
    return report


def test_tables_that_are_full_get_nothing_and_what_points_to_them_takes_what_is_there(database: str, spec: Path):
    filled(database, spec, DAYS, DAYS_SPEC)
    told = engine("plan", str(spec), "--append", "--json", dsn=database)
    plan = json.loads(told.stdout)
    assert (plan["entities"]["shifts"]["rows"], "weekdays" in plan["entities"], len(plan["notes"])) == (40, False, 2)
    assert "nothing is added to 'settings'" in engine("plan", str(spec), "--append", dsn=database).stdout
    assert ask(database, "select count(*) from people") == 20
    for seed in (11, 12):
        report = appended(database, spec, seed)
        lost = [note.split("'")[1] for note in report.notes if note.startswith("nothing is added to")]
        assert lost == ["weekdays", "settings"]
    told = "select format('%s %s %s', count(*), count(distinct person) filter (where person > 20) > 30,"
    assert ask(database, f"{told} count(distinct day)) from shifts") == "120 t 3"
    assert ask(database, "select count(*) from mottos") == 60


def test_a_circle_in_which_nothing_may_be_null_is_opened_by_rows_of_before(each_database: str, spec: Path):
    filled(each_database, spec, CIRCLE, CIRCLE_SPEC)
    appended(each_database, spec, 11)
    appended(each_database, spec, 12)
    assert ask(each_database, "select format('%s %s', count(*), max(head) <= 120) from departments") == "60 t"
    assert ask(each_database, "select count(*) > 10 from employees where id > 120 and department > 40")


def test_named_and_weighted_references_lead_to_rows_of_before_and_their_columns_agree(each_database: str, spec: Path):
    filled(each_database, spec, TENANTS, TENANTS_SPEC)
    run_sql(each_database, "create table old as select * from users", "update users set rank = 50 where id = 1")
    appended(each_database, spec, 11)
    shares = "select count(*) filter (where s.{} <= 60) between 40 and 160 from {} as s where s.id > 200"
    assert ask(each_database, shares.format("who", "stars"))
    assert (
        ask(
            each_database,
            "select count(*) from stars as s where s.id > 200 and s.who in"
            " (select id from users where rank = 0 or rank > 9)",
        )
        == 0
    )
    assert ask(each_database, "select count(distinct tenant) from notes where id > 200") == 10, "`same` keeps to new"


PLACES = (
    "create extension btree_gist",
    "create table rooms (id int generated always as identity primary key)",
    "create table stays (id int primary key, room int references rooms, days daterange,"
    " exclude using gist (room with =, days with &&))",
    "create table holidays (id int primary key, days daterange, exclude using gist (days with &&))",
    "create sequence shared",
    "create table left_side (id bigint primary key default nextval('shared'), v int)",
    "create table \"Right Side\" (id bigint primary key default nextval('shared'), v int)",
)
PLACES_SPEC = """\
  rooms: {table: rooms, count: 5, columns: {id: {sequence: 1}}}
  stays:
    table: stays
    count: 60
    columns: {id: {sequence: 1}, room: {reference: rooms}, days: {arbitrary: {disjoint: true}}}
  holidays: {table: holidays, count: 20, columns: {id: {sequence: 1}, days: {arbitrary: {disjoint: true}}}}
  left_side: {table: left_side, count: 9, columns: {id: {sequence: 1}}}
  right_side: {table: Right Side, count: 19, columns: {id: {sequence: 1}}}
"""


def test_rows_that_exclude_each_other_stay_with_new_ones_and_a_sequence_of_two_tables_goes_on(
    each_database: str, spec: Path
):
    filled(each_database, spec, PLACES, PLACES_SPEC)
    for seed in (11, 12, 13):
        report = appended(each_database, spec, seed)
        assert [note.split("'")[1] for note in report.notes if note.startswith("nothing")] == ["holidays"]
    told = "select format('%s %s', (select count(*) from stays), (select count(*) from holidays))"
    assert ask(each_database, told) == "240 20"
    run_sql(each_database, "insert into left_side default values", 'insert into "Right Side" default values')
    assert ask(each_database, "select max(id) from left_side") == 77


def test_what_is_counted_up_to_the_bound_of_a_check_gets_no_more(database: str, spec: Path):
    tables = (
        "create table days (day int primary key check (day between 0 and 6))",
        "create table log (day int references days)",
    )
    days = "  days: {table: days, count: 7, columns: {day: {sequence: 0}}}\n"
    filled(database, spec, tables, f"{days}  log: {{table: log, count: 30, columns: {{day: {{reference: days}}}}}}\n")
    report = appended(database, spec, 11)
    assert [note.split("'")[1] for note in report.notes if note.startswith("nothing")] == ["days"]
    assert ask(database, "select format('%s %s', (select count(*) from days), count(*)) from log") == "7 60"
