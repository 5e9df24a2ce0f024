"""Where the database is: reaching it, and saying so without its password."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from engine.errors import ConnectError, UsageError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_S = 10.0
OLDEST, NEWEST = 14, 18


async def connect(dsn: str) -> Connection:
    """A connection to PostgreSQL 14 or later.

    Raises UsageError for what is no DSN, ConnectError for a server that cannot be reached or is too old.
    """
    if not dsn.startswith(("postgresql://", "postgres://")):
        raise UsageError("a DSN looks like postgresql://user:password@host:5432/database")
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_S, server_settings={"application_name": "engine"})
    except OSError as error:
        reason = str(error) or f"no answer in {CONNECT_S:g} s"
        raise ConnectError(f"cannot reach {redact(dsn)}: {reason}") from error
    except asyncpg.InvalidPasswordError as error:
        raise ConnectError(f"{redact(dsn)} refuses the user or the password") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise ConnectError(f"{redact(dsn)}: {error}\n  hint: createdb makes one") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise ConnectError(f"cannot connect to {redact(dsn)}: {error}") from error
    major = connection.get_server_version().major
    if major < OLDEST:
        await connection.close()
        raise ConnectError(f"{redact(dsn)} is PostgreSQL {major}; {OLDEST} to {NEWEST} are supported")
    return connection


def redact(dsn: str) -> str:
    """The DSN without its password and without query parameters, which may hold one."""
    try:
        parts = urlsplit(dsn)
        host = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
        return urlunsplit((parts.scheme, f"{user}{host}", parts.path, "", ""))
    except ValueError:
        return "the database"
