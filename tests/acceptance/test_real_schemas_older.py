"""The same proof as in test_real_schemas.py on Debian's older PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.embedded import Throwaway
from tests.schemas import SCHEMAS, Schema
from tests.schemas.proof import prove
from tests.servers import fresh_database

ROWS = 200
OLDER = [s for s in SCHEMAS if not {"vector", "pg18"} & {*s.needs}]
"""It has every extension but that one."""


@pytest.mark.parametrize("schema", OLDER, ids=lambda s: s.name)
def test_a_schema_is_filled_on_an_older_server(older_server: Throwaway, schema: Schema, tmp_path: Path):
    with fresh_database(older_server) as dsn:
        schema.build(dsn)
        proof = prove(schema.name, dsn, tmp_path / f"{schema.name}.yaml", ROWS)
    assert not proof.faults, "\n".join(proof.faults)
    assert not proof.empty
