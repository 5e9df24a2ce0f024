"""The catalog of a dump that a DBA made: its statements stand for a moment in a server of their own."""

from __future__ import annotations

import asyncio
import re
import secrets  # noqa: TID251 - passwords, unlike rows, must not be foreseeable
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.catalog.probe import is_probe, read_probe
from engine.dsn import Connection, connect
from engine.embedded import Throwaway
from engine.embedded.cluster import HOST
from engine.errors import UsageError
from engine.run.dump_course import perform
from engine.run.dump_extensions import install
from engine.run.dump_rules import Treatment, treatment_of
from engine.run.dump_statements import Statement, cut
from engine.run.dump_text import read_text

TOTAL_S = 300.0
"""How long all statements together may take."""
LIMITS = {"statement_timeout": "10s", "check_function_bodies": "off", "search_path": "public"}
"""Settings of the role: how long one statement may take; a body may be in a language that is not here."""
SETTINGS = {"autovacuum": "off", "temp_file_limit": "256MB", "max_parallel_workers": "0", "jit": "off"}
"""Nothing may overwrite the statistics of a dump, or fill the disk."""
ROLE, DATABASE = "author", "dump"
REFUSED = "it is no part of a schema: it was not run"
END = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1"
HINT = "the output of pg_dump --schema-only is wanted, or what the script of engine init --print-probe printed"

_MADE_BY = re.compile(r"^-- Dumped from database version (\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Note:
    """A statement that left nothing behind, and why."""

    line: int
    statement: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.statement}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True)
class Dumped:
    """What a dump tells, and what of it could not be read."""

    catalog: Catalog
    notes: tuple[Note, ...] = ()


async def catalog_of_file(path: Path, *, redact: bool = True) -> Dumped:
    """The catalog of a file with a dump, or with what the script of `probe` printed.

    Raises UsageError for a file that is neither, is too big or cannot be read.
    """
    return await catalog_of_text(read_text(path), redact=redact)


async def catalog_of_text(text: str, *, redact: bool = True) -> Dumped:
    """The catalog of the text of either. Raises UsageError for a text that is neither."""
    return Dumped(read_probe(text, redact=redact)) if is_probe(text) else await catalog_of_dump(text, redact=redact)


async def catalog_of_dump(text: str, *, redact: bool = True, total_s: float = TOTAL_S) -> Dumped:
    """The tables of a ``pg_dump --schema-only``, with their statistics where it has those of PostgreSQL 18, too.

    Its statements run in a server of their own, by a role that may do nothing but own its database: what it cannot do,
    what takes too long and what is no part of a schema leaves a note. Values that look personal are left out unless
    `redact` is False. Raises UsageError for a text that is no dump, ServerError where no server can be started.
    """
    statements = list(cut(text))
    _refuse_what_is_no_dump(statements)
    server = Throwaway(settings=SETTINGS, password=secrets.token_hex())
    await asyncio.to_thread(server.start)
    try:
        return await _catalog_of(server, statements, _version(text), redact, total_s)
    finally:
        await asyncio.to_thread(server.stop)


async def _catalog_of(
    server: Throwaway, statements: Sequence[Statement], version: int, redact: bool, total_s: float
) -> Dumped:
    secret = secrets.token_hex()
    failures = {s: REFUSED for s in statements if treatment_of(s) is Treatment.REFUSE}
    failures |= await _prepare(server, secret, [s for s in statements if treatment_of(s) is Treatment.EXTENSION])
    dsn = f"postgresql://{ROLE}:{secret}@{HOST}:{server.port}/{DATABASE}"
    try:
        async with asyncio.timeout(total_s), _connection(dsn) as connection:
            await perform(connection, statements, failures)
    except TimeoutError:
        failures[Statement("", 0)] = f"all of it took longer than {total_s:g} s: the rest was not read"
    async with _connection(server.dsn()) as connection:
        await connection.execute(END, ROLE)
    async with _connection(dsn) as connection:
        catalog = await introspect(connection, statistics=True, redact=redact)
    notes = (Note(s.line, s.head, reason) for s, reason in failures.items())
    return Dumped(replace(catalog, server_version=version), tuple(sorted(notes, key=lambda note: note.line)))


async def _prepare(server: Throwaway, secret: str, extensions: Sequence[Statement]) -> dict[Statement, str]:
    """A role, a database that it owns, and the extensions in it; those that cannot be had."""
    async with _connection(server.dsn()) as connection:
        await connection.execute(f"create role {ROLE} login password '{secret}'")
        for name, value in LIMITS.items():
            await connection.execute(f"alter role {ROLE} set {name} = '{value}'")
        await connection.execute(f"create database {DATABASE} owner {ROLE} template template0")
    async with _connection(server.dsn(DATABASE)) as connection:
        return await install(connection, ROLE, extensions)


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[Connection]:
    connection = await connect(dsn)
    try:
        yield connection
    finally:
        connection.terminate()  # closing it would wait for what it still does


def _version(text: str) -> int:
    """The server that the dump is of, e.g. 150018; 0 where it does not say."""
    found = _MADE_BY.search(text)
    return int(found[1]) * 10_000 + int(found[2]) if found else 0


def _refuse_what_is_no_dump(statements: Sequence[Statement]) -> None:
    databases = {s.text for s in statements if s.is_psqls and s.text.startswith(("\\connect", "\\c "))}
    if len(databases) > 1:
        raise UsageError("this is a dump of several databases\n  hint: pg_dump --schema-only makes one of a database")
    if all(treatment_of(s) is not Treatment.RUN for s in statements):
        raise UsageError(f"there is no table in it\n  hint: {HINT}")
