"""Where the database is: reaching it, and saying so without its password."""

from __future__ import annotations

import re
from typing import TypeAlias

import asyncpg

from engine.errors import ConnectError, UsageError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_S = 10.0
OLDEST, NEWEST = 14, 18
SCHEMES = ("postgresql://", "postgres://")
_USER = re.compile(r"[\w.%+-]*")
_ANYWHERE = re.compile(r"postgres(?:ql)?://[^\s'\"]+")


async def connect(dsn: str) -> Connection:
    """A connection to PostgreSQL 14 or later; nothing it raises shows the password.

    Raises UsageError for what is no DSN, ConnectError for a server that cannot be reached, refuses us, has no such
    database or is too old.
    """
    if not dsn.startswith(SCHEMES):
        raise UsageError("a DSN looks like postgresql://user:password@host:5432/database")
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_S, server_settings={"application_name": "engine"})
    except TimeoutError as error:
        raise ConnectError(f"cannot reach {redact(dsn)}: no answer in {CONNECT_S:g} s") from error
    except OSError as error:
        raise ConnectError(f"cannot reach {redact(dsn)}: {error}\n  hint: is the server running there?") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _refused(dsn, error) from error
    except OverflowError:
        raise UsageError(f"{redact(dsn)}: a port is a number from 1 to 65535") from None
    except ValueError:
        # Without its cause: a password with "/" or "#" in it is read as a port, and the cause would quote it.
        hint = "in a DSN the characters : / ? # @ % of a password are written %3A %2F %3F %23 %40 %25"
        raise UsageError(f"{redact(dsn)} cannot be read as a DSN\n  hint: {hint}") from None
    try:
        require_supported(connection.get_server_version().major, redact(dsn))
    except ConnectError:
        await connection.close()
        raise
    return connection


def require_supported(major: int, where: str) -> None:
    """Raise ConnectError for a server that is too old; one too new may work, see `note`."""
    if major < OLDEST:
        raise ConnectError(f"{where} is PostgreSQL {major}; {OLDEST} to {NEWEST} are supported")


def note(major: int) -> str | None:
    """What to tell about a server that is newer than any this engine was tested on."""
    return f"PostgreSQL {major} is newer than {NEWEST}, the newest that was tested" if major > NEWEST else None


def redact(dsn: str) -> str:
    """The DSN without its password and without query parameters, which may hold one; safe to show whatever it is.

    A password that was not percent-encoded may hold any character, so of all that stands before the last ``@`` only
    the user's name is shown.
    """
    scheme = next((scheme for scheme in SCHEMES if dsn.startswith(scheme)), None)
    if scheme is None:
        return "the database"
    user, at, address = dsn.removeprefix(scheme).rpartition("@")
    found = _USER.match(user)
    return f"{scheme}{found[0] if found else ''}{at}{re.split('[?#]', address)[0]}"


def redact_all(text: str) -> str:
    """A text in which every DSN is without its password."""
    return _ANYWHERE.sub(lambda found: redact(found[0]), text)


def _refused(dsn: str, error: asyncpg.PostgresError | asyncpg.InterfaceError) -> ConnectError:
    """What the server, or the driver before it asked, had against us."""
    where = redact(dsn)
    if isinstance(error, asyncpg.InvalidPasswordError):
        return ConnectError(f"{where} refuses the user or the password")
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return ConnectError(f"{where}: {error}\n  hint: createdb makes one")
    return ConnectError(f"cannot connect to {where}: {error}")
