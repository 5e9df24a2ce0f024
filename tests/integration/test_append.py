"""`engine run --append`: more rows beside those that are there, with keys of their own, and constraints in force."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from engine.errors import Refused, SpecError
from engine.report import Report, Silence
from engine.run import Rows, resume, run
from engine.run.clean import clean
from tests.runs import engine, request, run_here
from tests.servers import ask, run_sql

HEAD = "scenario: small\nseed: 7\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n"
SPEC = """\
scenario: small
seed: 7
window: {start: 2025-01-01, end: 2025-02-01}
params: {people: 40, orders: 200}
entities:
  people:
    table: people
    count: "{{ people }}"
    columns:
      id: {sequence: 1}
      email: {template: "p{{ row }}@example.com", unique: true}
      code: {uniform: {min: 1, max: 150}, unique: true}
      nick: {faker: first_name, unique: true, pool: 30}
      region: {choice: [north, south]}
      boss: {reference: people, null_fraction: 0.5}
  orders:
    table: orders
    count: "{{ orders }}"
    moment: {column: at, spread: {start: 2025-01-01, end: 2025-02-01}}
    columns:
      id: {uuid7: at}
      number: {sequence: {prefix: O-, width: 6}}
      person: {reference: people, pick: {zipf: 0.6}}
      label: {expr: "person.region || ' ' || row"}
  lines:
    table: lines
    per: {parent: orders, as: order_id, count: {uniform: {min: 1, max: 3}}}
    columns:
      no: {sequence: {within: parent}}
"""
TABLES = (
    "create table people (id int primary key, email text not null unique, code int unique, nick text unique,"
    " region text, boss int references people)",
    "create table orders (id uuid primary key, number text unique, person int not null references people,"
    " label text, at timestamptz)",
    "create table lines (order_id uuid references orders, no int, primary key (order_id, no))",
)
COUNTS = "select format('%s %s', (select count(*) from people), (select count(*) from orders))"
CONSTRAINTS = """
select string_agg(conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated, ';'
    order by conrelid::regclass::text, conname) from pg_constraint where connamespace = 'public'::regnamespace
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


def appended(dsn: str, spec: Path, overrides: dict[str, str] | None = None, **more: object) -> Report:
    report = run_here(dsn, request(spec, overrides or {}, rows=Rows.APPEND, **more))
    assert report.status == "succeeded", report.diagnostics
    return report


def test_rows_are_added_with_keys_of_their_own_and_constraints_stay_on(each_database: str, spec: Path):
    run_sql(each_database, *TABLES)
    run_here(each_database, request(spec, {}))
    before = ask(each_database, "select md5(string_agg(o::text, ',' order by o.number)) from orders as o")
    constraints = ask(each_database, CONSTRAINTS)
    run_sql(
        each_database,
        "create function watch() returns event_trigger language plpgsql as"
        " $$ begin raise exception 'somebody changes a table'; end $$",
        "create event trigger watch on ddl_command_start when tag in ('ALTER TABLE', 'DROP INDEX', 'CREATE INDEX')"
        " execute function watch()",
    )
    done = engine("run", str(spec), "--append", "--json", dsn=each_database)
    run_sql(each_database, "drop event trigger watch")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["entities"]["people"]["rows"], told["entities"]["orders"]["rows"]) == (40, 200)
    assert ask(each_database, COUNTS) == "80 400"
    assert ask(each_database, CONSTRAINTS) == constraints
    old = "select md5(string_agg(o::text, ',' order by o.number)) from orders as o where number <= 'O-000200'"
    assert ask(each_database, old) == before
    assert ask(each_database, "select string_agg(id::text, ',' order by id) from people") == ",".join(
        str(n) for n in range(1, 81)
    )
    assert ask(each_database, "select max(number) from orders") == "O-000400"
    assert ask(each_database, "select bool_and(email = 'p' || id || '@example.com') from people")
    assert ask(each_database, "select max(split_part(label, ' ', 2)::int) from orders") == 400


def test_new_rows_point_to_rows_of_before_and_to_new_ones(each_database: str, spec: Path):
    run_sql(each_database, *TABLES)
    run_here(each_database, request(spec, {}))
    appended(each_database, spec)
    shares = (
        "select format('%s %s', count(*) filter (where person <= 40) > 40, count(*) filter (where person > 40) > 40)"
    )
    assert ask(each_database, f"{shares} from orders where number > 'O-000200'") == "t t"
    assert ask(each_database, "select count(*) from people where id > 40 and boss <= 40") > 0
    read = (
        "select bool_and(split_part(o.label, ' ', 1) = p.region) from orders as o join people as p on p.id = o.person"
    )
    assert ask(each_database, read)


def test_no_new_parents_at_all_is_fine_where_there_are_old_ones(database: str, spec: Path):
    run_sql(database, *TABLES)
    run_here(database, request(spec, {}))
    appended(database, spec, {"people": "0", "orders": "50"})
    assert ask(database, COUNTS) == "40 250"


def test_the_same_append_is_one_run_and_another_seed_another(database: str, spec: Path):
    run_sql(database, *TABLES)
    run_here(database, request(spec, {}))
    first = appended(database, spec)
    again = engine("run", str(spec), "--append", "--json", dsn=database)
    assert (again.returncode, json.loads(again.stdout.splitlines()[-1])["run_id"]) == (0, first.run_id)
    assert "made this append already, so nothing was done" in again.stderr
    assert ask(database, COUNTS) == "80 400"
    assert appended(database, spec, seed=8).run_id != first.run_id
    appended(database, spec, {"people": "10", "orders": "10"})
    assert ask(database, COUNTS) == "130 610"
    assert ask(database, "select count(distinct code) from people") == 130


def test_an_append_to_empty_tables_is_a_run_like_any_other(database: str, spec: Path):
    run_sql(database, *TABLES)
    appended(database, spec)
    assert ask(database, COUNTS) == "40 200"
    assert ask(database, "select max(email) from people") == "p9@example.com"


def test_an_append_is_cleaned_and_nothing_else(each_database: str, spec: Path):
    run_sql(each_database, *TABLES)
    run_here(each_database, request(spec, {}))
    before = ask(each_database, "select md5(string_agg(p::text, ',' order by id)) from people as p")
    report = appended(each_database, spec)
    run_sql(each_database, "insert into people values (900, 'mine', null, null, null, 3)")
    cleaned = asyncio.run(clean(UUID(report.run_id), dsn=each_database, agree=lambda _: None))
    assert (cleaned.removed, sum(f.changed for f in cleaned.found.values())) == (report.rows, 0)
    run_sql(each_database, "delete from people where id = 900")
    assert ask(each_database, "select md5(string_agg(p::text, ',' order by id)) from people as p") == before
    assert appended(each_database, spec).run_id != report.run_id


def test_rows_of_unknown_origin_are_gone_round(database: str, spec: Path):
    run_sql(
        database,
        *TABLES,
        "insert into people (id, email, code, nick) values (-5, 'p61@example.com', null, 'Mary'),"
        " (1000, 'p00000003@example.com', 75, null), (7, 'a 4@x 12345678901234567890', 76, 'Mary-2')",
        "insert into people (id, email, code) select 2000 + g, 'x' || g, 80 + g from generate_series(1, 60) as g",
    )
    appended(database, spec)
    assert ask(database, "select min(id) from people where nick is not null and id > 1000") == 2061
    numbers = "select min(substring(email from '[0-9]+')::int) from people where id > 2060"
    assert ask(database, numbers) == 64, "p61 is taken, and so are x1 to x60 for a text with that number in it"
    assert ask(database, "select count(*) from people") == 103


def test_of_what_is_used_up_as_much_is_added_as_is_free_and_the_rest_is_told(database: str, spec: Path):
    run_sql(database, *TABLES, "insert into people (id, email, code) select g, g, g from generate_series(1, 120) as g")
    report = appended(database, spec)
    assert (report.entities["people"].rows, ask(database, "select count(code) from people")) == (30, 150)
    assert "30 of 40 rows are added to 'people': no more values are free" in report.notes
    assert ask(database, "select count(*) from orders") == 200
    none = appended(database, spec, seed=8)
    assert "nothing is added to 'people': no values, places or rows to point to are known to be free" in none.notes
    assert ask(database, COUNTS) == "150 400"
    again = appended(database, spec, seed=8)
    assert (again.run_id, again.notes[: len(none.notes)]) == (none.run_id, none.notes)


def test_where_no_numbers_are_left_at_the_end_those_of_a_gap_are_taken_and_the_sequence_goes_on(
    each_database: str, tmp_path: Path
):
    run_sql(
        each_database,
        "create table small (id smallint generated by default as identity primary key, note text)",
        "create table great (id bigint generated always as identity primary key, note text)",
        "insert into small (id) select g from generate_series(1, 60) as g union select 32767 union select -4",
        "insert into great (id) overriding system value values (5), (9223372036854775807)",
    )
    spec = tmp_path / "numbers.yaml"
    lines = (
        f"  {name}: {{table: {name}, count: 50, columns: {{id: {{sequence: 1}}}}}}\n" for name in ("small", "great")
    )
    spec.write_text(HEAD + "".join(lines))
    appended(each_database, spec)
    appended(each_database, spec, seed=8)
    run_sql(each_database, "insert into small default values", "insert into great default values")
    told = "select format('%s %s', count(*), max(id) filter (where id < 30000)) from "
    assert (ask(each_database, told + "small"), ask(each_database, told + "great")) == ("163 161", "103 106")


def test_numbers_that_do_not_fit_any_more_are_said_before_anything_is_written(database: str, tmp_path: Path):
    run_sql(database, "create table small (id smallint primary key)")
    run_sql(database, "insert into small select g from generate_series(1, 32761, 10) as g")
    spec = tmp_path / "numbers.yaml"
    spec.write_text(HEAD + "  small: {table: small, count: 50, columns: {id: {sequence: 1}}}\n")
    with pytest.raises(SpecError, match="behind 32761, where the table is, 50 values of 'id' do not fit"):
        appended(database, spec)
    assert ask(database, "select count(*) from small") == 3277


COUNTED = """\
scenario: counted
seed: 7
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  down: {table: t, count: 5, columns: {n: {sequence: {start: -1, step: -3}}, kind: down}}
  odd: {table: t, count: 5, columns: {n: {sequence: {start: 1, step: 2}}, kind: odd, day: {sequence: 2025-01-01}}}
  even: {table: t, count: 5, columns: {n: {sequence: {start: 100, step: 2}}, kind: even, price: {sequence: 0.25}}}
"""


def test_every_kind_of_sequence_goes_on_and_those_of_one_table_do_not_meet(database: str, tmp_path: Path):
    run_sql(database, "create table t (n int primary key, kind text, day date, price numeric(8, 2))")
    spec = tmp_path / "counted.yaml"
    spec.write_text(COUNTED)
    run_here(database, request(spec, {}))
    appended(database, spec)
    values = (
        "select string_agg(n::text, ' ' order by abs(n)) from (select n from t where kind = '{}' order by abs(n)) as t"
    )
    assert ask(database, values.format("down")) == "-1 -4 -7 -10 -13 -16 -19 -22 -25 -28"
    assert ask(database, values.format("odd")) == "1 3 5 7 9 109 111 113 115 117"
    assert ask(database, values.format("even")) == "100 102 104 106 108 208 210 212 214 216"
    assert ask(database, "select format('%s %s', max(day), max(price)) from t") == "2025-01-10 9.25"


@dataclass
class Stopper(Silence):
    """Stops a run at its first committed rows."""

    stop: threading.Event = field(default_factory=threading.Event)

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.stop.set()


@pytest.mark.parametrize("in_file", [False, True])
def test_an_interrupted_append_goes_on_as_it_began(database: str, tmp_path: Path, spec: Path, in_file: bool):
    ledger = tmp_path / "ledger" if in_file else None
    whole = "select md5(string_agg(t::text, ',' order by t.id)) || (select md5(string_agg(t::text, ',' order by t.id))"
    whole += " from orders as t) from people as t"
    run_sql(database, *TABLES)
    run_here(database, request(spec, {}))
    reference = appended(database, spec)
    wanted = ask(database, whole)
    asyncio.run(clean(UUID(reference.run_id), dsn=database, agree=lambda _: None))
    watch, asked = Stopper(), request(spec, {}, rows=Rows.APPEND, workers=1)
    stopped = asyncio.run(run(asked, dsn=database, ledger=ledger, observer=watch, stop=watch.stop))
    assert stopped.status == "interrupted"
    with pytest.raises(Refused, match=f"engine resume {stopped.run_id}"):
        asyncio.run(run(asked, dsn=database, ledger=ledger))
    run_sql(database, "insert into people (id, email, code) values (5000, 'p90@example.com', null)")
    done = asyncio.run(resume(UUID(stopped.run_id), dsn=database, ledger=ledger))
    assert done.status == "succeeded", done.diagnostics
    run_sql(database, "delete from people where id = 5000")
    assert ask(database, whole) == wanted


def test_a_failed_append_takes_its_own_rows_back_and_leaves_those_of_before(each_database: str, spec: Path):
    run_sql(each_database, *TABLES)
    run_here(each_database, request(spec, {}))
    run_sql(
        each_database,
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin if new.number = 'O-000390' then raise exception 'not this one'; end if; return new; end $$",
        "create trigger refuse before insert on orders for each row execute function refuse()",
    )
    report = run_here(each_database, request(spec, {}, rows=Rows.APPEND))
    assert report.status == "failed"
    assert not [note for note in report.notes if "cleaning up failed" in note]
    assert ask(each_database, COUNTS) == "40 200"
    assert (
        ask(each_database, "select count(*) from engine.partitions as p where p.run_id = '" + report.run_id + "'") == 0
    )
    run_sql(each_database, "drop trigger refuse on orders")
    appended(each_database, spec)
    assert ask(each_database, COUNTS) == "80 400"


PAIRS = """\
scenario: pairs
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  grades:
    table: grades
    count: 60
    distinct: [[kind, day]]
    columns:
      kind: {choice: [a, b, c, d]}
      day: {uniform: {min: 2025-01-01, max: 2025-01-31}}
"""


def test_combinations_that_are_there_are_not_made_again(database: str, tmp_path: Path):
    run_sql(database, "create table grades (kind text, day date, unique (kind, day))")
    spec = tmp_path / "pairs.yaml"
    spec.write_text(PAIRS)
    run_here(database, request(spec, {}))
    appended(database, spec)
    run_sql(database, "insert into grades values (null, '2025-01-01'), ('a', null)")
    report = appended(database, spec, seed=4)
    assert "4 of 60 rows are added to 'grades': no more values are free" in report.notes
    assert ask(database, "select count(*) from grades") == 126


NAMES = """\
  names:
    table: names
    count: 4
    columns:
      id: {sequence: 1}
      nick: {choice: [ann, bob, cid, dan, eve, fay, gil, hal], unique: true}
      mail: {template: "U{{ row }}@x.org"}
"""


def test_values_that_an_expression_takes_for_the_same_are_gone_round(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create table names (id int primary key, nick text, mail text)",
        "create unique index on names (lower(nick))",
        "create unique index on names (upper(mail)) where id > 0",
        "insert into names values (1, 'ANN', 'u3@X.ORG'), (2, 'Bob', 'x'), (3, 'CiD', 'y'), (4, 'daN', 'z')",
    )
    spec = tmp_path / "names.yaml"
    spec.write_text(HEAD + NAMES)
    appended(each_database, spec)
    assert ask(each_database, "select string_agg(nick, ' ' order by nick) from names where id > 4") == "eve fay gil hal"


def test_append_and_fresh_exclude_each_other(database: str, spec: Path):
    done = engine("run", str(spec), "--append", "--fresh", "--yes", dsn=database)
    assert (done.returncode, "--append adds to the rows that --fresh deletes" in done.stderr) == (2, True)
