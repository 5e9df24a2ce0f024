"""The queue in PostgreSQL: what was asked for, by whom it is being run, and how it ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
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
from engine.run.database import connected, resolve
from engine.sqltext import load_queries

Row: TypeAlias = Mapping[str, Any]
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


class Store:
    """The queue, over a pool of connections; every call is one statement."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self._sql = load_queries("api", "queries.sql")
        self._owner = uuid4()  # whose the leases are

    async def add(self, order: Order, caller: str, key: str | None, digest: str) -> UUID:
        """Queue an order, or find the one with this key. Raises Problem (409) where that was another order."""
        values = (order.spec, json.dumps(dict(order.parameters)), order.seed, order.clock, order.target, order.fresh)
        added: UUID | None = await self._pool.fetchval(self._sql["add"], order.id, *values, caller, key, digest)
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
        parameters = json.loads(row["parameters"])
        return Order(row["id"], row["spec"], parameters, row["seed"], row["clock"], row["target"], row["fresh"])

    async def beat(self, order: UUID, progress: Mapping[str, Any]) -> bool | None:
        """Say that we live and how far we are; whether it is to be stopped, None where it is no longer ours."""
        values = (order, json.dumps(progress), LEASE, self._owner)
        stopping: bool | None = await self._pool.fetchval(self._sql["beat"], *values)
        return stopping

    async def let_go(self, order: UUID) -> None:
        """Let somebody else go on with it."""
        await self._pool.execute(self._sql["let_go"], order, self._owner)

    async def put_back(self, order: UUID) -> None:
        """Let it wait a little: somebody else is at work where it would be."""
        await self._pool.execute(self._sql["put_back"], order, AGAIN, self._owner)

    async def finish(self, order: UUID, status: str, error: str | None, report: Row | None, progress: Row) -> None:
        """Write down how it ended."""
        told = None if report is None else json.dumps(report)
        await self._pool.execute(self._sql["finish"], order, status, error, told, json.dumps(progress), self._owner)

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
