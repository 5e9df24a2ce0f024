"""The command line as a contract: exit codes, one JSON object as the last line, and nothing else on standard output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from engine.cli.main import COMMANDS
from tests.runs import engine, request, run_here
from tests.servers import ask, run_sql

SPEC = "specs/quickstart.yaml"
NOWHERE = "postgresql://somebody:hunter2@127.0.0.1:1/nothing"
KEYS = {
    *("run_id", "scenario", "seed", "status", "entities", "rows", "seconds", "rows_per_second"),
    *("expectations", "diagnostics", "trace_id"),
}
STATUSES = {"queued", "running", "succeeded", "failed", "cancelled", "interrupted"}


def last(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """The last line of standard output, which is an object with the contract's keys."""
    assert len(done.stdout.splitlines()) == 1, done.stdout
    told = json.loads(done.stdout)
    assert set(told) >= KEYS
    assert told["status"] in STATUSES
    return dict(told)


def test_a_run_ends_with_one_object_and_tells_the_rest_on_standard_error(shop_database: str):
    done = engine("run", SPEC, "--json", dsn=shop_database)
    assert done.returncode == 0, done.stderr
    told = last(done)
    assert (told["scenario"], told["seed"], told["status"]) == ("quickstart", 42, "succeeded")
    assert told["entities"]["orders"] == {"table": "shop.orders", "rows": 5000}
    assert told["rows"] == sum(entity["rows"] for entity in told["entities"].values())
    assert told["diagnostics"] == told["expectations"] == []
    assert ask(shop_database, f"select status from engine.runs where id = '{UUID(told['run_id'])}'") == "succeeded"
    assert "load" in done.stderr


def test_without_json_nothing_is_written_on_standard_output(shop_database: str):
    done = engine("run", SPEC, dsn=shop_database)
    assert (done.returncode, done.stdout) == (0, "")
    assert "5,000" in done.stderr


WAITING = """
scenario: waiting
timezone: Asia/Tokyo
window: {start: 2025-03-01, end: 2025-03-03}
timelines: {night: {spikes: {two: {at: 2025-03-02 02:00, peak: 90, hold: 10m}}}}
entities:
  calls:
    virtual: true
    count: 900
    moment: {column: came, timeline: night}
  visits:
    table: visits
    count: 800
    moment: {column: came, timeline: night, hidden: true}
    columns: {id: {sequence: 1}}
  answers:
    table: answers
    count: 700
    moment: {column: at, timeline: night}
    columns: {id: {sequence: 1}}
"""


def test_a_run_shows_rows_of_its_peak_on_the_clock_of_the_story(database: str, tmp_path: Path):
    run_sql(
        database,
        "create table visits (id int primary key)",
        "create table answers (id int primary key, at timestamptz not null)",
    )
    spec = tmp_path / "waiting.yaml"
    spec.write_text(WAITING)
    done = engine("run", str(spec), dsn=database)
    assert done.returncode == 0, done.stderr
    assert "public.answers at the peak" in done.stderr
    assert "2025-03-02 02:0" in done.stderr


def test_seed_and_parameters_given_beside_the_spec_win(shop_database: str):
    words = ("--seed", "9", "--set", "orders=700", "--set", "customers=300", "--set", "abandoned=200")
    told = last(engine("run", "specs/black_friday.yaml", *words, "--json", dsn=shop_database))
    assert told["seed"] == 9
    assert told["entities"]["orders"]["rows"] == 700


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_wrong_spec_ends_with_2_and_every_diagnostic(command: str, shop_database: str, tmp_path: Path):
    spec = tmp_path / "wrong.yaml"
    spec.write_text(Path(SPEC).read_text().replace("count: 5_000", "cuont: 5_000").replace("table: shop.products", ""))
    done = engine(command, str(spec), "--json", dsn=shop_database)
    assert done.returncode == 2
    told = last(done)
    assert told["status"] == "failed"
    assert len(told["diagnostics"]) >= 2
    assert all(one.startswith(f"{spec}:") for one in told["diagnostics"])
    assert "S001" in done.stderr


@pytest.mark.parametrize("where", ["here", NOWHERE])
@pytest.mark.parametrize("command", ["run", "plan", "validate"])
def test_what_the_text_and_what_the_tables_show_to_be_wrong_is_told_in_one_go(
    command: str, where: str, shop_database: str, tmp_path: Path
):
    spec = tmp_path / "wrong.yaml"
    text = Path(SPEC).read_text()
    spec.write_text(text.replace("line_no: {expr:", "line_no: {exrp:").replace("line_total:", "line_totla:"))
    done = engine(command, str(spec), dsn=shop_database if where == "here" else where)
    assert done.returncode == 2
    assert "did you mean 'expr'?" in done.stderr
    assert ("did you mean 'line_total'?" in done.stderr) is (where == "here")
    assert "cannot reach" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--set", "orders=3"), "--rows N"),
        (("run", SPEC, "--sed", "3"), "--sed"),
        (("run", SPEC, "--seed", "x"), "integer"),
        (("run", SPEC, "--workers", "0"), "workers"),
        (("run", SPEC, "--set", "orders"), "NAME=VALUE"),
        (("run", SPEC, "--set", "nobody=3"), "nobody"),
        (("run", SPEC, "--now", "yesterday"), "--now"),
        (("run", "specs/nothing.yaml"), "cannot read"),
        (("run", SPEC, "--dsn", "mysql://x"), "postgresql://"),
        (("resume", "seven"), "UUID"),
        (("walk",), "walk"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what(words: tuple[str, ...], said: str):
    done = engine(*words, "--json", dsn=NOWHERE)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert last(done)["diagnostics"]
    assert "Traceback" not in done.stderr


def test_a_run_of_neither_a_spec_nor_a_database_ends_with_2_and_names_both():
    done = engine("run", "--json", dsn="")
    assert done.returncode == 2, done.stderr
    assert "engine run SPEC" in done.stderr
    assert "--dsn postgresql://" in done.stderr
    assert last(done)["diagnostics"]


def test_a_database_out_of_reach_ends_with_1_and_without_its_password():
    for words in (("run", SPEC), ("resume", str(UUID(int=1))), ("runs",), ("repair",), ("plan", SPEC)):
        done = engine(*words, dsn=NOWHERE)
        assert done.returncode == 1, words
        assert "cannot reach postgresql://somebody@127.0.0.1:1/nothing" in done.stderr
        assert "hunter2" not in done.stdout + done.stderr


def test_a_database_out_of_reach_is_told_as_json_too():
    done = engine("run", SPEC, "--json", dsn=NOWHERE)
    assert last(done)["status"] == "failed"
    assert "hunter2" not in done.stdout


def test_rows_in_the_way_end_with_4_as_does_emptying_without_being_asked(shop_database: str):
    run_here(shop_database, request(Path(SPEC), {}))
    for words, said in (((), "hold rows already"), (("--fresh",), "no terminal")):
        done = engine("run", SPEC, *words, "--json", dsn=shop_database)
        assert done.returncode == 4
        assert said in " ".join(last(done)["diagnostics"])
    assert ask(shop_database, "select count(*) from shop.orders") == 5000


def test_an_unknown_run_ends_with_1(shop_database: str):
    done = engine("resume", str(UUID(int=1)), "--json", dsn=shop_database)
    assert done.returncode == 1
    assert "knows no run" in last(done)["diagnostics"][0]


def test_without_the_right_to_write_a_table_nothing_is_written_and_the_table_is_named(
    shop_database: str, tmp_path: Path
):
    run_sql(
        shop_database,
        "drop schema engine cascade",
        "drop role if exists guest",
        "create role guest login",
        "grant usage on schema shop to guest",
        "grant select on all tables in schema shop to guest",
        "grant insert on shop.products, shop.orders, shop.payments to guest",
        "grant insert (id, order_id, product_id, line_no, quantity, created_at) on shop.order_items to guest",
    )
    try:
        guest = shop_database.replace("postgres@", "guest@")
        done = engine("run", SPEC, "--json", dsn=guest, environment={"ENGINE_HOME": str(tmp_path)})
        assert done.returncode == 4, done.stderr
        (told,) = last(done)["diagnostics"]
        assert "no right to write" in told
        assert "shop.customers\n" in told
        assert "shop.order_items (updated_at, unit_price, line_total)" in told
        assert not list(tmp_path.iterdir())
        assert ask(shop_database, "select count(*) from shop.customers") == 0
        assert ask(shop_database, "select to_regnamespace('engine') is null")
    finally:
        run_sql(shop_database, "drop owned by guest", "drop role guest")


def test_runs_lists_what_was_run(shop_database: str):
    assert "no run yet" in engine("runs", dsn=shop_database).stdout
    report = run_here(shop_database, request(Path(SPEC), {}))
    listed = json.loads(engine("runs", "--json", dsn=shop_database).stdout)
    assert [(line["run_id"], line["status"], line["rows"]) for line in listed] == [
        (report.run_id, "succeeded", report.rows)
    ]
    told = engine("runs", dsn=shop_database).stdout
    assert report.run_id in told
    assert f"{report.rows:,}" in told


def test_where_there_is_no_spec_those_that_there_are_are_named(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("scenario: mine\n")
    (tmp_path / "docker-compose.yml").write_text("services: {}\n")
    for asked in (tmp_path / "nine.yaml", tmp_path):
        done = engine("validate", str(asked), dsn=NOWHERE)
        assert done.returncode == 2
        assert "mine.yaml" in done.stderr + done.stdout
        assert "docker-compose" not in done.stderr + done.stdout


def test_plan_says_what_would_be_done_and_does_nothing(shop_database: str):
    done = engine("plan", SPEC, "--json", dsn=shop_database)
    told = json.loads(done.stdout)
    assert told["entities"]["orders"] == {"table": "shop.orders", "rows": 5000}
    assert {one["action"] for one in told["constraints"]} == {"suspend", "keep"}
    assert all(one["why"] for one in told["constraints"])
    assert ask(shop_database, "select count(*) from shop.orders") == 0
    assert ask(shop_database, "select count(*) from engine.runs") == 0


def test_validate_needs_no_database(tmp_path: Path):
    environment = {k: v for k, v in os.environ.items() if k != "ENGINE_DSN"} | {"ENGINE_HOME": str(tmp_path / "home")}
    for words in (("validate", SPEC), ("plan", SPEC), ("schema",)):
        command = [sys.executable, "-m", "engine.cli", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in COMMANDS)], ids=lambda words: " ".join(words) or "engine"
)
def test_every_command_explains_itself(command: tuple[str, ...]):
    done = engine(*command, "--help", dsn=NOWHERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_a_run_does_not_wait_for_the_import_of_what_it_does_not_use():
    heavy = "sqlalchemy", "alembic", "faker", "scipy"
    code = f"import sys, engine.cli.run; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
