"""The catalog of a running PostgreSQL, by a few queries over all tables at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from engine.catalog.answers import catalog_of
from engine.catalog.model import Catalog
from engine.catalog.personal import withhold_personal
from engine.catalog.queries import SHAPES, query
from engine.catalog.rows import Answers

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


async def introspect(
    connection: Connection,
    tables: Sequence[str] | None = None,
    *,
    schemas: Sequence[str] | None = None,
    statistics: bool = False,
    redact: bool = True,
) -> Catalog:
    """The tables and views of a database, of PostgreSQL 14 or newer, that the user may see.

    `tables` are names as ``schema.table`` or bare (then every table of that name); without them, all that belong to no
    extension. `schemas` narrows either. What is asked for and not there is not in the catalog. With `statistics`
    columns have what ANALYZE found, without values where they look personal, unless `redact` is False.
    Only reads, works inside a transaction or outside one, and leaves no setting behind.
    """
    alone = not connection.is_in_transaction()
    settings = connection.transaction(isolation="repeatable_read" if alone else None)  # one view of it for all queries
    await settings.start()
    try:
        version = (await _ask(connection, "settings"))[0]["version"]
        found = await _ask(connection, "tables", _list(tables), _list(schemas))
        oids = [row["oid"] for row in found]
        names = (*SHAPES, "statistics") if statistics else SHAPES
        answers = Answers(version, found, **{name: await _ask(connection, name, oids) for name in names})
        catalog = catalog_of(answers)
        return withhold_personal(catalog) if statistics and redact else catalog
    finally:
        await settings.rollback()  # also puts the search path back, and lets writes through again


async def _ask(connection: Connection, name: str, *arguments: Sequence[str] | Sequence[int] | None) -> Any:
    return [dict(row) for row in await connection.fetch(query(name), *arguments)]


def _list(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
