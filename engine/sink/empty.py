"""Whether tables hold rows, and emptying them: never more than was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.errors import Refused
from engine.sink.errors import message_of
from engine.sink.lockers import LockedError, Wish, who_holds
from engine.sqltext import load_queries, quote_table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_LOCK_TIMEOUT = "10s"


async def holding_rows(connection: Connection, tables: Sequence[TableId]) -> tuple[TableId, ...]:
    """Which of the tables hold a row that we can see, in the given order. Raises Refused where we may not look."""
    try:
        held = [table for table in tables if await _holds(connection, table)]
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(
            f"we cannot see whether the tables are empty: {message_of(error)}\n"
            "  hint: grant SELECT on them, and USAGE on their schemas"
        ) from error
    return tuple(held)


async def count(connection: Connection, table: TableId) -> int:
    """How many rows of a table we can see. Raises Refused where we may not look."""
    try:
        found: int = await connection.fetchval(f"select count(*) from {_name(table)}")  # noqa: S608
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(
            f"we cannot count the rows of {table}: {message_of(error)}\n  hint: grant SELECT on it"
        ) from error
    return found


async def _holds(connection: Connection, table: TableId) -> bool:
    found: bool = await connection.fetchval(f"select exists (select from {_name(table)})")  # noqa: S608
    return found


async def truncate(connection: Connection, tables: Sequence[TableId]) -> None:
    """Empty the tables in one statement, and no other: a table that points to one of them must be empty or among them.

    Identity columns and serials start again where we own the tables. Raises Refused naming every table in the way,
    LockedError where somebody uses them.
    """
    if not tables:
        return
    queries = load_queries("engine.sink", "queries.sql")
    everything: list[TableId] = []
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
            names = [t.schema for t in tables], [t.name for t in tables]
            others = await connection.fetch(queries["referencing"], *names)
            await _require_empty(connection, others)
            everything = [*tables, *(TableId(row["schema_name"], row["table_name"]) for row in others)]
            owned = [await connection.fetchval(queries["ownership"], _name(table)) for table in everything]
            restart = "restart" if all(owned) else "continue"
            await connection.execute(f"truncate {', '.join(map(_name, everything))} {restart} identity restrict")
    except asyncpg.InsufficientPrivilegeError as error:
        hint = "hint: grant TRUNCATE on them, or empty them yourself"
        raise Refused(f"we have no right to empty the tables: {message_of(error)}\n  {hint}") from error
    except asyncpg.LockNotAvailableError as error:
        who = await who_holds(connection, Wish.CHANGE, _LOCK_TIMEOUT, everything or tables)
        raise LockedError(f"the tables are in use and could not be emptied: {who}") from error


async def _require_empty(connection: Connection, others: Sequence[asyncpg.Record]) -> None:
    """Lock the tables that were not asked for, so that they stay empty; refuse where one is not."""
    in_the_way = []
    for row in others:
        table = TableId(row["schema_name"], row["table_name"])
        await connection.execute(f"lock table {_name(table)} in access exclusive mode")
        if await _holds(connection, table):
            reason = f"points to {row['through']} by {row['why']}" if row["why"] else f"inherits from {row['through']}"
            in_the_way.append(f"  {table} {reason} and holds rows")
    if in_the_way:
        hint = "  hint: add them to the spec, or empty them yourself"
        raise Refused(
            "\n".join(["emptying the tables would take rows that the spec does not fill:", *in_the_way, hint])
        )


def _name(table: TableId) -> str:
    return quote_table(table.schema, table.name)
