"""The extensions that a dump asks for: those that are here and can do no harm, stand-ins for some, none of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.dsn import Connection
from engine.run.dump_rules import extension_of
from engine.run.dump_statements import Statement
from engine.sqltext import load_queries, quote

HARMLESS = (
    *("btree_gin", "btree_gist", "citext", "cube", "dict_int", "dict_xsyn", "earthdistance", "fuzzystrmatch", "hstore"),
    *("intarray", "isn", "ltree", "pg_trgm", "pgcrypto", "seg", "tablefunc", "tsm_system_rows", "tsm_system_time"),
    *("unaccent", "uuid-ossp", "vector"),
)
"""Types, operators and functions of values: nothing of files, of the network or of other databases."""
UNSEEN = ("plpgsql", "pg_stat_statements", "pg_buffercache", "pgstattuple", "pg_cron", "pg_repack", "amcheck")
"""No table is made of anything in these."""


async def install(connection: Connection, owner: str, wanted: Sequence[Statement]) -> dict[Statement, str]:
    """Make what the statements ask for, before anything else is there; those that cannot be had, and why.

    Their schemas belong to `owner`. No word of a statement is run but the names in it.
    """
    missing: dict[Statement, str] = {}
    for statement in wanted:
        asked = extension_of(statement.text)
        if asked is None:
            missing[statement] = "it cannot be read"
            continue
        name, schema = asked
        if name not in UNSEEN and (reason := await _make(connection, owner, name, schema or "public")):
            missing[statement] = reason
    return missing


async def _make(connection: Connection, owner: str, name: str, schema: str) -> str | None:
    try:
        async with connection.transaction():
            if not schema.startswith("pg_"):
                await connection.execute(f"create schema if not exists {quote(schema)} authorization {quote(owner)}")
            for statement in await _statements(connection, name, schema):
                await connection.execute(statement)
    except LookupError:
        if name in HARMLESS:
            return "the extension is not here: what is made of it is missing"
        return "the extension is not one of those that are known to do no harm: it was not made"
    except asyncpg.PostgresError as error:
        return str(error)
    return None


async def _statements(connection: Connection, name: str, schema: str) -> tuple[str, ...]:
    """What makes the extension, or what stands in for it. Raises LookupError where there is neither."""
    here = await connection.fetchval("select exists (select 1 from pg_available_extensions where name = $1)", name)
    if here and name in HARMLESS:
        return (f"create extension if not exists {quote(name)} with schema {quote(schema)} cascade",)
    standins = load_queries("engine.run", "dump_standins.sql")
    return f"set local search_path = {quote(schema)}", standins[name]
