"""The ledger in PostgreSQL, in a file and in memory answer alike; in PostgreSQL a line commits with its rows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest

from engine.batch import Partition, TableId
from engine.catalog.held import Appended, Held
from engine.embedded import Throwaway
from engine.errors import LedgerError
from engine.ledger import MEMORY, FileLedger, Ledger, RunLedger, RunRecord, fingerprint, new_run_id
from engine.ledger.file import TABLES
from engine.ledger.postgres import finish_partition, restored, suspend
from engine.sqltext import load_queries
from migrations import upgrade
from tests.servers import ask, fresh_database

T = TypeVar("T")

KEY = {"schema": "shop", "table": "orders", "kind": "foreign key", "name": "orders_customer_id_fkey"}
INDEX = {"schema": "shop", "table": "orders", "kind": "index", "name": "orders_placed_at_idx"}


def record(scenario: str = "black_friday") -> RunRecord:
    return RunRecord(
        id=new_run_id(),
        scenario=scenario,
        seed=-(2**63),
        spec="scenario: black_friday\n# ünïcode 'quoted'\n",
        file="specs/black_friday.yaml",
        parameters={"orders": "{{ customers * 5 }}", "ß": "é"},
        clock=datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone.utc),
        target="postgresql://me@localhost/shop",
        fingerprint=fingerprint("scenario: black_friday"),
        workers=None,
        rows_expected=10_000_000_000,
    )


class Book:
    """A ledger of any kind, and how things get into it."""

    def __init__(self, ledger: RunLedger, connection: Any = None) -> None:
        self.ledger = ledger
        self.connection = connection

    async def finish_partition(self, run: UUID, partition: Partition, rows: Mapping[str, int]) -> None:
        if isinstance(self.ledger, FileLedger):
            self.ledger.claim(run, partition, rows)
            self.ledger.confirm(run, partition.entity, partition.number)
        else:
            await finish_partition(self.connection, run, partition, rows)

    async def suspend(self, run: UUID, suspensions: Sequence[Mapping[str, Any]]) -> None:
        if isinstance(self.ledger, FileLedger):
            await self.ledger.suspend(run, suspensions)
        else:
            await suspend(self.connection, run, suspensions)

    async def restored(self, one: Mapping[str, Any]) -> None:
        if isinstance(self.ledger, FileLedger):
            await self.ledger.restored(one)
            await self.ledger.settle()
        else:
            await restored(self.connection, one)


Story = Callable[[Book], Awaitable[T]]
Teller = Callable[[Story[T]], T]


@pytest.fixture(params=["pg18", "pg15", "file", "memory"])
def tell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Teller[Any]]:
    """Runs a story with each kind of ledger."""
    if request.param in ("file", "memory"):
        ledger = FileLedger(MEMORY if request.param == "memory" else tmp_path / "ledger")
        yield lambda story: asyncio.run(story(Book(ledger)))
        ledger.close()
        return
    server: Throwaway = request.getfixturevalue("server" if request.param == "pg18" else "older_server")
    with fresh_database(server) as dsn:
        upgrade(dsn, "engine")

        async def with_connection(story: Story[T]) -> T:
            async with connected(dsn) as connection:
                return await story(Book(Ledger(connection), connection))

        yield lambda story: asyncio.run(with_connection(story))


@asynccontextmanager
async def connected(dsn: str):
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def test_a_run_is_read_as_it_was_written(tell: Teller[Any]) -> None:
    written = record()

    async def story(book: Book) -> tuple[RunRecord, str]:
        await book.ledger.create(written)
        return await book.ledger.run(written.id)

    assert tell(story) == (written, "running")


def test_a_run_ends_goes_on_and_ends_again(tell: Teller[Any]) -> None:
    one = record()

    async def story(book: Book) -> list[tuple[str, bool, str | None, int]]:
        seen = []
        await book.ledger.create(one)

        async def look() -> None:
            (line,) = await book.ledger.runs(10)
            seen.append((line.status, line.finished_at is None, line.error, line.rows))

        await look()
        await book.ledger.finish(one.id, "interrupted", error="stopped", report=None)
        await look()
        await book.ledger.reopen(one.id)
        await look()
        await book.ledger.finish(one.id, "succeeded", error=None, report={"rows": 7})
        await look()
        return seen

    assert tell(story) == [
        ("running", True, None, 0),
        ("interrupted", False, "stopped", 0),
        ("running", True, None, 0),
        ("succeeded", False, None, 7),
    ]


def test_how_a_run_ended_is_kept_with_its_report(tell: Teller[Any]) -> None:
    one = record()

    async def story(book: Book) -> list[tuple[str | None, object]]:
        await book.ledger.create(one)
        before = await book.ledger.ending(one.id)
        await book.ledger.finish(one.id, "failed", error="no room", report={"seconds": 1.5, "expectations": []})
        after = await book.ledger.ending(one.id)
        assert before.created_at == after.created_at
        with pytest.raises(LedgerError, match="engine runs"):
            await book.ledger.ending(UUID(int=1))
        return [(before.error, before.report), (after.error, after.report)]

    assert tell(story) == [(None, {}), ("no room", {"seconds": 1.5, "expectations": []})]


def test_the_newest_runs_come_first_and_only_as_many_as_asked(tell: Teller[Any]) -> None:
    async def story(book: Book) -> list[str]:
        for number in range(4):
            await book.ledger.create(record(f"run {number}"))
        return [line.scenario for line in await book.ledger.runs(3)]

    assert tell(story) == ["run 3", "run 2", "run 1"]


def test_a_status_that_is_no_status_is_refused(tell: Teller[Any]) -> None:
    one = record()

    async def story(book: Book) -> str:
        await book.ledger.create(one)
        with pytest.raises((LedgerError, asyncpg.CheckViolationError)):
            await book.ledger.finish(one.id, "done", error=None, report=None)
        return (await book.ledger.run(one.id))[1]

    assert tell(story) == "running"


def test_a_run_that_nobody_knows_is_told_with_a_hint(tell: Teller[Any]) -> None:
    async def story(book: Book) -> None:
        await book.ledger.run(UUID(int=1))

    with pytest.raises(LedgerError, match=r"(?s)00000001.*engine runs"):
        tell(story)


def test_done_partitions_belong_to_their_run_and_can_be_forgotten(tell: Teller[Any]) -> None:
    mine, other = record(), record()

    async def story(book: Book) -> tuple[Any, ...]:
        await book.ledger.create(mine)
        await book.ledger.create(other)
        for number in (2, 0):
            await book.finish_partition(mine.id, Partition("orders", number, 0, 9), {"orders": 9, "items": number})
        await book.finish_partition(other.id, Partition("orders", 0, 0, 5), {"orders": 5})
        done = await book.ledger.partitions(mine.id)
        await book.ledger.forget_partitions(mine.id)
        return done, await book.ledger.partitions(mine.id), await book.ledger.partitions(other.id)

    done, forgotten, others = tell(story)
    assert [(one.entity, one.number, one.rows) for one in done] == [
        ("orders", 0, {"orders": 9, "items": 0}),
        ("orders", 2, {"orders": 9, "items": 2}),
    ]
    assert forgotten == ()
    assert [one.rows for one in others] == [{"orders": 5}]


def test_what_is_suspended_is_listed_until_it_is_restored(tell: Teller[Any]) -> None:
    one = record()

    async def story(book: Book) -> tuple[Any, ...]:
        await book.ledger.create(one)
        await book.suspend(one.id, [INDEX, KEY])
        await book.suspend(one.id, [{**KEY, "definition": "a later, wrong one"}])
        before = await book.ledger.suspended()
        await book.restored(KEY)
        return before, await book.ledger.suspended()

    assert tell(story) == (((one.id, KEY), (one.id, INDEX)), ((one.id, INDEX),))


def test_a_partitions_line_is_lost_with_its_rows(shop_database: str) -> None:
    one = record()

    async def story() -> tuple[Any, ...]:
        async with connected(shop_database) as connection, connected(shop_database) as other:
            await Ledger(connection).create(one)
            transaction = connection.transaction()
            await transaction.start()
            await finish_partition(connection, one.id, Partition("orders", 0, 0, 9), {"orders": 9})
            unseen = await Ledger(other).partitions(one.id)
            await transaction.rollback()
            return unseen, await Ledger(connection).partitions(one.id)

    assert asyncio.run(story()) == ((), ())


def test_the_same_partition_cannot_commit_twice(shop_database: str) -> None:
    one = record()

    async def story() -> None:
        async with connected(shop_database) as connection:
            await Ledger(connection).create(one)
            for _ in range(2):
                await finish_partition(connection, one.id, Partition("orders", 0, 0, 9), {"orders": 9})

    with pytest.raises(asyncpg.UniqueViolationError):
        asyncio.run(story())


def test_a_ledger_that_was_never_made_is_not_ready(database: str) -> None:
    async def story() -> bool:
        async with connected(database) as connection:
            return await Ledger(connection).ready()

    assert not asyncio.run(story())
    assert ask(database, "select to_regnamespace('engine')") is None


def test_a_claimed_partition_is_in_doubt_until_it_is_confirmed(tmp_path: Path) -> None:
    one, partition = record(), Partition("orders", 3, 0, 9)

    async def before_the_crash() -> None:
        ledger = FileLedger(tmp_path / "ledger")
        await ledger.create(one)
        ledger.claim(one.id, partition, {"orders": 9})
        ledger.close()

    async def after_it() -> tuple[Any, ...]:
        ledger = FileLedger(tmp_path / "ledger")
        try:
            seen = await ledger.partitions(one.id), await ledger.doubtful(one.id)
            ledger.claim(one.id, partition, {"orders": 8})
            ledger.confirm(one.id, "orders", 3)
            with pytest.raises(LedgerError, match="never claimed"):
                ledger.confirm(one.id, "orders", 4)
            return *seen, await ledger.partitions(one.id), await ledger.doubtful(one.id)
        finally:
            ledger.close()

    asyncio.run(before_the_crash())
    done, doubtful, done_then, doubtful_then = asyncio.run(after_it())
    assert (done, doubtful_then) == ((), ())
    assert [found.rows for found in doubtful] == [{"orders": 9}]
    assert [found.rows for found in done_then] == [{"orders": 8}]


def test_a_restore_that_may_not_be_committed_stays_listed(tmp_path: Path) -> None:
    one = record()

    async def story() -> tuple[Any, ...]:
        ledger = FileLedger(tmp_path / "ledger")
        await ledger.create(one)
        await ledger.suspend(one.id, [KEY])
        await ledger.restored(KEY)
        ledger.close()
        again = FileLedger(tmp_path / "ledger")
        seen = await again.suspended()
        await again.settle()
        settled = await again.suspended()
        again.close()
        return seen, settled

    assert asyncio.run(story()) == (((one.id, KEY),), ())


def test_a_file_that_is_no_ledger_is_refused_unharmed(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and precious\n" * 100)
    with pytest.raises(LedgerError, match=r"notes\.txt cannot be used as a ledger"):
        FileLedger(path)
    assert path.read_text().startswith("not a database")


def test_a_later_run_that_does_not_append_found_its_tables_empty(tell: Teller[Any]) -> None:
    orders, items = TableId("shop", "orders"), TableId("shop", "order items")
    first, appended, fresh = (replace(record(), id=new_run_id(), filled=(orders, items)) for _ in range(3))
    appended = replace(appended, appended=Appended("d1", {"orders": Held(7, 8, {"id": ("1", "9")}, (3, 4))}))

    async def story(book: Book) -> tuple[object, ...]:
        for run in (first, appended, fresh):
            await book.ledger.create(run)
        read = (await book.ledger.run(appended.id))[0]
        return read, await book.ledger.later(first.id), await book.ledger.later(fresh.id)

    assert tell(story) == (appended, ((fresh.id, (orders, items)),), ())


def test_the_same_append_is_found_again_until_it_is_cleaned(tell: Teller[Any]) -> None:
    one = replace(record(), appended=Appended("d1"))

    async def story(book: Book) -> list[object]:
        async def alike(run: RunRecord) -> object:
            return await book.ledger.alike(run.spec, run.seed, run.parameters)

        seen: list[object] = [await alike(one)]
        await book.ledger.create(one)
        await book.ledger.finish(one.id, "succeeded", error=None, report=None)
        await book.finish_partition(one.id, Partition("orders", 0, 0, 10), {"orders": 10})
        seen.append(await alike(replace(one, id=new_run_id())))
        seen.append(await alike(replace(one, seed=one.seed + 1)))
        seen.append(await alike(replace(one, parameters={"orders": "7"})))
        await book.ledger.clean(one.id)
        seen.append(await alike(one))
        (line,) = await book.ledger.runs(10)
        found, _ = await book.ledger.run(one.id)
        seen += [line.status, line.cleaned_at is not None, found.cleaned_at == line.cleaned_at]
        seen.append(await book.ledger.partitions(one.id))
        return seen

    assert tell(story) == [None, (one.id, "succeeded"), None, None, None, "succeeded", True, True, ()]


def test_a_file_of_the_first_format_is_read_on(tmp_path: Path) -> None:
    path, old = tmp_path / "ledger", record()
    with closing(sqlite3.connect(path)) as file:
        queries = load_queries("engine.ledger", "file.sql")
        for name in TABLES:
            file.execute(queries[name])
        file.execute("pragma user_version = 1")
        file.execute(
            "insert into runs (id, scenario, seed, status, spec, file, parameters, clock, target, fingerprint,"
            " rows_expected, created_at) values (?, 's', 1, 'succeeded', '', '', '{}', ?, '', '{}', 0, ?)",
            (str(old.id), old.clock.isoformat(), old.clock.isoformat()),
        )
        file.commit()
    for _ in range(2):
        with closing(FileLedger(path)) as ledger:
            found, status = asyncio.run(ledger.run(old.id))
            assert (found.scenario, found.filled, found.appended, found.cleaned_at) == ("s", (), None, None)
            assert status == "succeeded"
