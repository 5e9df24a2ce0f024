"""Expectations, asked of real servers: what is told when they hold and when they do not, and that they only read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from engine.check.ask import ask as put
from engine.check.ask import prepare
from engine.check.model import Check, Empty, Equals, Outcome
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


def told(dsn: str, tmp_path: Path, expectations: str) -> list[Outcome]:
    run_sql(dsn, *TABLES)
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC + expectations)
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
