"""The catalog of a running PostgreSQL, by a few queries over all tables at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from engine.catalog.model import Catalog, Check, Column, ForeignKey, Table, Unique
from engine.catalog.resolve import Resolved, TypeRow, resolve
from engine.sqltext import load_queries, quote_table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Rows: TypeAlias = "dict[int, list[asyncpg.Record]]"


async def introspect(
    connection: Connection, tables: Sequence[str] | None = None, *, schemas: Sequence[str] | None = None
) -> Catalog:
    """The tables and views of a database, of PostgreSQL 14 or newer, that the user may see.

    `tables` are names as ``schema.table`` or bare (then every table of that name); without them, all that belong to no
    extension. `schemas` narrows either. What is asked for and not there is not in the catalog.
    Works inside a transaction or outside one, and leaves no setting behind.
    """
    settings = connection.transaction()
    await settings.start()
    try:
        return await _introspect(connection, tables, schemas)
    finally:
        await settings.rollback()  # also puts the search path back


async def _introspect(connection: Connection, tables: Sequence[str] | None, schemas: Sequence[str] | None) -> Catalog:
    queries = load_queries("engine.catalog", "queries.sql")
    await connection.execute(queries["settings"])
    version = int(await connection.fetchval("select current_setting('server_version_num')"))
    found = await connection.fetch(queries["tables"], _list(tables), _list(schemas))
    oids = [row["oid"] for row in found]
    columns = await connection.fetch(queries["columns"], oids)
    types = _types(await connection.fetch(queries["types"], sorted({row["type"] for row in columns})))
    constraints = _by_table(await connection.fetch(queries["constraints"], oids))
    uniques = _by_table(await connection.fetch(queries["uniques"], oids))
    shapes = _by_table(columns)
    return Catalog(
        {
            (row["schema"], row["name"]): _table(
                row,
                tuple(_column(c, resolve(c["type"], c["modifier"], types)) for c in shapes.get(row["oid"], ())),
                constraints.get(row["oid"], []),
                tuple(_unique(u) for u in uniques.get(row["oid"], ())),
            )
            for row in found
        },
        server_version=version,
    )


def _list(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)


def _by_table(rows: Iterable[asyncpg.Record]) -> Rows:
    return {oid: list(group) for oid, group in groupby(rows, key=itemgetter("table"))}


def _types(rows: Iterable[asyncpg.Record]) -> dict[int, TypeRow]:
    fields = ("schema", "name", "base", "modifier", "required", "default", "element")
    return {row["oid"]: TypeRow(**{f: row[f] for f in fields}, labels=tuple(row["labels"])) for row in rows}


def _column(row: asyncpg.Record, resolved: Resolved) -> Column:
    sequence = row["sequence_name"] and quote_table(row["sequence_schema"], row["sequence_name"])
    return Column(
        row["name"],
        resolved.type,
        nullable=row["nullable"] and not resolved.required,
        default=None if row["generated"] else row["default"] or resolved.default,
        identity=row["identity"],
        generated=row["generated"],
        sequence=sequence,
    )


def _unique(row: asyncpg.Record) -> Unique:
    return Unique(row["name"], tuple(row["columns"]), partial=row["partial"])


def _foreign_key(row: asyncpg.Record) -> ForeignKey:
    return ForeignKey(
        row["name"],
        tuple(row["columns"]),
        (row["target_schema"], row["target_name"]),
        tuple(row["target_columns"]),
        deferrable=row["is_deferrable"],
    )


def _table(
    row: asyncpg.Record, columns: tuple[Column, ...], constraints: list[asyncpg.Record], uniques: tuple[Unique, ...]
) -> Table:
    plain: dict[str, Any] = {
        name: row[name] for name in ("schema", "name", "kind", "owned", "row_security", "estimated_rows", "partition")
    }
    return Table(
        **plain,
        columns=columns,
        primary_key=next((tuple(c["columns"]) for c in constraints if c["kind"] == "p"), ()),
        foreign_keys=tuple(_foreign_key(c) for c in constraints if c["kind"] == "f"),
        uniques=uniques,
        checks=tuple(Check(c["name"], c["expression"]) for c in constraints if c["kind"] == "c"),
    )
