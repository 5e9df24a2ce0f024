"""Rows that point to the row before them, held against PostgreSQL's own window functions."""

from __future__ import annotations

from pathlib import Path

from tests.runs import request, run_here
from tests.servers import ask, run_sql
from tests.unit.test_previous import SPEC

TABLES = (
    "create table meters (id bigint primary key)",
    """create table readings (
        id bigint primary key, meter_id bigint not null references meters, amount int, before int,
        before_id bigint references readings, grown int)""",
)
WRONG = """
    select count(*) from (
        select before_id, before, row_number() over siblings = 1 as leads,
            lag(id) over siblings as id_before, lag(amount) over siblings as amount_before
        from readings window siblings as (partition by meter_id order by id)) as told
    where before_id is distinct from id_before
        or before is distinct from case when leads then -1 else amount_before end
"""


def test_a_foreign_key_leads_to_the_row_before(database: str, tmp_path: Path):
    run_sql(database, *TABLES)
    spec = tmp_path / "meters.yaml"
    spec.write_text(SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, "select count(*) from readings where before_id is not null") > 400
    assert ask(database, "select convalidated from pg_constraint where conname = 'readings_before_id_fkey'")
    assert ask(database, WRONG) == 0
