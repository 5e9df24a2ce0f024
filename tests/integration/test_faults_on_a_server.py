"""The data-quality example on real servers, beside the same story without faults: SQL finds every fault, no other."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from engine.embedded import Throwaway
from engine.plan import stages
from engine.report import Report, Silence
from engine.run import resume, run
from tests.acceptance.documents import blocks_of
from tests.runs import engine, request, run_here
from tests.servers import ask, fresh_database, run_sql

STORY = Path("examples/data_quality.yaml")
TABLES = next(block.body for block in blocks_of("examples/data_quality.md") if block.language == "sql")
KEYS = ("customers", "orders", "items")
EXACT = {
    "missing_email": 80,
    "mojibake": 60,
    "shouting": 75,
    "stray_spaces": 60,
    "first_for_last": 25,
    "never_born": 40,
    "signed_up_twice": 30,
    "late": 200,
    "delivered_twice": 120,
    "orphans": 35,
    "in_cents": 50,
    "other_dates": 100,
    "nothing_in_it": 45,
}
HASH = "select count(*) || ' ' || md5(string_agg(t::text, E'\\n' order by t::text)) from landing.{} as t"


def clean_story(folder: Path) -> Path:
    """The story up to its faults."""
    text = STORY.read_text(encoding="utf-8")
    path = folder / "clean.yaml"
    path.write_text(text[: text.index("\nfaults:")], encoding="utf-8")
    return path


def load_both(dsn: str, folder: Path) -> Report:
    """Schema `clean` with the rows as they were made, schema `landing` with those of the story."""
    run_sql(dsn, TABLES)
    assert run_here(dsn, request(clean_story(folder), {})).status == "succeeded"
    run_sql(dsn, "alter schema landing rename to clean", TABLES)
    report = run_here(dsn, request(STORY, {}))
    assert report.status == "succeeded", report.diagnostics
    return report


@pytest.fixture(scope="module")
def both(postgres_server: Throwaway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Report]]:
    with fresh_database(postgres_server) as dsn:
        yield dsn, load_both(dsn, tmp_path_factory.mktemp("clean"))


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    """What a query gives, moments in UTC as labels have them."""

    async def fetch() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
        try:
            return [tuple(row.values()) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def columns_of(dsn: str) -> list[tuple[str, str]]:
    """Every (table, column) of the landing zone but the keys."""
    found = rows(
        dsn,
        "select table_name::text, column_name::text from information_schema.columns "
        "where table_schema = 'landing' and table_name <> 'faults' and column_name <> 'id' order by 1, 2",
    )
    return [(str(table), str(column)) for table, column in found]


def test_every_fault_hits_exactly_as_many_rows_as_were_asked_for(both: tuple[str, Report]):
    dsn, report = both
    found = dict(rows(dsn, "select fault, count(distinct (table_name, row_key)) from landing.faults group by 1"))
    assert {name: found[name] for name in EXACT} == EXACT
    assert {name: fault.rows for name, fault in report.faults.items()} == found
    items = ask(dsn, "select count(*) from clean.items")
    assert isinstance(items, int)
    assert abs(found["back_to_front"] - items * 0.01) < 5 * (items * 0.01) ** 0.5  # type: ignore[operator]


def test_the_report_counts_the_rows_that_are_in_the_tables(both: tuple[str, Report]):
    dsn, report = both
    counted = {e.table: e.rows for e in report.entities.values()}
    assert counted == {table: ask(dsn, f"select count(*) from {table}") for table in counted}
    assert counted["landing.orders"] == 20_120


def test_a_row_that_no_label_names_is_as_it_was_made(both: tuple[str, Report]):
    dsn, _ = both
    for table, column in columns_of(dsn):
        (strangers,) = rows(
            dsn,
            f"""select count(*) from landing.{table} as t join clean.{table} as c using (id)
            where t.{column} is distinct from c.{column} and not exists (
                select from landing.faults as f where f.table_name = 'landing.{table}'
                and f.row_key = id::text and f.column_name = '{column}')""",
        )
        assert strangers == (0,), (table, column)


def test_a_label_joins_to_one_row_and_holds_its_clean_value(both: tuple[str, Report]):
    dsn, _ = both
    labelled = 0
    for table, column in columns_of(dsn):
        ((labels, joined, clean, changed),) = rows(
            dsn,
            f"""select (select count(*) from landing.faults where table_name = 'landing.{table}'
                        and column_name = '{column}'), count(*),
                count(*) filter (where c.{column}::text is not distinct from f.clean_value),
                count(*) filter (where t.{column}::text is distinct from f.clean_value)
            from landing.faults as f join landing.{table} as t on t.id::text = f.row_key
            join clean.{table} as c on c.id = t.id
            where f.table_name = 'landing.{table}' and f.column_name = '{column}'""",
        )
        assert labels == joined == clean == changed, (table, column)
        labelled += int(str(labels))
    assert labelled == ask(dsn, "select count(*) from landing.faults where column_name <> 'id'")
    many = "select from landing.faults group by table_name, row_key, column_name having count(*) > 1"
    assert ask(dsn, f"select count(*) from ({many}) as many") == 0


@pytest.mark.parametrize("table", KEYS)
def test_rows_that_were_not_made_are_labelled_copies_of_clean_ones(both: tuple[str, Report], table: str):
    dsn, _ = both
    missing = f"select count(*) from clean.{table} where id not in (select id from landing.{table})"
    assert ask(dsn, missing) == 0
    ((more, copies),) = rows(
        dsn,
        f"""select (select count(*) from landing.{table} where id not in (select id from clean.{table})),
            (select count(*) from landing.faults as f join landing.{table} as again on again.id::text = f.row_key
            join clean.{table} as made on made.id::text = f.clean_value
            where f.table_name = 'landing.{table}' and f.column_name = 'id'
            and to_jsonb(again) - 'id' = to_jsonb(made) - 'id')""",
    )
    assert more == copies == {"customers": 30, "orders": 120, "items": 0}[table]


def test_what_reads_a_spoiled_value_read_the_clean_one(both: tuple[str, Report]):
    dsn, _ = both
    for table, column in (("orders", "customer_id"), ("items", "order_id")):
        moved = f"""select count(*) from landing.{table} as t join clean.{table} as c using (id)
            where t.{column} is distinct from c.{column} and not exists (
                select from landing.faults as f where f.row_key = id::text and f.column_name = '{column}')"""
        assert ask(dsn, moved) == 0
    late = """select count(*) from landing.orders as t join landing.faults as f on f.row_key = t.id::text
        where f.fault = 'late' and t.ingested_at > f.clean_value::timestamptz"""
    assert ask(dsn, late) == EXACT["late"]


@dataclass
class Stopper(Silence):
    """Stops a run at its first committed rows."""

    stop: threading.Event = field(default_factory=threading.Event)

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.stop.set()


def hashes(dsn: str) -> dict[str, str]:
    return {table: str(ask(dsn, HASH.format(table))) for table in (*KEYS, "faults")}


@pytest.mark.parametrize("way", [{"batch_rows": 700}, {"workers": 2}], ids=["small-batches", "two-workers"])
def test_neither_batches_nor_workers_change_anything(database: str, server: Throwaway, way: dict[str, int]):
    run_sql(database, TABLES)
    usual = run_here(database, request(STORY, {}))
    with fresh_database(server) as other:
        run_sql(other, TABLES)
        assert run_here(other, request(STORY, {}, **way)).faults == usual.faults
        assert hashes(other) == hashes(database)


def test_nothing_around_the_process_changes_anything(database: str, server: Throwaway):
    run_sql(database, TABLES)
    run_here(database, request(STORY, {}))
    plain = " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])
    elsewhere = {"PYTHONHASHSEED": "4242", "NPY_DISABLE_CPU_FEATURES": plain, "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    with fresh_database(server) as other:
        run_sql(other, TABLES)
        done = engine("run", str(STORY), dsn=other, environment=elsewhere)
        assert done.returncode == 0, done.stderr
        assert hashes(other) == hashes(database)


@pytest.mark.parametrize("doubtful", [False, True], ids=["confirmed", "in-doubt"])
def test_a_stopped_run_goes_on_and_counts_the_faults_of_both_parts(
    database: str, server: Throwaway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, doubtful: bool
):
    monkeypatch.setattr(stages, "PARTITION_BYTES", 1 << 18)
    ledger, watch = tmp_path / "ledger", Stopper()
    run_sql(database, TABLES)
    asked = request(STORY, {}, workers=1)
    first = asyncio.run(run(asked, dsn=database, ledger=ledger, observer=watch, stop=watch.stop))
    assert first.status == "interrupted"
    assert 0 < first.rows < 60_000
    if doubtful:
        with closing(sqlite3.connect(ledger, isolation_level=None)) as file:
            file.execute("update partitions set confirmed = 0, row_counts = '{}'")

    report = asyncio.run(resume(UUID(first.run_id), dsn=database, ledger=ledger))

    assert report.status == "succeeded", report.diagnostics
    with fresh_database(server) as other:
        run_sql(other, TABLES)
        assert run_here(other, request(STORY, {})).faults == report.faults
        assert hashes(other) == hashes(database)


LOOSE = """
scenario: loose
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  readings:
    table: readings
    count: 500
    columns: {sensor: {choice: [a, b]}, value: {uniform: {min: 0, max: 9}, round: 1}}
  numbered:
    table: numbered
    count: 100
    columns: {name: x}
faults:
  sent_twice: {entity: readings, count: 40, duplicate: {new_key: false}}
  counted_twice: {entity: numbered, count: 10, duplicate: {}}
"""


def test_rows_without_a_key_come_again_to_the_last_byte_and_identities_go_on(each_database: str, tmp_path: Path):
    run_sql(
        each_database,
        "create table readings (sensor text not null, value numeric(4, 1))",
        "create table numbered (id bigint generated always as identity primary key, name text)",
    )
    spec = tmp_path / "loose.yaml"
    spec.write_text(LOOSE)
    report = run_here(each_database, request(spec, {}))
    assert report.status == "succeeded", report.diagnostics
    assert ask(each_database, "select count(*) from readings") == 540
    behind = """select count(*) from readings as one join readings as next on next.ctid = format('(%s,%s)',
        (one.ctid::text::point)[0], (one.ctid::text::point)[1] + 1)::tid where one = next"""
    found = ask(each_database, behind)
    assert isinstance(found, int)
    assert found >= 38
    assert ask(each_database, "select count(distinct id) from numbered") == 110


def test_a_check_that_a_fault_breaks_ends_the_run_with_nothing_left(each_database: str, tmp_path: Path):
    run_sql(each_database, "create table readings (sensor text not null, value numeric(4, 1) check (value >= 0))")
    spec = tmp_path / "loose.yaml"
    text = LOOSE.replace("sent_twice: {entity: readings, count: 40, duplicate: {new_key: false}}", "").replace(
        "counted_twice: {entity: numbered, count: 10, duplicate: {}}",
        "below: {entity: readings, count: 3, scale: {columns: [value], by: -1}}",
    )
    spec.write_text(text[: text.index("  numbered:")] + text[text.index("faults:") :])
    report = run_here(each_database, request(spec, {}))
    assert report.status == "failed"
    assert "readings_value_check" in report.diagnostics[0]
    assert ask(each_database, "select count(*) from readings") == 0


TYPES = """
create type mood as enum ('sad', 'happy');
create domain positive as numeric(8, 3) check (value > 0);
create table every (
    id int primary key, small int2, plain int4, big int8, free numeric, scaled numeric(8, 3), real_one float8,
    truth bool, day date, hour time, wall timestamp, moment timestamptz, code uuid, words text, short varchar(20),
    fixed char(5), feeling mood, amount positive, address inet
);
create table labels (fault text, table_name text, row_key text, column_name text, clean_value text)
"""
EVERY = """
scenario: every
window: {start: 2025-01-01, end: 2025-02-01}
timezone: America/New_York
entities:
  every:
    table: every
    count: 200
    columns:
      id: {sequence: 1}
      small: {uniform: {min: -9, max: 9}}
      plain: {uniform: {min: -100000, max: 100000}}
      big: {expr: "plain::bigint * 12345678901"}
      free: {lognormal: {median: 20, sigma: 2}, max: 100000, round: 4}
      scaled: {lognormal: {median: 20, sigma: 1}, max: 9999, round: 3}
      real_one: {normal: {mean: 0, sd: 1000}, min: -100000, max: 100000}
      truth: {bernoulli: 0.5}
      day: {uniform: {min: 1970-01-01, max: 2030-01-01}}
      hour: {uniform: {min: 1h, max: 23h}}
      wall: {uniform: {min: 1999-01-01, max: 2030-01-01}}
      moment: {uniform: {min: 1999-01-01, max: 2030-01-01}}
      code: {uuid4: true}
      words: {faker: name, locale: pl_PL}
      short: {choice: ["", "a", "ä", " b "]}
      fixed: {choice: [ab, abcde]}
      feeling: {choice: [sad, happy]}
      amount: {uniform: {min: 1, max: 9}, round: 2}
      address: 10.0.0.0/24
faults:
  all_gone:
    entity: every
    share: 100%
    nulls: [small, plain, big, free, scaled, real_one, truth, day, hour, wall, moment, code, words, short, fixed,
      feeling, amount, address]
labels: {table: labels}
"""


def test_a_label_holds_what_postgresql_would_write_of_every_type(each_database: str, tmp_path: Path):
    run_sql(each_database, *TYPES.split(";"))
    spec = tmp_path / "every.yaml"
    spec.write_text(EVERY[: EVERY.index("faults:")])
    assert run_here(each_database, request(spec, {})).status == "succeeded"
    run_sql(each_database, "create table clean as table every", "truncate every")
    spec.write_text(EVERY)
    report = run_here(each_database, request(spec, {}))
    assert report.status == "succeeded", report.diagnostics
    columns = rows(
        each_database, "select attname::text from pg_attribute where attrelid = 'clean'::regclass and attnum > 1"
    )
    assert len(columns) == 18
    for (column,) in columns:
        other = rows(
            each_database,
            f"""select c.{column}::text, f.clean_value from clean as c left join labels as f
            on f.row_key = c.id::text and f.column_name = '{column}' where c.{column}::text <> f.clean_value
            or f.clean_value is null limit 3""",
        )
        assert other == [], column
    assert ask(each_database, "select count(*) from labels") == 200 * 18
