"""Checks put to PostgreSQL, one by one, each in a session of its own that can only read."""

from __future__ import annotations

import time
from collections.abc import Iterable

import asyncpg

from engine.check.model import Between, Check, Empty, Equals, FallsIn, Outcome, Told
from engine.dsn import Connection
from engine.spec.expect import spelled
from engine.sqltext import load_queries, quote_table

TIMEOUT_S = 120.0
"""How long PostgreSQL may think about one check."""
TOTAL_S = 600.0
"""And about all checks of a run."""
_LONGEST = 200
_SETTINGS = {
    "default_transaction_read_only": "on",
    "search_path": "pg_catalog, pg_temp",  # no function, operator or type of anybody else's
    "standard_conforming_strings": "on",
    "lock_timeout": "30s",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
}
_WITHOUT_EQUALITY = {
    "json": "cast it: (…)::jsonb",
    "record": "select one column, or cast it to text",
    "xml": "cast it to text",
}
_NUMBERS = ("int2", "int4", "int8", "numeric", "float4", "float8")
_REFUSED = "PostgreSQL refuses: "
_QUERIES = load_queries("engine.check", "ask.sql")


async def prepare(connection: Connection, timezone: str, timeout_s: float = TIMEOUT_S) -> None:
    """Set a connection up for one check: reading only, without a superuser's rights, moments shown in `timezone`."""
    await restrain(connection, timezone, timeout_s, for_now=False)


async def restrain(connection: Connection, timezone: str, timeout_s: float, *, for_now: bool = True) -> None:
    """The same for the transaction under way alone, where it is `for_now`."""
    await connection.execute(_QUERIES["limit_disk"], for_now)
    settings = _SETTINGS | {"timezone": timezone, "statement_timeout": f"{int(timeout_s * 1000)}ms"}
    for name, value in settings.items():
        await connection.execute("select pg_catalog.set_config($1, $2, $3)", name, value, for_now)
    await connection.execute(_QUERIES["step_down"], for_now)


async def ask(connection: Connection, check: Check) -> Outcome:
    """Put one check. What PostgreSQL refuses is an outcome too; raises only where the connection is lost."""
    began = time.monotonic()
    told: Told = False, None
    trouble = None
    try:
        told = await _undone(connection, check)
    except asyncpg.QueryCanceledError:
        trouble = "PostgreSQL took too long and was stopped"
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        trouble = f"{_REFUSED}{error}"
    except ValueError as error:
        trouble = str(error)
    return Outcome(check.name, told[0], str(check.verdict), told[1], trouble, time.monotonic() - began)


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
        if not connection.is_closed():
            await transaction.rollback()


async def _answer(connection: Connection, check: Check) -> Told:
    if isinstance(check.verdict, Empty):
        return await _is_empty(connection, check.query)
    statement = await connection.prepare(check.query)
    columns = statement.get_attributes()
    if len(columns) != 1:
        raise ValueError(f"it returns {len(columns)} columns, and one value is wanted")
    type_ = columns[0].type
    if isinstance(check.verdict, FallsIn):
        return await _falls_in(connection, check.query, check.verdict)
    element = type_.name.removesuffix("[]")
    own = quote_table(type_.schema, element) + ("[]" if element != type_.name else "")
    test, bounds = _comparison(check.verdict, own, type_.name)
    shown = "trim_scale(v)" if type_.name == "numeric" else "v"
    return await _one(connection, check.query, shown, test, bounds)


async def _is_empty(connection: Connection, query: str) -> Told:
    row = await connection.fetchrow(
        f"select left((_found.*)::text, {_LONGEST + 1}) from ({query}) as _found limit 1"  # noqa: S608
    )
    return row is None, "no row" if row is None else f"rows, such as {_short(row[0] or '()')}"


def _comparison(verdict: Equals | Between, own: str, name: str) -> tuple[str, tuple[str | None, ...]]:
    """PostgreSQL compares, by its own rules: numbers as numeric, everything else as the type of the value."""
    bounds = (verdict.low, verdict.high) if isinstance(verdict, Between) else (verdict.value,)
    if name in _WITHOUT_EQUALITY and bounds != (None,):
        raise ValueError(f"it returns {name}, which cannot be compared: {_WITHOUT_EQUALITY[name]}")
    for bound in bounds:
        if not isinstance(bound, str | bool | None) and name not in _NUMBERS:
            said = f"it returns {name}, and {spelled(bound)} is a number"
            raise ValueError(f"{said}: write it in quotes" if isinstance(verdict, Equals) else said)
    types = (own if isinstance(bound, str | bool | None) else "numeric" for bound in bounds)
    cast = [f"${number}::text::{type_}" for number, type_ in enumerate(types, 1)]
    # a real is the number that it is written as: 0.1, not 0.100000001490116
    value = "v::text::numeric" if name == "float4" and not isinstance(bounds[0], str | None) else "v"
    test = f"{value} between {' and '.join(cast)}" if len(cast) == 2 else f"{value} is not distinct from {cast[0]}"
    if bounds == (None,):
        test = "v is null and $1::text is null"
    return test, tuple(None if bound is None else spelled(bound) for bound in bounds)


async def _falls_in(connection: Connection, query: str, verdict: FallsIn) -> Told:
    inside = " or ".join(
        f"(v::timestamp >= ${n}::text::timestamp and v::timestamp < ${n + 1}::text::timestamp)"
        for n in range(1, 2 * len(verdict.spans) + 1, 2)
    )
    bounds = tuple(str(moment) for span in verdict.spans for moment in span)
    passed, actual = await _one(connection, f"select max(p) from ({query}) as _peak(p)", "v", inside, bounds)  # noqa: S608
    return passed, "no row has a moment" if actual == "null" else actual


async def _one(connection: Connection, query: str, shown: str, test: str, bounds: tuple[str | None, ...]) -> Told:
    rows = await connection.fetch(
        f"select left({shown}::text, {_LONGEST + 1}), coalesce({test}, false) from ({query}) as _asked(v) limit 2",  # noqa: S608
        *bounds,
    )
    if len(rows) != 1:
        raise ValueError("it returns no row, and one value is wanted" if not rows else "it returns more than one row")
    value, held = rows[0]
    return held, "null" if value is None else _short(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
