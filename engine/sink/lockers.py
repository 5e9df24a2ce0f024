"""Other sessions that hold locks for which we waited in vain."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.errors import LoadError
from engine.printable import printable
from engine.sqltext import load_queries

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Wish(Enum):
    """What we wanted to do with a table: the modes of lock that keep us from it."""

    READ = ("AccessExclusiveLock",)
    WRITE = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
    CHANGE = (
        *("AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock"),
        *("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"),
    )


class LockedError(LoadError):
    """Another session held a lock longer than we wait for one."""


async def who_holds(connection: Connection, wish: Wish, within: str, tables: Iterable[TableId] = ()) -> str:
    """Who keeps us from the tables, or from any, after we waited so long; and what to do about it."""
    asked = list(tables)
    names = [t.schema for t in asked], [t.name for t in asked]
    query = load_queries("engine.sink", "queries.sql")["lockers"]
    found = await connection.fetch(query, *names, list(wish.value), bool(asked))
    held = ", ".join(f"{row['name']} ({_session(row)})" for row in found)
    ends = ", ".join(dict.fromkeys(f"pg_terminate_backend({row['pid']})" for row in found))
    end = f"; `select {ends}` ends it" if ends else ""
    return (
        f"another session has locked {printable(held or 'what is wanted')}, and did not let go within {within}\n"
        f"  hint: try again when it has ended{end}"
    )


def _session(row: asyncpg.Record) -> str:
    told = (f"session {row['pid']}", row["application"], f"user {row['user_name']}" if row["user_name"] else None)
    return ", ".join(part for part in told if part)
