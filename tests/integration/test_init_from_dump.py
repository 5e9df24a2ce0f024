"""`engine init --from-dump`: of what pg_dump writes, and of what the probe prints."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from engine.embedded import Throwaway
from tests.integration.small_shop import SHOP, TABLES, drafted, fill, tables
from tests.runs import engine
from tests.schemas.audit import rows, violations
from tests.servers import binaries, run_sql


@pytest.fixture
def shop(each_database: str) -> str:
    run_sql(each_database, SHOP)
    return each_database


@pytest.fixture
def new_shop(database: str) -> str:
    """The same on the newest server alone, where the version makes no difference."""
    run_sql(database, SHOP)
    return database


def dump(dsn: str, version: str, *options: str) -> str:
    command = [str(binaries(version).program("pg_dump")), *options, dsn]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_dump_of_the_schema_is_enough(shop: str, postgres_server: Throwaway, tmp_path: Path):
    file = tmp_path / "schema.sql"
    file.write_text(dump(shop, f"pg{postgres_server.binaries.major}", "--schema-only"))
    spec = tmp_path / "spec.yaml"
    done = engine("init", "--from-dump", str(file), "--rows", "30", "-o", str(spec), dsn="")
    assert done.returncode == 0, done.stderr
    assert tables(yaml.safe_load(spec.read_text())) == set(TABLES)
    done = engine("run", str(spec), dsn=shop)
    assert done.returncode == 0, done.stderr
    assert violations(shop) == []
    assert all(rows(shop)[name] for name in TABLES)


def test_a_dump_with_statistics_says_how_many_rows_and_no_value_of_a_person(new_shop: str, tmp_path: Path):
    fill(new_shop)
    file = tmp_path / "schema.sql"
    file.write_text(dump(new_shop, "pg18", "--no-data", "--statistics"))
    assert "geheim" in file.read_text()
    done = engine("init", "--from-dump", str(file), "--schema", "shop", "-o", "-", dsn="")
    spec = drafted(done)
    assert (spec["entities"]["orders"]["count"], spec["entities"]["people"]["count"]) == (2000, 400)
    for marker in ("marker", "geheim", "Xantippe"):
        assert marker not in done.stdout + done.stderr
    done = engine("init", "--from-dump", str(file), "--schema", "shop", "--keep-personal", "-o", "-", dsn="")
    assert "Xantippe" in done.stdout


def test_the_probe_is_printed_and_what_it_prints_is_drafted_from(shop: str, tmp_path: Path):
    fill(shop)
    printed = engine("init", "--print-probe", dsn="")
    assert printed.returncode == 0
    assert "select" in printed.stdout.lower()
    script, answer = tmp_path / "probe.sql", tmp_path / "answer.txt"
    script.write_text(printed.stdout)
    command = [str(binaries("pg18").program("psql")), "--no-psqlrc", "--dbname", shop, "--file", str(script)]
    answer.write_text(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    done = engine("init", "--from-dump", str(answer), "--schema", "shop", "-o", "-", dsn="")
    spec = drafted(done)
    assert (spec["entities"]["orders"]["count"], spec["entities"]["people"]["count"]) == (2000, 400)
    for marker in ("marker", "geheim", "Xantippe"):
        assert marker not in done.stdout + answer.read_text()
    run_sql(shop, "truncate shop.countries, shop.people, shop.orders cascade")
    written = tmp_path / "spec.yaml"
    written.write_text(done.stdout)
    done = engine("run", str(written), dsn=shop)
    assert done.returncode == 0, done.stderr
    assert violations(shop) == []


def test_a_file_that_is_no_dump_is_told_so(tmp_path: Path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\x00 nothing")
    done = engine("init", "--from-dump", str(file), "-o", "-", dsn="")
    assert done.returncode in (2, 4)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CREATE TABLE a (id int CHECK (" + "(" * 30_000 + "id" + ")" * 30_000 + " > 0));", "memory exhausted"),
        ("CREATE TABLE public.a (\n    id integer,\n    na", "line 1: CREATE TABLE public.a (: syntax error"),
        ('CREATE TABLE "A" ("ID" NUMBER(10,0) NOT NULL ENABLE);', 'line 1: CREATE TABLE "A"'),
    ],
)
def test_a_dump_of_which_no_table_can_be_made_is_refused_with_its_statements(tmp_path: Path, text: str, told: str):
    file = tmp_path / "schema.sql"
    file.write_text(text)
    done = engine("init", "--from-dump", str(file), "-o", "-", dsn="")
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr[-500:]
    assert "hint: the output of pg_dump --schema-only is wanted" in done.stderr
