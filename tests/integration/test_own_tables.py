"""Tables that a user brings: with identity columns, checks and types of their own, on every server."""

from __future__ import annotations

from pathlib import Path

from tests.runs import request, run_here
from tests.servers import ask, run_sql

TABLES = (
    """create table users (
        id bigint generated always as identity primary key, email text not null unique check (email ~ '@'),
        plan text not null check (plan in ('free', 'pro')), joined timestamptz not null,
        age int check (age between 13 and 120))""",
    """create table events (
        id uuid primary key, number bigint generated always as identity, user_id bigint not null references users,
        at timestamptz not null, kind text not null, payload jsonb, tags text[], ip inet)""",
)
SPEC = """
scenario: mine
seed: 1
timezone: Europe/Berlin
window: {start: 2025-01-01, end: 2025-02-01}
timelines: {traffic: {daily: online_retail, weekly: {sun: 0.5}}}
entities:
  users:
    table: users
    count: 1_000
    moment: {column: joined, spread: {start: 2024-01-01, end: 2025-01-31}}
    columns:
      id: {sequence: {start: 1}}
      email: {template: "u{{ row }}@example.com"}
      plan: {choice: {free: 9, pro: 1}}
      age: {normal: {mean: 40, sd: 12}, min: 13, max: 120}
  events:
    table: events
    count: 5_000
    moment: {column: at, timeline: traffic}
    columns:
      id: {uuid7: at}
      user_id: {reference: users, pick: {zipf: 0.8}, existing_at: at}
      kind: {choice: [view, click, buy]}
      payload: {template: '{"kind": "{{ kind }}", "row": {{ row }}}'}
      tags: {constant: "{a,b}"}
      ip: {template: "10.0.{{ row }}.0/0"}
"""


def test_identity_columns_are_written_or_left_to_the_server_and_go_on_after_the_last_row(
    each_database: str, tmp_path: Path
):
    run_sql(each_database, *TABLES)
    spec = tmp_path / "mine.yaml"
    spec.write_text(SPEC.replace("10.0.{{ row }}.0/0", "10.0.0.0/24"))

    report = run_here(each_database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(each_database, "select max(id) from users") == 1000
    assert ask(each_database, "select count(distinct number) from events") == 5000
    early = "select count(*) from events join users on users.id = user_id where at < joined"
    assert ask(each_database, early) == 0
    assert ask(each_database, "select bool_and(payload ->> 'kind' = kind) from events")
    ends = "insert into users (email, plan, joined) values ('new@example.com', 'free', now()) returning id"
    assert ask(each_database, ends) == 1001


def test_a_value_that_the_type_refuses_is_named_with_its_row(each_database: str, tmp_path: Path):
    run_sql(each_database, *TABLES)
    spec = tmp_path / "mine.yaml"
    spec.write_text(SPEC)

    report = run_here(each_database, request(spec, {}))

    assert report.status == "failed"
    assert 'public.events.ip refused a row: invalid input syntax for type inet: "10.0.256.0/0"' in report.diagnostics[0]
    assert "events 256 of 5000" in report.diagnostics[0]
    assert ask(each_database, "select count(*) from users") == 0
