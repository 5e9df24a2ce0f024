"""The way up and down: both branches over asyncpg, one migrating process at a time, all of it or nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from engine.dsn import connect, redact
from engine.errors import MigrationError, Refused, UsageError
from migrations.scripts import BRANCHES, SCHEMA, TABLE, configuration, outstanding, target

LOCK_KEY = 0x5CE7_A210_E461_7E00
"""The advisory lock that a migrating transaction holds; any number that nobody else would think of."""
LOCK_S = 60
NO_RIGHT, LOCKED, IN_THE_WAY = "42501", "55P03", "2BP01"
"""PostgreSQL's SQLSTATE: insufficient_privilege, lock_not_available, dependent_objects_still_exist."""

_one_at_a_time = threading.Lock()  # Alembic's `op` and `context` are globals of the process


def upgrade(dsn: str, branch: str = "all", revision: str = "head") -> None:
    """Bring a database to a revision of branch "engine" (the ledger), "shop" (the demonstration) or "all".

    Schema `engine`, which keeps the revisions of both, is made where it is missing. Raises Refused where the user may
    not do this or another process has migrated for a minute, MigrationError for anything else, ConnectError.
    """
    _migrate(dsn, branch, lambda config: command.upgrade(config, target(branch, revision)))


def downgrade(dsn: str, branch: str = "all", revision: str = "base") -> None:
    """Take a database back to a revision, by default to before the first; the empty schema `engine` stays.

    Raises as `upgrade` does; Refused also where somebody else's objects depend on ours.
    """
    _migrate(dsn, branch, lambda config: command.downgrade(config, target(branch, revision)))


async def current(dsn: str) -> tuple[str, ...]:
    """The revisions a database is at, one for each branch it has; nothing is made. Raises ConnectError, Refused."""
    connection = await connect(dsn)
    try:
        if await connection.fetchval("select to_regclass($1)", f"{SCHEMA}.{TABLE}") is None:
            return ()
        found = await connection.fetch(f"select version_num from {SCHEMA}.{TABLE} order by 1")  # noqa: S608
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(f"{redact(dsn)}: {error}") from error
    finally:
        await connection.close()
    return tuple(row["version_num"] for row in found)


async def pending(dsn: str, branch: str = "all") -> tuple[str, ...]:
    """The revisions that `upgrade` would apply, oldest first. Raises ConnectError, Refused, UsageError."""
    _check(branch)
    return outstanding(branch, await current(dsn))


def _migrate(dsn: str, branch: str, work: Callable[[Config], None]) -> None:
    """Run an Alembic command in a thread and a loop of its own, wherever we are called from."""
    _check(branch)
    with _one_at_a_time, ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _over_asyncpg(dsn, work)).result()


async def _over_asyncpg(dsn: str, work: Callable[[Config], None]) -> None:
    """One connection, one transaction."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(dsn), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_in_transaction, work)
    except DBAPIError as error:
        raise _typed(dsn, error) from error
    except CommandError as error:
        hint = "`engine db status` shows the revision; a newer engine may have migrated it"
        raise MigrationError(f"{redact(dsn)}: {error}\n  hint: {hint}") from error
    finally:
        await engine.dispose()


def _in_transaction(connection: Connection, work: Callable[[Config], None]) -> None:
    """Wait for our turn, see to the schema of the version table, and let Alembic work."""
    connection.execute(sa.text(f"set local lock_timeout = '{LOCK_S}s'"))
    connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    if connection.scalar(sa.text("select to_regnamespace(:name) is null"), {"name": SCHEMA}):
        connection.execute(sa.text(f"create schema {SCHEMA}"))
    config = configuration()
    config.attributes["connection"] = connection
    work(config)


def _typed(dsn: str, error: DBAPIError) -> Refused | MigrationError:
    """What PostgreSQL said, as one of our own errors."""
    code = getattr(error.orig, "sqlstate", None)
    said = str(error.orig).rpartition(">: ")[2]  # SQLAlchemy puts the class of asyncpg's error before its words
    where = redact(dsn)
    if code == NO_RIGHT:
        return Refused(f"{where}: {said}\n  hint: `--ledger FILE` keeps the ledger in a file of yours")
    if code == LOCKED:
        return Refused(f"{where}: another process has held a lock for {LOCK_S} s\n  hint: try again when it is done")
    if code == IN_THE_WAY:
        return Refused(f"{where}: {said}; nothing was changed")
    return MigrationError(f"{where}: {said}; nothing was changed")


def _check(branch: str) -> None:
    if branch not in (*BRANCHES, "all"):
        raise UsageError(f"there is no branch {branch!r} of migrations; there are {', '.join(BRANCHES)} and all")
