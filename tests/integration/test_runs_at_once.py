"""Two hands on the same tables: one works, the other is told so, and nobody's rows are touched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from engine.errors import LedgerError, Refused
from engine.ledger import claims
from engine.report import Report, Silence
from engine.run import Rows, resume, run
from engine.run.repair import repair
from tests.runs import hashes, request, run_here
from tests.servers import ask, run_sql

QUICKSTART = Path("specs/quickstart.yaml")


@dataclass
class Watch(Silence):
    """Notes a run's number and when its first rows are committed; can stop it there."""

    stop: threading.Event = field(default_factory=threading.Event)
    stopping: bool = False
    run_id: str = ""
    loading: asyncio.Event = field(default_factory=asyncio.Event)

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:  # noqa: ARG002
        self.run_id = run_id

    def loaded(self, entity: str, rows: int) -> None:  # noqa: ARG002
        self.loading.set()
        if self.stopping:
            self.stop.set()


def meanwhile(dsn: str, other: Callable[[UUID], Awaitable[object]]) -> Report:
    """A run, and something else that begins when the run's first rows are committed and must be refused."""

    async def both() -> Report:
        watch = Watch()
        first = asyncio.create_task(run(request(), dsn=dsn, observer=watch))
        await watch.loading.wait()
        with pytest.raises(Refused, match="at work"):
            await other(UUID(watch.run_id))
        assert not first.done()
        return await first

    return asyncio.run(both())


def interrupted(dsn: str) -> Report:
    """A run that was stopped after its first partitions."""
    watch = Watch(stopping=True)
    report = asyncio.run(run(request(workers=1), dsn=dsn, observer=watch, stop=watch.stop))
    assert report.status == "interrupted"
    return report


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "WAIT_S", 0.0)


@pytest.mark.parametrize("rows", [Rows.REFUSE, Rows.EMPTY])
def test_a_second_run_on_the_same_tables_is_refused_and_the_first_goes_on(shop_database: str, rows: Rows):
    report = meanwhile(shop_database, lambda _: run(request(QUICKSTART, {}, rows=rows), dsn=shop_database))
    assert report.status == "succeeded"
    assert ask(shop_database, "select count(*) from shop.orders") == report.entities["orders"].rows


def test_a_run_at_work_is_not_resumed(shop_database: str):
    report = meanwhile(shop_database, lambda run_id: resume(run_id, dsn=shop_database))
    assert report.status == "succeeded"


def test_the_constraints_of_a_run_at_work_are_not_repaired(shop_database: str):
    assert meanwhile(shop_database, lambda _: repair(shop_database)).status == "succeeded"
    assert asyncio.run(repair(shop_database)) == ()


def test_a_stopped_run_is_not_resumed_into_the_rows_of_another(shop_database: str):
    first = interrupted(shop_database)
    assert run_here(shop_database, request(seed=9, rows=Rows.EMPTY)).status == "succeeded"
    before = hashes(shop_database)
    with pytest.raises(Refused, match="not its rows alone"):
        asyncio.run(resume(UUID(first.run_id), dsn=shop_database))
    assert hashes(shop_database) == before


def test_a_stopped_run_whose_rows_are_gone_is_not_resumed_to_less_than_it_should_be(shop_database: str):
    first = interrupted(shop_database)
    full = next(e.table for e in first.entities.values() if e.rows)
    run_sql(shop_database, f"truncate {full} cascade")
    with pytest.raises(Refused, match=f"{full} holds 0 rows"):
        asyncio.run(resume(UUID(first.run_id), dsn=shop_database))


def test_what_has_succeeded_or_is_not_known_is_not_resumed(shop_database: str):
    done = run_here(shop_database, request(QUICKSTART, {}))
    for run_id, said in ((done.run_id, "has succeeded"), (str(UUID(int=7)), "knows no run")):
        with pytest.raises(LedgerError, match=said):
            asyncio.run(resume(UUID(run_id), dsn=shop_database))


def test_runs_on_different_tables_do_not_wait_for_each_other(shop_database: str, tmp_path: Path):
    column = "id int primary key"
    run_sql(shop_database, f"create table one ({column})", f"create table two ({column})")
    for name in ("one", "two"):
        spec = f"scenario: {name}\nwindow: {{start: 2025-01-01, end: 2025-02-01}}\nentities:\n  {name}:\n"
        spec += f"    table: {name}\n    count: 200_000\n    columns: {{id: {{sequence: 1}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(spec)

    async def both() -> list[Report]:
        return await asyncio.gather(
            *(run(request(tmp_path / f"{n}.yaml", {}), dsn=shop_database) for n in ("one", "two"))
        )

    assert [report.rows for report in asyncio.run(both())] == [200_000, 200_000]
