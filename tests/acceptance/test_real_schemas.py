"""`init`, `validate`, `run` on schemas that were written with no thought of us: nothing is violated, changed or empty.

`just proof` does the same at 10,000 rows a table and prints the time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.embedded import Throwaway
from tests.schemas import SCHEMAS, Schema
from tests.schemas.proof import prove
from tests.servers import fresh_database

ROWS = 200
NEWEST = [s for s in SCHEMAS if "xml" not in s.needs]
"""The wheel's PostgreSQL was built without XML."""
OLDER = [s for s in SCHEMAS if not {"vector", "pg18"} & {*s.needs}]
"""Debian's has every extension but that one."""


def filled(server: Throwaway, schema: Schema, folder: Path) -> None:
    with fresh_database(server) as dsn:
        schema.build(dsn)
        proof = prove(schema.name, dsn, folder / f"{schema.name}.yaml", ROWS)
    assert not proof.faults, "\n".join(proof.faults)
    assert not proof.empty


@pytest.mark.parametrize("schema", NEWEST, ids=lambda s: s.name)
def test_a_schema_is_filled_as_it_stands(server: Throwaway, schema: Schema, tmp_path: Path):
    filled(server, schema, tmp_path)


@pytest.mark.parametrize("schema", OLDER, ids=lambda s: s.name)
def test_a_schema_is_filled_on_an_older_server(older_server: Throwaway, schema: Schema, tmp_path: Path):
    filled(older_server, schema, tmp_path)
