"""Real PostgreSQL servers and databases for tests: which ones, and a fresh database quickly."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from engine.embedded import Binaries, Throwaway
from engine.embedded import binaries as programs

VERSIONS = ("pg18", "pg15")
"""The embedded wheel's server and Debian's: the fixtures' param ids."""

_numbers = itertools.count(1)


def binaries(version: str) -> Binaries:
    """The binaries of "pg18" or "pg15"; the test is skipped where they are missing, and fails under CI=true."""
    folder = programs.wheel() if version == "pg18" else next(programs.debian(15), None)
    if folder is not None and (folder / "postgres").exists():
        return programs.read(folder)
    reason = f"{version} is not installed on this machine"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _done(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; in a thread where a loop runs in this one, as a browser's does."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def run_sql(dsn: str, *statements: str) -> None:
    """Execute statements one by one, outside any transaction."""

    async def execute() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    _done(execute())


def ask(dsn: str, query: str) -> object:
    """The one value that a query gives."""

    async def fetch() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return _done(fetch())


@contextmanager
def fresh_database(server: Throwaway, template: str = "template0") -> Iterator[str]:
    """The DSN of a new database, a copy of `template`; it is dropped afterwards, whoever is still connected."""
    name = f"test_{next(_numbers)}"
    run_sql(server.dsn(), f'create database "{name}" template "{template}"')
    try:
        yield server.dsn(name)
    finally:
        run_sql(server.dsn(), f'drop database "{name}" with (force)')
