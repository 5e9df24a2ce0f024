"""References with names, judged by a server: keys of several columns, conditions, and rows that must differ."""

from __future__ import annotations

from pathlib import Path

from engine.report import Report
from tests.runs import request, run_here
from tests.servers import ask, run_sql

DESK = (
    "create table tenants (id int primary key)",
    """create table users (
        tenant_id int not null references tenants, id int not null, role text not null, primary key (tenant_id, id))""",
    "create table agents (name text primary key, level int not null, no int generated always as identity)",
    """create table tickets (
        id bigint primary key, tenant_id int not null references tenants, reporter_id int not null, assignee_id int,
        role text, triage text references agents, level int, note text not null,
        foreign key (tenant_id, reporter_id) references users (tenant_id, id),
        foreign key (tenant_id, assignee_id) references users (tenant_id, id))""",
    """create table notes (
        tenant_id int not null references tenants, no int not null, author_id int not null, primary key (tenant_id, no),
        foreign key (tenant_id, author_id) references users (tenant_id, id))""",
)
SPEC = """
scenario: desk
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  tenants: {table: tenants, count: 200, columns: {id: {sequence: 1}}}
  users:
    table: users
    per: {parent: tenants, as: tenant_id, count: {uniform: {min: 4, max: 19}}}
    columns:
      id: {expr: ordinal}
      role: {choice: {customer: 3, agent: 2}}
  agents:
    table: agents
    count: 30
    columns: {name: {template: "agent {{ row }}"}, level: {uniform: {min: 1, max: 5}}}
  tickets:
    table: tickets
    count: 30_000
    references:
      assignee:
        {to: users, as: {tenant_id: tenant_id, assignee_id: id}, same: tenant_id, pick: {zipf: 0.6}, null_fraction: 10%}
      reporter: {to: users, as: {tenant_id: tenant_id, reporter_id: id}}
      triage_by: {to: agents, as: {triage: name, level: level}, null_fraction: 50%}
    columns:
      id: {sequence: 1}
      role: {attribute: assignee.role}
      note: {template: "{{ reporter.role }} of {{ reporter.tenant_id.id }}"}
  notes:
    table: notes
    per: {parent: tenants, as: tenant_id, count: 20}
    references:
      author: {to: users, as: {tenant_id: tenant_id, author_id: id}, same: tenant_id}
    columns: {no: {expr: ordinal}}
"""
JOINED = """from tickets as t join users as r on (r.tenant_id, r.id) = (t.tenant_id, reporter_id)
    left join users as a on (a.tenant_id, a.id) = (t.tenant_id, assignee_id)"""


def loaded(database: str, tmp_path: Path, text: str) -> Report:
    """The run of a spec into fresh tables."""
    run_sql(database, *DESK)
    spec = tmp_path / "desk.yaml"
    spec.write_text(text)
    return run_here(database, request(spec, {}))


def test_keys_of_two_columns_lead_to_rows_of_one_tenant(database: str, tmp_path: Path):
    report = loaded(database, tmp_path, SPEC)

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, f"select count(*) {JOINED}") == 30_000
    assert ask(database, f"select bool_and(t.role is not distinct from a.role) {JOINED}")
    assert ask(database, f"select bool_and(t.note = format('%s of %s', r.role, r.tenant_id)) {JOINED}")
    assert abs(ask(database, "select avg((assignee_id is null)::int)::float8 from tickets") - 0.1) < 0.01
    levels = "from tickets left join agents on triage = name where agents.level is distinct from tickets.level"
    assert ask(database, f"select count(*) {levels}") == 0
    assert ask(database, "select count(distinct triage) from tickets") == 30
    assert ask(database, "select count(distinct (tenant_id, author_id)) from notes") > 1_000
    checked = "select bool_and(convalidated) from pg_constraint where contype = 'f' and conrelid::regclass::text = "
    assert ask(database, checked + "'tickets'")
    assert ask(database, checked + "'notes'")


CONDITIONS = {
    "same: tenant_id, pick: {zipf: 0.6}, null_fraction: 10%": "same: tenant_id, differs_from: reporter",
    "tenant_id, reporter_id: id}}": "tenant_id, reporter_id: id}, where: \"role = 'customer'\"}",
    "{to: agents, as": "{to: agents, where: level > 3, pick: {weight: {column: level, max: 5}}, as",
}


def test_only_rows_that_fit_are_pointed_to_and_two_references_differ(database: str, tmp_path: Path):
    text = SPEC
    for old, new in CONDITIONS.items():
        assert old in text
        text = text.replace(old, new)
    report = loaded(database, tmp_path, text)

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, f"select count(*) {JOINED}") == 30_000
    assert ask(database, f"select bool_and(r.role = 'customer' and r.id is distinct from a.id) {JOINED}")
    assert ask(database, f"select count(distinct a.role) {JOINED}") == 2
    assert ask(database, "select array_agg(distinct level order by level) from tickets where level is not null") == [
        4,
        5,
    ]
    fit = "(select count(*) from agents where level > 3)"
    assert ask(database, f"select count(distinct triage) = {fit} from tickets")
