"""Schemas that nobody thought of: the draft fills them, or says in a diagnostic why that cannot be.

`just proof` tries thousands (PROOF_EXAMPLES); here are a few, always the same.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings

from engine.embedded import Throwaway
from tests.property.random_schemas import schemas
from tests.schemas.proof import prove
from tests.servers import fresh_database, run_sql

EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", "0"))
ROWS = 40
DIAGNOSTIC = re.compile(r"[A-Z]\d{3} .+\n.*hint: ", re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drafts")


@settings(
    max_examples=EXAMPLES or 15,
    derandomize=not EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(statements=schemas())
def test_the_draft_of_any_schema_fills_it_and_breaks_nothing(
    server: Throwaway, folder: Path, statements: tuple[str, ...]
):
    spec = folder / "draft.yaml"
    spec.unlink(missing_ok=True)
    with fresh_database(server) as dsn:
        run_sql(dsn, *statements)
        proof = prove("made", dsn, spec, ROWS)
    note(";\n".join(statements))
    note(spec.read_text() if spec.exists() else "no draft")
    assert not proof.faults, "\n".join(proof.faults)
    assert not proof.empty
