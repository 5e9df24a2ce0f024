"""``engine report``: planned beside actual, as PostgreSQL has it, against rows that are fetched and counted here."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from engine.errors import LedgerError
from engine.preview import Preview
from engine.preview.actual import Actual, EntityActual
from engine.preview.model import EntityView
from engine.run import measure as measuring
from engine.run.compare import compare
from tests.runs import BLACK_FRIDAY, SMALL, UNSEEN, engine, request, run_here
from tests.servers import ask, run_sql

TABLE = """create table visits (
    id int primary key, at timestamp not null, "odd; name --" text, paid numeric(8,2), score float8, day date)"""
SPEC = """
scenario: visits
timezone: America/New_York
window: {start: 2025-10-20, end: 2025-11-20}
timelines: {t: {daily: online_retail, spikes: {rush: {at: 2025-11-10 09:00, peak: 9, rise: 2h, hold: 5h, decay: 2h}}}}
entities:
  visits:
    table: visits
    count: 4_000
    moment: {column: at, timeline: t}
    columns:
      id: {sequence: 1}
      odd; name --: {choice: {"it's": 3, "<b>": 1}, null_fraction: 20%}
      paid: {lognormal: {median: 20, sigma: 1}, min: 0, max: 5000, round: 2, null_fraction: 30%}
      score: {choice: [0.5, 1, 2.25]}
      day: {uniform: {min: 2020-01-01, max: 2024-12-31}, null_fraction: 50%}
expect:
  - {count: visits, equals: EXPECTED}
"""


def compared(dsn: str, run: str) -> tuple[Preview, Actual]:
    return asyncio.run(compare(UUID(run), dsn=dsn))


def instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)


def entity(found: tuple[Preview, Actual], name: str) -> tuple[EntityView, EntityActual]:
    return next(view for view in found[0].entities if view.name == name), found[1].entities[name]


def visits(dsn: str, tmp_path: Path, *, expected: int = 4_000) -> str:
    """Run the visits; the run's id."""
    run_sql(dsn, TABLE)
    spec = tmp_path / "visits.yaml"
    spec.write_text(SPEC.replace("EXPECTED", str(expected)))
    return str(run_here(dsn, request(spec, {})).run_id)


def test_time_is_as_it_was_planned_to_the_row(shop_database: str):
    run = run_here(shop_database).run_id
    view, found = entity(compared(shop_database, run), "orders")
    assert view.time is not None
    assert found.counts == view.time.counts
    assert sum(found.counts) == found.committed == found.present == int(SMALL["orders"])
    assert found.note == ""


def test_wall_times_are_read_on_the_scenarios_clock(database: str, tmp_path: Path):
    view, found = entity(compared(database, visits(database, tmp_path)), "visits")
    assert view.time is not None
    assert found.counts == view.time.counts


def test_what_is_in_the_columns_is_what_fetched_rows_have(database: str, tmp_path: Path):
    view, found = entity(compared(database, visits(database, tmp_path)), "visits")
    rows = json.loads(str(ask(database, "select json_agg(v) from visits as v")))
    odd = "odd; name --"
    assert {s.value: s.share for s in found.shares if s.column == odd} == pytest.approx(
        {value: n / 4_000 for value, n in Counter(row[odd] for row in rows).items()}
    )
    assert found.nulls[odd] == pytest.approx(sum(row[odd] is None for row in rows) / 4_000)
    assert {s.value for s in found.shares if s.column == "score"} == {"0.5", "1.0", "2.25"}
    paid = [float(Decimal(str(row["paid"]))) for row in rows if row["paid"] is not None]
    bars = [b for b in found.bars if b.column == "paid"]
    assert [(b.low, b.high) for b in bars] == [(b.low, b.high) for b in view.histograms if b.column == "paid"]
    for n, bar in enumerate(bars):
        last, first = n == len(bars) - 1, n == 0
        inside = sum((first or bar.low <= value) and (last or value < bar.high) for value in paid)
        assert bar.share == pytest.approx(inside / len(paid))
    days = [
        datetime.fromisoformat(row["day"]).replace(tzinfo=ZoneInfo("America/New_York")) for row in rows if row["day"]
    ]
    cuts = [instant(p.start) for p in found.periods if p.column == "day"]
    for n, period in enumerate(p for p in found.periods if p.column == "day"):
        inside = sum((n == 0 or cuts[n] <= day) and (n + 1 == len(cuts) or day < cuts[n + 1]) for day in days)
        assert period.share == pytest.approx(inside / len(days))


def test_a_table_that_changed_since_is_told_and_shown_as_it_is(database: str, tmp_path: Path):
    run = visits(database, tmp_path)
    run_sql(database, "delete from visits where id <= 1000")
    view, found = entity(compared(database, run), "visits")
    assert view.time is not None
    assert (found.committed, found.present, sum(found.counts)) == (4_000, 3_000, 3_000)
    assert "the table holds 3,000 rows now, this run loaded 4,000" in found.note


def test_a_table_that_may_not_be_read_says_so(database: str, tmp_path: Path):
    run = visits(database, tmp_path)
    run_sql(
        database,
        "create role peeker login",
        "grant usage on schema engine to peeker",
        "grant all on all tables in schema engine to peeker",
    )
    try:
        _, found = entity(compared(database.replace("postgres@", "peeker@"), run), "visits")
    finally:
        run_sql(database, "drop owned by peeker", "drop role peeker")
    assert found == EntityActual(4_000, note="the table was not looked at: permission denied for table visits")


def test_of_a_large_table_only_a_part_is_asked(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = visits(database, tmp_path)
    monkeypatch.setattr(measuring, "SAMPLED_ROWS", 1_000)
    monkeypatch.setattr(measuring, "COUNTED_ROWS", 2_000)
    _, found = entity(compared(database, run), "visits")
    assert "about 25 % of the table" in found.note
    assert found.present is None
    assert 1_000 < sum(found.counts) < 7_000
    assert sum(b.share for b in found.bars if b.column == "paid") == pytest.approx(1)


def test_entities_that_share_a_table_are_not_told_apart(shop_database: str):
    run = run_here(shop_database).run_id
    _, found = entity(compared(shop_database, run), "abandoned_carts")
    assert found.note == "shares its table with checkouts: their rows are not told apart"
    assert (found.counts, found.committed) == ((), int(SMALL["abandoned"]))


def test_a_report_writes_nothing(database: str, tmp_path: Path):
    run = visits(database, tmp_path)
    everything = """select md5(string_agg(line, '' order by line)) from (
        select xmin || v::text as line from visits as v union all select xmin || r::text from engine.runs as r) as t"""
    before = ask(database, everything)
    assert engine("report", run, dsn=database).returncode == 0
    assert ask(database, everything) == before


def test_the_terminal_the_page_and_the_object_tell_the_same(shop_database: str, tmp_path: Path):
    run = str(run_here(shop_database).run_id)
    html, png = tmp_path / "report.html", tmp_path / "report.png"
    written = engine("report", run, "--html", str(html), "--png", str(png), dsn=shop_database)
    assert (written.returncode, written.stdout) == (0, ""), written.stderr
    assert png.read_bytes().startswith(b"\x89PNG")
    page = html.read_text()
    assert "planned and actual" in page
    assert f"{int(SMALL['orders']):,} rows planned, {int(SMALL['orders']):,} loaded" in page
    told = json.loads(engine("report", run, "--json", dsn=shop_database).stdout)
    assert (told["run_id"], told["status"], told["scenario"]) == (run, "succeeded", "black_friday")
    assert told["entities"]["orders"]["rows"] == int(SMALL["orders"])
    assert all(part["planned"] == part["actual"] for part in told["entities"]["orders"]["time"])
    statuses = {
        s["value"]: (s["planned"], s["actual"]) for s in told["entities"]["orders"]["shares"] if s["column"] == "status"
    }
    assert all(planned == pytest.approx(actual, abs=0.03) for planned, actual in statuses.values())
    lines = engine("report", run, dsn=shop_database).stdout
    assert f"orders           shop.orders         {int(SMALL['orders']):,}" in lines
    assert sum(line.startswith(("✓", "✗")) for line in lines.splitlines()) == len(told["expectations"]) == 7


def test_an_expectation_that_was_not_true_is_told_again_with_exit_code_3(database: str, tmp_path: Path):
    run = visits(database, tmp_path, expected=4_001)
    done = engine("report", run, "--html", str(tmp_path / "report.html"), dsn=database)
    assert done.returncode == 3
    assert "✗ not true" in (tmp_path / "report.html").read_text()


def test_a_failed_run_is_shown_with_what_went_wrong_and_exit_code_1(shop_database: str):
    run_sql(shop_database, f"alter table shop.orders add constraint never check (total < 0 or {UNSEEN}) no inherit")
    report = run_here(shop_database, request(BLACK_FRIDAY))
    assert report.status == "failed"
    done = engine("report", str(report.run_id), dsn=shop_database)
    assert done.returncode == 1
    assert "never" in done.stdout
    assert "this run has no row here" in done.stdout


def test_a_run_that_nobody_knows_is_told_with_a_hint(shop_database: str):
    with pytest.raises(LedgerError, match="engine runs"):
        compared(shop_database, str(UUID(int=7)))
    assert engine("report", "nonsense", dsn=shop_database).returncode == 2
