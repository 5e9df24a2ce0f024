"""Procrastinate's job queue, from its own schema file: enums, a composite type, partial uniques, triggers."""

from __future__ import annotations

from pathlib import Path

import procrastinate

from tests.schemas.psql import run_script

SQL = Path(procrastinate.__file__).parent / "sql" / "schema.sql"


def build(dsn: str) -> None:
    """Make the queue, as `procrastinate schema --apply` does."""
    run_script(dsn, SQL)
