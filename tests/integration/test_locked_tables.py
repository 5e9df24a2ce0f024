"""Tables that another session holds are named, with who holds them; nobody waits for ever, nothing is left behind."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from engine.report import Report, Silence
from engine.run import Request, resume, run
from engine.sink import postgres
from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = """
scenario: store
seed: 7
window: {start: 2025-01-01, end: 2026-01-01}
entities:
  shops:
    table: shops
    count: 5
    columns: {id: {sequence: 1}}
  goods:
    table: goods
    count: 1_000
    columns: {id: {sequence: 1}, shop_id: {reference: shops}}
"""


@contextmanager
def locked(dsn: str, statement: str) -> Iterator[int]:
    """Another session, called till, has a transaction open; its number. In a thread: a loop may run in this one."""
    with ThreadPoolExecutor(1) as pool:
        loop = asyncio.new_event_loop()

        def do(work: Coroutine[Any, Any, Any]) -> Any:
            return pool.submit(loop.run_until_complete, work).result()

        connection = do(asyncpg.connect(dsn, server_settings={"application_name": "till"}))
        do(connection.execute(f"begin; {statement}"))
        yield connection.get_server_pid()
        do(connection.close())
        loop.close()


class Late(Silence):
    """Somebody takes a lock after the tables were looked at, when a phase of the run begins."""

    def __init__(self, held: ExitStack, dsn: str, phase: str, statement: str) -> None:
        self._lock = lambda: held.enter_context(locked(dsn, statement))
        self._phase = phase

    def phase(self, name: str) -> None:
        if name == self._phase:
            self._lock()


@pytest.fixture
def store(database: str) -> str:
    """Two tables with a foreign key."""
    run_sql(
        database,
        "create table shops (id int primary key)",
        "create table goods (id int primary key, shop_id int not null references shops, check (id > 0))",
    )
    return database


@pytest.fixture
def spec(tmp_path: Path) -> str:
    """The spec in a file."""
    (tmp_path / "store.yaml").write_text(SPEC)
    return str(tmp_path / "store.yaml")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.run.reach.PATIENCE_S", 0.2)


@pytest.mark.parametrize("command", ["validate", "plan", "run"])
def test_what_may_not_be_looked_at_is_named_with_who_holds_it(store: str, spec: str, command: str):
    with locked(store, "lock table goods in access exclusive mode") as session:
        said = engine(command, spec, "--dsn", store, dsn=store)
    assert said.returncode not in (0, 2), said.stderr
    assert f"another session has locked public.goods (session {session}, till, user postgres)" in said.stderr
    assert "did not let go within 0.2s" in said.stderr
    assert f"select pg_terminate_backend({session})" in said.stderr
    assert ask(store, "select to_regclass('engine.runs')") is None


def late(dsn: str, phase: str, statement: str) -> tuple[Report, str]:
    """The report of a run that somebody comes in the way of, and all that it says."""
    with ExitStack() as held:
        report = asyncio.run(run(Request(SPEC, "store.yaml"), dsn=dsn, observer=Late(held, dsn, phase, statement)))
    assert report.status == "failed"
    return report, "\n".join((*report.diagnostics, *report.notes))


CONSTRAINTS = """
    select string_agg(pg_get_constraintdef(oid), ',' order by conname) from pg_constraint
    where connamespace = 'public'::regnamespace
"""


def test_a_table_that_is_read_when_its_constraints_should_go_ends_the_run_with_nothing_changed(store: str):
    before = ask(store, CONSTRAINTS)
    report, told = late(store, "suspend", "select from goods")
    assert "could not be suspended, nothing was changed: another session has locked public.goods (session " in told
    assert "cleaning up failed" not in told
    assert (ask(store, CONSTRAINTS), ask(store, "select count(*) from engine.suspended")) == (before, 0)
    assert f"`engine resume {report.run_id}` goes on when the lock is gone" in told
    assert asyncio.run(resume(UUID(report.run_id), dsn=store)).status == "succeeded"
    assert ask(store, "select count(*) from goods") == 1_000


def test_a_table_that_is_locked_during_the_load_leaves_no_rows_or_a_run_that_can_be_resumed(
    store: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("engine.sink.empty._LOCK_TIMEOUT", "200ms")
    monkeypatch.setattr(
        sys.modules["engine.sink.constraints.restore"], "_SETTINGS", ("set local lock_timeout = '200ms'",)
    )
    monkeypatch.setitem(postgres._SETTINGS, "lock_timeout", "300ms")
    before = ask(store, CONSTRAINTS)
    report, told = late(store, "load", "lock table goods in share mode")
    assert "partition 0 of goods: another session has locked public.goods (session " in told
    assert "the rows so far stay: the tables are in use and could not be emptied" in told
    assert asyncio.run(resume(UUID(report.run_id), dsn=store)).status == "succeeded"
    assert (ask(store, "select count(*) from goods"), ask(store, CONSTRAINTS)) == (1_000, before)
