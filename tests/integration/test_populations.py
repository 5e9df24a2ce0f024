"""Populations of other shapes than a count of rows, on a server, judged by SQL that knows nothing of generators."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs import request, run_here
from tests.servers import ask, run_sql

BILLING = (
    "create table plans (id int primary key, started timestamptz not null, ended timestamptz)",
    """create table invoices (
        plan_id int not null references plans, number int not null, due timestamptz not null,
        primary key (plan_id, number))""",
    "create table calls (id bigint primary key, at timestamptz not null, size int not null)",
)
BILLING_SPEC = """
scenario: billing
seed: 5
timezone: Europe/Berlin
window: {start: 2025-01-01, end: 2025-07-01}
entities:
  plans:
    table: plans
    count: 2_000
    moment: {column: started, spread: {start: 2025-01-01, end: 2025-07-01}}
    columns:
      id: {sequence: 1}
      ended: {after: started, by: {uniform: {min: 1d, max: 300d}}, null_fraction: 0.4}
  invoices:
    table: invoices
    per: {parent: plans, as: plan_id, every: {step: 1mo, from: started, until: ended}}
    moment: {column: due}
    columns: {number: {expr: ordinal}}
  bursts:
    virtual: true
    every: {step: 1d, jitter: 23h}
    moment: {column: began}
    columns: {size: {uniform: {min: 2, max: 9}, type: int4}}
  calls:
    table: calls
    per: {parent: bursts, as: burst, hidden: true, count: {expr: size, max: 9}}
    columns:
      id: {expr: "extract(epoch from burst.began)::int8 * 100 + ordinal"}
      at: {after: burst.began, by: {uniform: {min: 0s, max: 60s}}}
      size: {attribute: burst.size}
"""
MONTHLY = """
with wanted as (
    select id, n + 1 as number, (started at time zone 'Europe/Berlin' + make_interval(months => n))
        at time zone 'Europe/Berlin' as due, ended
    from plans, generate_series(0, 6) as n)
select count(*)
from (select * from wanted where due < least(ended, '2025-07-01 00:00 Europe/Berlin')) as wanted
full join invoices on plan_id = id and invoices.number = wanted.number and invoices.due = wanted.due
where id is null or plan_id is null
"""


def test_rows_on_grids_and_rows_of_virtual_parents_are_there(database: str, tmp_path: Path):
    run_sql(database, *BILLING)
    spec = tmp_path / "billing.yaml"
    spec.write_text(BILLING_SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert set(report.entities) == {"plans", "invoices", "calls"}
    assert ask(database, MONTHLY) == 0
    assert ask(database, "select count(*) from invoices") == report.entities["invoices"].rows > 4_000
    assert ask(database, "select count(*) from (select id / 100 from calls group by 1) as bursts") == 181
    whole = "select bool_and(n = size) from (select count(*) as n, max(size) as size from calls group by id / 100) as b"
    assert ask(database, whole)


TENANTS = (
    "create table tenants (id int primary key, opened timestamptz not null, seats int not null)",
    """create table users (
        tenant_id int not null references tenants, id int not null, role text not null, joined timestamptz not null,
        primary key (tenant_id, id))""",
    """create table tickets (
        tenant_id int not null references tenants, id bigint not null, assignee_id int not null, role text not null,
        opened timestamptz not null, primary key (tenant_id, id),
        foreign key (tenant_id, assignee_id) references users (tenant_id, id))""",
)
TENANTS_SPEC = """
scenario: tenants
seed: 3
window: {start: 2025-01-01, end: 2025-12-01}
entities:
  tenants:
    table: tenants
    count: 200
    moment: {column: opened, spread: {start: 2024-01-01, end: 2025-01-01}}
    columns:
      id: {sequence: 1}
      seats: {case: [{when: "id = 7", then: 1_300}, {else: {uniform: {min: 1, max: 19}}}]}
  users:
    table: users
    per: {parent: tenants, as: tenant_id, count: {expr: seats, max: 2_000}}
    columns:
      id: {expr: ordinal}
      role: {choice: {admin: 1, agent: 4}}
      joined: {after: tenant_id.opened, by: {exponential: {mean: 9d}, max: 60d}}
  tickets:
    table: tickets
    count: 100_000
    moment: {column: opened, spread: {start: 2025-03-02, end: 2025-12-01}}
    columns:
      id: {sequence: 1}
      opener: {reference: users, hidden: true}
      tenant_id: {attribute: opener.tenant_id}
      assignee: {reference: users, same: opener.tenant_id, pick: {zipf: 0.6}, hidden: true}
      assignee_id: {attribute: assignee.id}
      role: {attribute: assignee.role}
"""


def test_many_tenants_with_keys_of_two_columns_keep_to_themselves(database: str, tmp_path: Path):
    run_sql(database, *TENANTS)
    spec = tmp_path / "tenants.yaml"
    spec.write_text(TENANTS_SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, "select count(*) from users where (tenant_id, id) = (7, 1300)") == 1
    share = "select avg((tenant_id = 7)::int)::float8 from "
    assert abs(ask(database, share + "tickets") - ask(database, share + "users")) < 0.01
    assert 0.3 < ask(database, share + "users") < 0.5
    told = "select bool_and(tickets.role = users.role) from tickets join users on (users.tenant_id, users.id) = "
    assert ask(database, told + "(tickets.tenant_id, assignee_id)")
    assert ask(database, "select convalidated from pg_constraint where conname = 'tickets_tenant_id_assignee_id_fkey'")
    assert ask(database, "select count(distinct assignee_id) from tickets where tenant_id = 7") > 1_200


BANK = (
    "create table accounts (id int primary key, opened timestamptz not null, opening numeric(12,2) not null)",
    """create table bookings (
        account_id int not null references accounts, number int not null, booked timestamptz not null,
        amount numeric(12,2) not null check (amount <> 0), balance numeric(12,2) not null check (balance >= -500),
        primary key (account_id, number))""",
)
BANK_SPEC = """
scenario: bank
seed: 2
window: {start: 2025-01-01, end: 2025-07-01}
entities:
  accounts:
    table: accounts
    count: 2_000
    moment: {column: opened, spread: {start: 2025-01-01, end: 2025-02-01}}
    columns: {id: {sequence: 1}, opening: {uniform: {min: 0, max: 900}, round: 2}}
  bookings:
    table: bookings
    per: {parent: accounts, as: account_id, count: {poisson: 40, max: 120}}
    moment: {column: booked}
    keep: "amount_asked <> 0"
    fold: {state: balance, start: account_id.opening, add: amount, floor: -500, otherwise: HOW}
    columns:
      number: {expr: ordinal}
      booked: {after: account_id.opened, by: {uniform: {min: 0s, max: 140d}}}
      amount_asked: {normal: {mean: -8, sd: 150}, round: 2, hidden: true, type: "numeric(12,2)"}
      amount: {attribute: amount_asked}
"""
RUNNING = """
select count(*) from (
    select balance, opening + sum(amount) over (partition by account_id order by booked, number) as wanted
    from bookings join accounts on id = account_id) as both_of_them where balance <> wanted
"""


@pytest.mark.parametrize("how", ["reject", "shrink"])
def test_every_balance_is_the_running_sum_and_none_is_below_its_floor(database: str, tmp_path: Path, how: str):
    run_sql(database, *BANK)
    spec = tmp_path / "bank.yaml"
    spec.write_text(BANK_SPEC.replace("HOW", how))

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, RUNNING) == 0
    least = ask(database, "select min(balance)::float8 from bookings")
    assert least == -500 if how == "shrink" else -500 <= least < -499
    assert 50_000 < ask(database, "select count(*) from bookings") == report.entities["bookings"].rows < 80_000
