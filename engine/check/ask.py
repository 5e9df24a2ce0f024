"""Checks put to PostgreSQL, one by one, each in a transaction that can only read."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

import asyncpg

from engine.check.model import Between, Check, Empty, Equals, FallsIn, Outcome
from engine.dsn import Connection
from engine.spec.expect import spelled
from engine.sqltext import quote

TIMEOUT_S = 300
"""How long PostgreSQL may think about one check."""
_LONGEST = 200
_SETTINGS = {
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "lock_timeout": "30s",
    "search_path": "pg_catalog, pg_temp",  # no function, operator or type of anybody else's
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
}
Told: TypeAlias = tuple[bool, str | None]
"""Whether it is as it must be, and what it is."""


async def prepare(connection: Connection, timezone: str, timeout_s: float = TIMEOUT_S) -> None:
    """Set a connection up for checks: reading only, moments shown in `timezone`."""
    settings = _SETTINGS | {"timezone": timezone, "statement_timeout": f"{int(timeout_s * 1000)}ms"}
    for name, value in settings.items():
        await connection.execute("select pg_catalog.set_config($1, $2, false)", name, value)


async def ask(connection: Connection, check: Check) -> Outcome:
    """Put one check. What PostgreSQL refuses is an outcome too; raises only where the connection is lost."""
    began = time.monotonic()
    try:
        passed, actual = await _undone(connection, check)
        trouble = None
    except asyncpg.QueryCanceledError:
        passed, actual, trouble = False, None, "PostgreSQL took too long and was stopped"
    except (asyncpg.PostgresError, ValueError) as error:
        passed, actual, trouble = False, None, f"PostgreSQL refuses: {error}"
    return Outcome(check.name, passed, str(check.verdict), actual, trouble, time.monotonic() - began)


def unasked(checks: Iterable[Check], why: str) -> tuple[Outcome, ...]:
    """Outcomes of checks that were never put."""
    return tuple(Outcome(c.name, passed=False, expected=str(c.verdict), trouble=why) for c in checks)


async def _undone(connection: Connection, check: Check) -> Told:
    """Answered in a transaction that reads only and is rolled back all the same."""
    transaction = connection.transaction(readonly=True)
    await transaction.start()
    try:
        return await _answer(connection, check)
    finally:
        await transaction.rollback()


async def _answer(connection: Connection, check: Check) -> Told:
    if isinstance(check.verdict, Empty):
        return await _is_empty(connection, check.query)
    statement = await connection.prepare(check.query)
    columns = statement.get_attributes()
    if len(columns) != 1:
        raise ValueError(f"it returns {len(columns)} columns, and one value is wanted")
    if isinstance(check.verdict, FallsIn):
        return await _falls_in(connection, check.query, check.verdict)
    type_ = columns[0].type
    return await _compares(connection, check.query, f"{quote(type_.schema)}.{quote(type_.name)}", check.verdict)


async def _is_empty(connection: Connection, query: str) -> Told:
    row = await connection.fetchrow(f"select found::text from ({query}) as found limit 1")  # noqa: S608
    return row is None, "no row" if row is None else f"rows, such as {_short(row[0])}"


async def _compares(connection: Connection, query: str, own_type: str, verdict: Equals | Between) -> Told:
    """PostgreSQL compares, by its own rules: numbers as numeric, everything else as the type of the value."""
    bounds = (verdict.low, verdict.high) if isinstance(verdict, Between) else (verdict.value,)
    types = (own_type if isinstance(bound, str | bool | None) else "numeric" for bound in bounds)
    cast = [f"${number}::text::{type_}" for number, type_ in enumerate(types, 1)]
    test = f"v between {' and '.join(cast)}" if len(bounds) == 2 else f"v is not distinct from {cast[0]}"
    shown = "trim_scale(v)" if own_type.endswith('"numeric"') else "v"
    rows = await connection.fetch(
        f"select {shown}::text, coalesce({test}, false) from ({query}) as asked(v) limit 2",  # noqa: S608
        *(None if bound is None else spelled(bound) for bound in bounds),
    )
    if len(rows) != 1:
        raise ValueError("it returns no row, and one value is wanted" if not rows else "it returns more than one row")
    value, held = rows[0]
    return held, "null" if value is None else _short(value)


async def _falls_in(connection: Connection, query: str, verdict: FallsIn) -> Told:
    at: datetime | None = await connection.fetchval(query)
    if at is None:
        return False, "no row has a moment"
    return any(start <= at < end for start, end in verdict.spans), str(at)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
