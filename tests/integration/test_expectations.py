"""Expectations, asked of real servers: what is told when they hold and when they do not, and that they only read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from engine.check.ask import ask as put
from engine.check.ask import prepare
from engine.check.model import Between, Check, Empty, Equals, FallsIn, Outcome
from engine.check.statement import statement
from engine.embedded import Throwaway
from engine.run.look import shop_catalog
from tests.questions import MEANT
from tests.runs import engine, request, run_here
from tests.servers import ask, fresh_database, run_sql

SPEC = """
scenario: expecting
timezone: America/New_York
window: {start: 2025-11-01, end: 2025-12-05}
timelines: {t: {spikes: {rush: {on: black_friday, peak: 30, hold: 24h}}}}
entities:
  people: {table: people, count: 100, columns: {id: {sequence: 1}, email: {template: "p{{ row }}@example.com"}}}
  visits:
    table: visits
    count: 1_000
    moment: {column: at, timeline: t}
    columns: {id: {sequence: 1}, person_id: {reference: people}, paid: {uniform: {min: 1, max: 3}}}
expect:
"""
TABLES = (
    "create table people (id int primary key, email text)",
    "create table visits (id int primary key, person_id int references people, at timestamptz, paid numeric(8,2))",
)
TRUE = """
  - {count: people, equals: 100}
  - {count: visits, where: "paid >= 2", between: [400, 600]}
  - {unique: people.email}
  - {unique: [visits.person_id, visits.id]}
  - {no_orphans: visits.person_id}
  - {share: visits, where: "paid < 2", between: [40%, 60%]}
  - {mean: visits.paid, between: [1.9, 2.1]}
  - {peak: visits.at, falls_in: black_friday}
  - {peak: visits.at, by: day, falls_in: 2025-11-28}
  - {peak: visits.at, falls_in: {start: 2025-11-28, end: 2025-11-29}}
  - {sql: "select email from people where id = 7", equals: p7@example.com}
  - {sql: "select max(at) from visits", between: [2025-11-01, 2025-12-05]}
  - {sql: "select bool_and(paid > 0) from visits", equals: true}
  - {sql: "select max(email) from people where id < 0", equals: null}
  - {sql: "select * from visits as v left join people as p on p.id = v.person_id where p.id is null", is_empty: true}
"""
FALSE = """
  - {count: people, equals: 99}
  - {unique: visits.person_id}
  - {share: visits, where: "paid < 2", between: [0, 1%]}
  - {peak: visits.at, falls_in: cyber_monday}
  - {sql: "select id from people where id < 3", is_empty: true}
  - {sql: "select id from people", equals: 1}
  - {sql: "select id, email from people", equals: 1}
  - {sql: "select id from people where id < 0", equals: 1}
  - {sql: "select email from people limit 1", equals: 5}
  - {sql: "select 1 / (id - id) from people", equals: 5}
"""


def told(dsn: str, tmp_path: Path, expectations: str, head: str = SPEC) -> list[Outcome]:
    run_sql(dsn, *TABLES)
    spec = tmp_path / "spec.yaml"
    spec.write_text(head + expectations)
    report = run_here(dsn, request(spec, {}))
    assert report.status == "succeeded", report.diagnostics
    return [Outcome(**outcome) for outcome in report.expectations]  # type: ignore[arg-type]


def test_what_is_true_is_told_as_true(each_database: str, tmp_path: Path):
    outcomes = told(each_database, tmp_path, TRUE)
    assert [o.name for o in outcomes if not o.passed] == []
    assert len(outcomes) == 15
    assert outcomes[0].actual == "100"
    assert outcomes[9].actual is not None
    assert outcomes[9].actual.startswith("2025-11-28")


def test_what_is_not_true_is_told_with_what_was_found(each_database: str, tmp_path: Path):
    outcomes = told(each_database, tmp_path, FALSE)
    assert [o.name for o in outcomes if o.passed] == []
    assert outcomes[0].actual == "100"
    assert str(outcomes[1].actual).startswith("rows, such as (")
    assert str(outcomes[3].actual).startswith("2025-11-28")
    assert outcomes[4].actual == "rows, such as (1)"
    troubles = [str(o.trouble) for o in outcomes[5:]]
    for said, words in zip(
        troubles,
        ("more than one row", "2 columns", "no row", "returns text, and 5 is a number", "division by zero"),
        strict=True,
    ):
        assert words in said


def test_an_expectation_that_fails_is_exit_code_3_and_the_rows_stay(shop_database: str, tmp_path: Path):
    spec = tmp_path / "quickstart.yaml"
    wrong = "\nexpect:\n  - {name: too few, count: orders, between: [1, 10]}\n  - {count: customers, equals: 1_000}\n"
    spec.write_text(Path("specs/quickstart.yaml").read_text() + wrong)

    done = engine("run", str(spec), "--json", dsn=shop_database)

    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["status"] == "succeeded"
    assert [(e["name"], e["passed"], e["actual"]) for e in report["expectations"]] == [
        ("too few", False, "5000"),
        ("count: customers", True, "1000"),
    ]
    assert "✗ too few: expected 1 to 10, found 5000" in done.stderr
    assert "1 of 2 expectations came true" in done.stderr
    assert ask(shop_database, "select count(*) from shop.orders") == 5000


def test_a_check_can_only_read_and_only_so_long(each_shop_database: str):
    async def all_of_them() -> list[Outcome]:
        connection = await asyncpg.connect(each_shop_database)
        await prepare(connection, "UTC", timeout_s=0.2)
        checks = (
            Check("writes", "select shop.tell() as x", Empty()),
            Check("waits", "select pg_sleep(30)", Empty()),
            Check("works after all that", "select 1", Equals("1")),
        )
        outcomes = [await put(connection, check) for check in checks]
        await connection.close()
        return outcomes

    run_sql(
        each_shop_database,
        "create function shop.tell() returns int language sql as $$ insert into shop.currencies (code, name) "
        "values ('XXX', 'x') returning 1 $$",
    )
    writes, waits, works = asyncio.run(all_of_them())
    assert "read-only transaction" in str(writes.trouble)
    assert "too long" in str(waits.trouble)
    assert works.passed


def put_all(dsn: str, checks: list[Check]) -> list[Outcome]:
    """Each check in a session of its own, as a run puts them."""

    async def all_of_them() -> list[Outcome]:
        outcomes = []
        for check in checks:
            connection = await asyncpg.connect(dsn)
            await prepare(connection, "UTC", timeout_s=20)
            outcomes.append(await put(connection, check))
            await connection.close()
        return outcomes

    return asyncio.run(all_of_them())


ODD_VALUES = (
    ("select date 'infinity'", Equals("infinity"), True, "infinity"),
    ("select date '4713-01-01 BC'", Equals("4713-01-01 BC"), True, "4713-01-01 BC"),
    ("select timestamptz '20000-01-01 00:00+00'", Equals("20000-01-01 00:00+00"), True, "20000-01-01 00:00:00+00"),
    ("select interval '999999 years'", Equals("999999 years"), True, "999999 years"),
    ("select 'NaN'::numeric", Equals("NaN"), True, "NaN"),
    ("select 'NaN'::float8", Equals(Decimal(1)), False, "NaN"),
    ("select 0.1::real", Equals(Decimal("0.1")), True, "0.1"),
    ("select 16777217::float8", Equals(Decimal(16777217)), True, "16777217"),
    ("select 0.1::real", Between(Decimal("0.1"), Decimal("1e300")), True, "0.1"),
    ("select '{1,2}'::int[]", Equals("{1,2}"), True, "{1,2}"),
    ("select '{\"a\": 1}'::jsonb", Equals('{"a":1}'), True, '{"a": 1}'),
    ("select null::json", Equals(None), True, "null"),
    ("select null", Equals(None), True, "null"),
    ("select 1", Equals(None), False, "1"),
    ("select true", Equals(value=True), True, "true"),
    ("select 1 = 1", Equals("yes"), True, "true"),
    ("select null as found", Empty(), False, "rows, such as ()"),
    ("select 1 as _found", Empty(), False, "rows, such as (1)"),
    ("select 1 as v", Equals(Decimal(1)), True, "1"),
    ("select from (values (1)) as x", Empty(), False, "rows, such as ()"),
    ("select date 'infinity' as found, 1 as found", Empty(), False, "rows, such as (infinity,1)"),
    ("select '20000-01-01'::timestamp", FallsIn(((datetime(2025, 1, 1), datetime(2026, 1, 1)),), "2025"), False, None),
    ("select timestamp '-infinity'", FallsIn(((datetime(2025, 1, 1), datetime(2026, 1, 1)),), "2025"), False, None),
    ("select null::timestamp", FallsIn(((datetime(2025, 1, 1), datetime(2026, 1, 1)),), "2025"), False, None),
)


def test_no_value_is_too_odd_to_be_told(each_database: str):
    checks = [Check(query, query, verdict) for query, verdict, _, _ in ODD_VALUES]
    for outcome, (query, _, passed, actual) in zip(put_all(each_database, checks), ODD_VALUES, strict=True):
        assert outcome.trouble is None, (query, outcome)
        assert outcome.passed is passed, (query, outcome)
        assert actual in (None, outcome.actual), (query, outcome)


REFUSED = (
    ("select '{}'::json", Equals("{}"), "json, which cannot be compared: cast it"),
    ("select row(1, 2)", Equals("(1,2)"), "record, which cannot be compared"),
    ("select array[1]", Equals(Decimal(1)), "returns int4[], and 1 is a number"),
    ("select 1", Equals("many"), "invalid input syntax"),
    ("select 1", Equals(value=True), "invalid input syntax"),
    ("select 1 / 0", Empty(), "division by zero"),
    ("select repeat('x', 2000000000)", Empty(), "PostgreSQL refuses"),
)


def test_what_cannot_be_compared_is_told_and_is_not_true(each_database: str):
    checks = [Check(query, query, verdict) for query, verdict, _ in REFUSED]
    for outcome, (query, _, words) in zip(put_all(each_database, checks), REFUSED, strict=True):
        assert not outcome.passed
        assert words in str(outcome.trouble), (query, outcome)


def test_a_long_value_is_cut_by_postgresql(each_database: str):
    queries = ("select repeat('x', 100000000)", "select repeat('x', 100000000), 1")
    one, rows = put_all(each_database, [Check("one", queries[0], Equals("x")), Check("rows", queries[1], Empty())])
    assert [len(str(o.actual)) for o in (one, rows)] == [200, 200 + len("rows, such as ")]


def test_a_check_has_no_superuser_s_rights_and_no_search_path(each_database: str):
    run_sql(
        each_database,
        "create function public.upper(text) returns text language sql as $$ select 'ours' $$",
        "create schema private",
        "create table private.kept (id int)",
        "insert into private.kept values (7)",
        "revoke all on private.kept from public",
    )
    files, role, ours, kept = put_all(
        each_database,
        [
            Check("files", "select pg_read_file('PG_VERSION')", Empty()),
            Check("role", "select rolsuper from pg_roles where rolname = current_user", Equals("false")),
            Check("ours", "select upper('a'::text)", Equals("A")),
            Check("kept", "select id from private.kept", Equals(Decimal(7))),
        ],
    )
    assert "permission denied" in str(files.trouble)
    assert role.passed, role
    assert ours.passed, ours
    assert kept.passed, kept


def test_a_superuser_stays_one_where_row_security_would_hide_rows(each_database: str):
    run_sql(
        each_database,
        "create table hidden (id int)",
        "insert into hidden values (1), (2)",
        "alter table hidden enable row level security",
    )
    (outcome,) = put_all(each_database, [Check("all", "select count(*) from public.hidden", Equals(Decimal(2)))])
    assert outcome.passed, outcome


def test_a_peak_falls_in_an_event_of_a_timeline(each_database: str, tmp_path: Path):
    true = "  - {peak: visits.at, falls_in: t.rush}\n  - {peak: visits.at, by: week, falls_in: t.rush}\n"
    false = "  - {peak: visits.at, falls_in: t.lull}\n"
    timelines = "{rush: {on: black_friday, peak: 30, hold: 24h}, lull: {at: 2025-11-05 10:00, peak: 0.5, hold: 1h}}"
    spec = SPEC.replace("{rush: {on: black_friday, peak: 30, hold: 24h}}", timelines)
    assert spec != SPEC
    outcomes = told(each_database, tmp_path, true + false, spec)
    assert [o.passed for o in outcomes] == [True, True, False]
    assert outcomes[0].expected == "in t.rush"


@pytest.fixture(scope="module")
def filled(server: Throwaway, shop_template: str) -> Iterator[str]:
    """The shop with the quickstart's rows."""
    with fresh_database(server, shop_template) as dsn:
        assert run_here(dsn, request(Path("specs/quickstart.yaml"), {})).status == "succeeded"
        yield dsn


@pytest.mark.parametrize("text", MEANT)
def test_what_is_sent_says_what_the_author_wrote(filled: str, text: str):
    rows = "select coalesce(array_agg(x.*::text order by x.*::text), '{{}}') from ({}) as x"
    meant = ask(f"{filled}?search_path=shop", rows.format(text))
    assert ask(f"{filled}?search_path=pg_catalog", rows.format(statement(text, shop_catalog()))) == meant
    assert meant is not None
