"""The queue in PostgreSQL: what was asked for, by whom it is being run, and how it ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg

import migrations
from api.problems import Problem
from engine.ledger import Ledger
from engine.report import Status
from engine.run.database import connected, resolve
from engine.sqltext import load_queries

Row: TypeAlias = Mapping[str, Any]
Log: TypeAlias = Sequence[Mapping[str, str]]
"""Lines with the moment `at` and the `text`."""
LEASE = timedelta(seconds=15)
"""How long somebody who runs something may be silent before another takes it over."""
AGAIN = timedelta(seconds=2)
"""How long what could not begin yet waits."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run as it was asked for."""

    id: UUID
    spec: str
    parameters: Mapping[str, str]
    seed: int | None
    clock: datetime
    target: str
    fresh: bool
    scenario: str = ""
    traceparent: str | None = None  # of the request that asked for it
    log: tuple[Mapping[str, str], ...] = ()  # what was told of it before
    taken_over: bool = False  # from somebody who no longer says that he lives


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    status: str
    error: str | None
    report: Row | None


class Store:
    """The queue, over a pool of connections; every call is one statement."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self._sql = load_queries("api", "queries.sql")
        self._owner = uuid4()  # whose the leases are

    async def add(self, order: Order, caller: str, key: str | None, digest: str) -> UUID:
        """Queue an order, or find the one with this key. Raises Problem (409) where that was another order."""
        values = (order.spec, json.dumps(dict(order.parameters)), order.seed, order.clock, order.target, order.fresh)
        added: UUID | None = await self._pool.fetchval(
            self._sql["add"], order.id, *values, caller, key, digest, order.traceparent, order.scenario
        )
        if added is not None:
            return added
        found = None if key is None else await self.known(caller, key, digest)
        assert found is not None  # nothing but a key that is there already keeps an order out
        return found

    async def known(self, caller: str, key: str, digest: str) -> UUID | None:
        """What a caller ordered with this key before. Raises Problem (409) where that was something else."""
        row = await self._pool.fetchrow(self._sql["by_key"], caller, key)
        if row is None:
            return None
        if row["digest"] != digest:
            detail = "this Idempotency-Key came with another request before"
            raise Problem(HTTPStatus.CONFLICT, "key-used-again", detail)
        found: UUID = row["id"]
        return found

    async def migrated(self) -> bool:
        """Whether the newest migration is applied."""
        found: bool = await self._pool.fetchval(self._sql["migrated"], migrations.HEADS["engine"])
        return found

    async def waiting(self) -> int:
        """How many orders wait."""
        found: int = await self._pool.fetchval(self._sql["waiting"])
        return found

    async def claim(self) -> Order | None:
        """The next order, which nobody else gets while we say that we live; None where there is none."""
        row = await self._pool.fetchrow(self._sql["claim"], LEASE, self._owner)
        if row is None:
            return None
        written = {"parameters": json.loads(row["parameters"]), "log": tuple(json.loads(row["log"]))}
        return Order(**{**dict(row), **written})

    async def beat(self, order: UUID, progress: Row, log: Log) -> bool | None:
        """Say that we live and how far we are; whether it is to be stopped, None where it is no longer ours."""
        values = (order, json.dumps(progress), LEASE, self._owner, json.dumps(list(log)))
        stopping: bool | None = await self._pool.fetchval(self._sql["beat"], *values)
        return stopping

    async def let_go(self, order: UUID) -> None:
        """Let somebody else go on with it."""
        await self._pool.execute(self._sql["let_go"], order, self._owner)

    async def put_back(self, order: UUID) -> None:
        """Let it wait a little: somebody else is at work where it would be."""
        await self._pool.execute(self._sql["put_back"], order, AGAIN, self._owner)

    async def finish(self, order: UUID, ended: Ended, progress: Row, log: Log) -> None:
        """Write down how it ended."""
        told = None if ended.report is None else json.dumps(ended.report)
        values = (order, ended.status, ended.error, told, json.dumps(progress), self._owner, json.dumps(list(log)))
        await self._pool.execute(self._sql["finish"], *values)

    async def counts(self) -> dict[str, int]:
        """How many orders there are of each status."""
        found = {row["status"]: row["runs"] for row in await self._pool.fetch(self._sql["counts"])}
        return {str(status): found.get(status, 0) for status in Status}

    async def stop(self, order: UUID) -> None:
        """Ask whoever runs it to stop; what waits is cancelled at once."""
        await self._pool.execute(self._sql["stop"], order)

    async def again(self, order: UUID) -> bool:
        """Queue what was stopped or failed once more; whether it was."""
        return str(await self._pool.execute(self._sql["again"], order)) == "UPDATE 1"

    async def one(self, order: UUID) -> Row:
        """One order. Raises Problem (404)."""
        row = await self._pool.fetchrow(self._sql["one"], order)
        if row is None:
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-run", "there is no run of this id")
        return dict(row)

    async def some(self, status: str | None, before: int | None, limit: int) -> list[Row]:
        """Orders, newest first."""
        return [dict(row) for row in await self._pool.fetch(self._sql["some"], status, before, limit)]


@asynccontextmanager
async def opened(dsn: str | None) -> AsyncIterator[Store]:
    """The store in a database, the engine's own by default, made where it is not there yet."""
    address = await resolve(dsn)
    async with connected(address) as connection:
        there = await Ledger(connection).ready(migrations.HEADS["engine"])
    if not there:
        await asyncio.to_thread(migrations.upgrade, address, "engine")
    async with asyncpg.create_pool(address, min_size=1, max_size=8) as pool:
        yield Store(pool)
