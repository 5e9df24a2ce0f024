"""Other processes and other connections in trouble: what the user is told, and what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from engine.report import Report, Silence
from engine.run import run
from engine.run.repair import repair
from tests.integration.test_runs_that_fail import CONSTRAINTS
from tests.runs import UNSEEN, request
from tests.servers import ask, run_sql

QUICKSTART = Path("specs/quickstart.yaml")
OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and query not like 'COPY%'
"""


def run_with(dsn: str, workers: int, spec: Path = QUICKSTART) -> Report:
    return asyncio.run(run(request(spec, {}, workers=workers), dsn=dsn))


def is_empty(dsn: str) -> bool:
    return ask(dsn, "select (select count(*) from shop.orders) + (select count(*) from shop.customers)") == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_a_refused_row_is_told_in_the_same_words_whoever_sent_it(shop_database: str, workers: int):
    no_vips = f"alter table shop.customers add constraint no_vips check (segment <> 'vip' or {UNSEEN})"
    run_sql(shop_database, no_vips)
    before = ask(shop_database, CONSTRAINTS)
    report = run_with(shop_database, workers)
    assert report.status == "failed"
    assert report.diagnostics[0].startswith("customers: shop.customers.segment refused a row: ")
    assert "row: customers " in report.diagnostics[0]
    assert "segment = vip" in report.diagnostics[0]
    assert is_empty(shop_database)
    assert ask(shop_database, CONSTRAINTS) == before


@pytest.mark.parametrize("workers", [1, 3])
def test_a_value_that_cannot_be_made_is_told_with_its_column(shop_database: str, tmp_path: Path, workers: int):
    text = QUICKSTART.read_text().replace("quantity * unit_price", "quantity * unit_price / (ordinal - ordinal)")
    (tmp_path / "wrong.yaml").write_text(text)
    before = ask(shop_database, CONSTRAINTS)
    report = run_with(shop_database, workers, tmp_path / "wrong.yaml")
    assert report.status == "failed"
    assert "order_items.line_total" in report.diagnostics[0]
    assert "division by zero" in report.diagnostics[0]
    assert is_empty(shop_database)
    assert ask(shop_database, CONSTRAINTS) == before


@dataclass
class CutDuring(Silence):
    """Ends every connection that does not load, when a phase begins."""

    dsn: str
    at: str
    cut: list[asyncio.Task[None]] = field(default_factory=list)

    def phase(self, name: str) -> None:
        if name == self.at:
            self.cut.append(asyncio.get_running_loop().create_task(self._cut()))

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        del run_id, rows

    async def _cut(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(OTHERS)
        finally:
            await connection.close()


@pytest.mark.parametrize("phase", ["suspend", "load", "rebuild", "analyze"])
def test_a_run_that_loses_its_own_connection_fails_with_a_sentence_and_can_be_repaired(shop_database: str, phase: str):
    before = ask(shop_database, CONSTRAINTS)

    async def cut() -> Report:
        watch = CutDuring(shop_database, phase)
        report = await run(request(overrides={"orders": "20000"}), dsn=shop_database, observer=watch)
        await asyncio.gather(*watch.cut)  # the run may have ended before it was cut
        return report

    report = asyncio.run(cut())
    assert report.status == "failed" or phase == "analyze"
    if report.status == "failed":
        assert "connection" in report.diagnostics[0], report.diagnostics
        assert "engine resume" in " ".join(report.notes)
    asyncio.run(repair(shop_database))
    assert ask(shop_database, CONSTRAINTS) == before
