"""Faults of entities that leave rows out, on real servers: SQL finds as many as were asked for."""

from __future__ import annotations

from pathlib import Path

from tests.runs import request, run_here
from tests.servers import ask, run_sql

TABLES = """
create schema landing;
create table landing.accounts (id int primary key, region text not null);
create table landing.moves (id bigint primary key, account_id int, amount int, balance bigint, note text);
create table landing.faults (fault text, table_name text, row_key text, column_name text, clean_value text)
"""
STORY = """
scenario: thinned
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  accounts:
    table: landing.accounts
    count: 900
    keep: "region <> 'moon'"
    columns: {id: {sequence: 1}, region: {choice: {eu: 50, us: 20, moon: 30}}}
  moves:
    table: landing.moves
    per: {parent: accounts, as: account_id, count: {poisson: 4, max: 12}}
    fold: {state: balance, start: 20, add: amount, floor: 0}
    columns:
      id: {expr: "account_id.id * 100 + ordinal"}
      amount: {uniform: {min: -40, max: 30}}
      note: fine
faults:
  misplaced: {entity: accounts, count: 210, set: {region: nowhere}}
  unsaid: {entity: moves, count: 150, nulls: [note]}
  paid_out: {entity: moves, count: 80, where: "amount < 0", set: {note: paid}}
labels: {table: landing.faults}
"""


def test_rows_that_are_left_out_are_not_counted_as_hit(each_database: str, tmp_path: Path):
    spec = tmp_path / "thinned.yaml"
    spec.write_text(STORY[: STORY.index("faults:")])
    run_sql(each_database, TABLES)
    assert run_here(each_database, request(spec, {})).status == "succeeded"
    run_sql(each_database, "alter schema landing rename to clean", TABLES)
    spec.write_text(STORY)
    report = run_here(each_database, request(spec, {}, batch_rows=300))
    assert report.status == "succeeded", report.diagnostics
    assert {name: fault.rows for name, fault in report.faults.items()} == {
        "misplaced": 210,
        "unsaid": 150,
        "paid_out": 80,
    }
    found = """select array[(select count(*) from landing.accounts where region = 'nowhere'),
        (select count(*) from landing.moves where note is null), (select count(*) from landing.moves where note = 'paid'
        and amount < 0), (select count(distinct (table_name, row_key, column_name)) from landing.faults)]"""
    assert ask(each_database, found) == [210, 150, 80, 440]
    unlike = """select count(*) from clean.accounts as c full join landing.accounts as l using (id)
        left join landing.faults as f on f.row_key = id::text and f.table_name = 'landing.accounts'
        where coalesce(f.clean_value, l.region) is distinct from c.region"""
    assert ask(each_database, unlike) == 0
    missing = """select (select count(*) from clean.moves) - (select count(*) from landing.moves join clean.moves
        using (id, account_id, amount, balance))"""
    assert ask(each_database, missing) == 0
