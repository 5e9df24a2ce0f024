"""`init`, `validate`, `run` on schemas that were written with no thought of us: nothing is violated, changed or empty.

`just proof` does the same at 10,000 rows a table and prints the time. Debian's older server is in a file of its own, so
that both run at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.embedded import Throwaway
from tests.runs import engine
from tests.schemas import SCHEMAS, Schema, oscar, ours
from tests.schemas.audit import differences, rows, snapshot, violations
from tests.schemas.proof import prove
from tests.servers import fresh_database

ROWS = 200
NEWEST = [s for s in SCHEMAS if "xml" not in s.needs]
"""The wheel's PostgreSQL was built without XML."""


@pytest.mark.parametrize("schema", NEWEST, ids=lambda s: s.name)
def test_a_schema_is_filled_as_it_stands(server: Throwaway, schema: Schema, tmp_path: Path):
    with fresh_database(server) as dsn:
        schema.build(dsn)
        proof = prove(schema.name, dsn, tmp_path / f"{schema.name}.yaml", ROWS)
    assert not proof.faults, "\n".join(proof.faults)
    assert not proof.empty


def test_tables_that_hold_rows_are_pointed_to_and_not_touched(server: Throwaway, tmp_path: Path):
    with fresh_database(server) as dsn:
        oscar.build_migrated(dsn)
        before = rows(dsn)
        proof = prove("oscar", dsn, tmp_path / "oscar.yaml", ROWS)
        after = rows(dsn)
    held = {table: count for table, count in before.items() if count}
    assert "public.django_migrations" in held
    assert {table: after[table] for table in held} == held
    assert not proof.faults, "\n".join(proof.faults)
    assert not proof.empty


def test_a_run_without_a_spec_fills_every_empty_table(database: str):
    ours.builder("keys")(database)
    before = snapshot(database)
    done = engine("run", "--dsn", database, "--rows", "50", dsn=database)
    assert done.returncode == 0, done.stderr
    assert [table for table, count in rows(database).items() if not count] == ["keys.nothing"]
    assert violations(database) == []
    assert differences(before, snapshot(database)) == []


def test_a_run_without_a_spec_has_nothing_to_fill_twice(database: str):
    ours.builder("uniques")(database)
    for _ in range(2):
        done = engine("run", "--dsn", database, "--rows", "20", dsn=database)
    assert done.returncode == 4, done.stderr
    assert "every table" in done.stderr
