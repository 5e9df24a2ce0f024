"""Schemas that nobody thought of: the draft fills them all, or says of a table why it is left out.

`just proof` tries thousands (PROOF_EXAMPLES); here are a few, always the same.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hypothesis import HealthCheck, given, note, settings

from engine.embedded import Throwaway
from tests.property.random_schemas import schemas
from tests.runs import engine
from tests.schemas.audit import differences, snapshot
from tests.schemas.proof import prove
from tests.servers import fresh_database, run_sql

EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", "0"))
ROWS = int(os.environ.get("PROOF_ROWS", "40"))
MOST_LEFT_OUT = 0.05
"""The share of schemas of which a table may be left out, with the reason in the draft's head."""
LEFT_OUT = re.compile(r"^# Left out: (.+?), .+\.$", re.MULTILINE)
NOTHING = "init: error: no table can be filled:\n"
"""What is said where all tables would be left out, with the reasons below."""


def test_the_draft_of_any_schema_fills_it_and_breaks_nothing(server: Throwaway, tmp_path: Path):
    tried, left = 0, 0

    @settings(
        max_examples=EXAMPLES or 15,
        derandomize=not EXAMPLES,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(schemas())
    def fills(statements: tuple[str, ...]) -> None:
        nonlocal tried, left
        spec = tmp_path / "draft.yaml"
        spec.unlink(missing_ok=True)
        with fresh_database(server) as dsn:
            run_sql(dsn, *statements)
            proof = prove("made", dsn, spec, ROWS)
        draft = spec.read_text() if spec.exists() else ""
        note(";\n".join(statements))
        note(draft)
        tried, left = tried + 1, left + bool(proof.empty or proof.faults)
        if not "".join(proof.faults).startswith(NOTHING):
            assert not proof.faults, "\n".join(proof.faults)
            assert {*proof.empty} <= {*LEFT_OUT.findall(draft)}

    fills()
    assert left <= MOST_LEFT_OUT * tried


def test_keys_that_would_make_each_other_are_refused_with_the_circle(database: str, tmp_path: Path):
    run_sql(
        database,
        "create table kings (id integer primary key)",
        "create table queens (id integer primary key references kings)",
        "alter table kings add foreign key (id) references queens",
    )
    before = snapshot(database)
    done = engine("init", "--dsn", database, "-o", str(tmp_path / "draft.yaml"), dsn=database)
    assert done.returncode == 4
    assert "kings_id_fkey (id) cannot be kept: its columns would be made from each other in a circle" in done.stderr
    assert differences(before, snapshot(database)) == []
