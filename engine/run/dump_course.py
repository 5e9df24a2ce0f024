"""Running the statements of a dump one by one: what fails is told, and what comes after it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from engine.dsn import Connection
from engine.run.dump_rules import Treatment, in_known_language, treatment_of, without_others
from engine.run.dump_statements import Statement

Failures: TypeAlias = "dict[Statement, str]"

TOGETHER = 100
TOO_LONG = "canceling statement"
ROUNDS = 3
"""How often what failed is tried again: a dump by hand may name a table before it makes it."""


async def perform(connection: Connection, statements: Sequence[Statement], failures: Failures) -> None:
    """Run what makes the schema, then the statistics; into `failures` goes what could not be done, and why."""
    left = [s for s in statements if treatment_of(s) is Treatment.RUN]
    for _ in range(ROUNDS):
        await _run(connection, left, failures)
        again = [s for s, reason in failures.items() if not reason.startswith(TOO_LONG)]
        again = [s for s in again if treatment_of(s) is Treatment.RUN]
        if len(again) in (0, len(left)):
            break
        left = again
    await _restore(connection, [s for s in statements if treatment_of(s) is Treatment.STATISTICS], failures)


async def _run(connection: Connection, statements: Sequence[Statement], failures: Failures) -> None:
    """Many at once, which is quicker; where one of them fails, each on its own."""
    for start in range(0, len(statements), TOGETHER):
        some = statements[start : start + TOGETHER]
        if await _together(connection, [without_others(s.text) for s in some]):
            for statement in some:
                failures.pop(statement, None)
            continue
        for statement in some:
            if reason := await _attempt(connection, statement):
                failures[statement] = reason
            else:
                failures.pop(statement, None)


async def _together(connection: Connection, texts: Sequence[str]) -> bool:
    """Whether all of them could be done; if not, none is."""
    try:
        await connection.execute("\n;\n".join(texts))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


async def _attempt(connection: Connection, statement: Statement) -> str | None:
    """Run one statement; why it could not be, or None."""
    text = without_others(statement.text)
    try:
        try:
            await connection.execute(text)
        except (asyncpg.UndefinedObjectError, asyncpg.InsufficientPrivilegeError) as error:
            if "language" not in str(error):
                raise
            await connection.execute(in_known_language(text))
    except asyncpg.DuplicateSchemaError:
        return None  # public, or one that an extension was made in
    except asyncpg.PostgresError as error:
        return str(error).partition("\n")[0]
    except (asyncpg.InterfaceError, OSError) as error:
        return f"the connection is lost: {error}"
    return None


async def _restore(connection: Connection, statements: Sequence[Statement], failures: Failures) -> None:
    """Restore statistics; PostgreSQL warns of what it does not take."""
    warnings: list[str] = []
    connection.add_log_listener(lambda _, message: warnings.append(str(message.message)))
    for start in range(0, len(statements), TOGETHER):
        some = statements[start : start + TOGETHER]
        warnings.clear()
        done = await _together(connection, [s.text for s in some])
        await asyncio.sleep(0)  # listeners are called one turn of the loop later
        if done and not warnings:
            continue
        for statement in some:
            warnings.clear()
            reason = await _attempt(connection, statement)
            await asyncio.sleep(0)
            if reason and "pg_restore_" in reason and "does not exist" in reason:
                failures[statement] = "statistics are restored by PostgreSQL 18 only: none was read"
                return
            if reason or warnings:
                failures[statement] = reason or warnings[0].partition("\n")[0]
