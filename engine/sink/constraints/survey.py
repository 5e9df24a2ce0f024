"""Which foreign keys, unique constraints and indexes of a run's tables may be suspended, and why the others may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from engine.batch import TableId
from engine.sink.constraints.model import Decision, Kind, Method, Suspension
from engine.sqltext import load_queries, quote_table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_FIRING = {"O": "", "A": "always"}
"""How triggers are enabled that fire here: "R" are those of replicas, "D" is off."""
_BUILT_AFTER = "rebuilt after the load, which is several times faster"


@dataclass(frozen=True, slots=True)
class Filled:
    """A table that a run fills; `emptied` says that the run removes its rows first, or that they are its own.

    `quiet` says that its triggers are not to fire.
    """

    table: TableId
    emptied: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """A table as found; `obstacle` is why nothing of it may be suspended."""

    table: TableId
    obstacle: str | None
    may_create: bool
    filled: bool
    quiet: bool


async def survey(connection: Connection, tables: Iterable[Filled]) -> tuple[Decision, ...]:
    """Decide for every foreign key and index of `tables`, in the order of their names; changes nothing.

    A table that does not exist has no objects. Raises asyncpg.PostgresError.
    """
    queries = load_queries("engine.sink.constraints", "queries.sql")
    wanted = {filled.table: filled for filled in tables}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local search_path = ''")
        version = connection.get_server_version().major
        names = [t.schema for t in wanted], [t.name for t in wanted]
        found: dict[int, _Surveyed] = {}
        for row in await connection.fetch(queries["tables"], *names):
            found[row["oid"]] = await _table(connection, row, wanted)
        foreign_keys = await connection.fetch(queries["foreign_keys"], list(found))
        indexes = await connection.fetch(queries["indexes"], list(found))
        triggers = await connection.fetch(queries["triggers"], list(found))
    decisions = [_foreign_key(row, found[row["table_oid"]], version) for row in foreign_keys]
    decisions += [_index(row, found[row["table_oid"]]) for row in indexes]
    decisions += [d for row in triggers if (d := _trigger(row, found[row["table_oid"]]))]
    return tuple(sorted(decisions, key=lambda d: (str(d.table), d.object)))


async def _table(connection: Connection, row: asyncpg.Record, wanted: dict[TableId, Filled]) -> _Surveyed:
    table = TableId(row["schema_name"], row["table_name"])
    holds = True
    if row["readable"]:
        holds = await connection.fetchval(f"select exists (select from {quote_table(table.schema, table.name)})")  # noqa: S608
    obstacle = _obstacle(row, holds=holds and not wanted[table].emptied)
    return _Surveyed(table, obstacle, row["may_create"], holds, wanted[table].quiet)


def _obstacle(row: asyncpg.Record, *, holds: bool) -> str | None:
    if not row["owned"]:
        return "we do not own the table"
    if row["kind"] == "p" or row["is_partition"] or row["has_children"]:
        return "the table is partitioned or inherited"
    if holds:
        return "the table holds rows that the run keeps" if row["readable"] else "we may not see whether it is empty"
    return None


def _foreign_key(row: asyncpg.Record, owner: _Surveyed, version: int) -> Decision:
    name = f"{Kind.FOREIGN_KEY} {row['name']}"
    why_not = owner.obstacle or _why_keep_key(row)
    if why_not:
        return Decision(owner.table, name, why_not)
    method = Method.NOT_ENFORCED if version >= 18 else Method.DROP
    suspension = Suspension(
        schema=owner.table.schema,
        table=owner.table.name,
        name=row["name"],
        kind=Kind.FOREIGN_KEY,
        method=method,
        definition=row["definition"],
        after=tuple(row["after"]),
        target=(row["target_schema"], row["target_table"]),
    )
    return Decision(owner.table, name, "checked in one pass after the load", suspension, owner.filled)


def _why_keep_key(row: asyncpg.Record) -> str | None:
    if not row["enforced"]:
        return "it is not enforced anyway"
    if not row["validated"]:
        return "it is NOT VALID: rows of before may break it"
    if row["inherited"]:
        return "it belongs to a partitioned table"
    return "its triggers were switched by hand" if row["triggers_changed"] else None


def _index(row: asyncpg.Record, owner: _Surveyed) -> Decision:
    kind = Kind.UNIQUE if row["is_constraint"] else Kind.INDEX
    label = "primary key" if row["is_primary"] else "exclusion constraint" if row["is_exclusion"] else kind
    name = f"{label} {row['name']}"
    why_not = _why_keep_index(row) or owner.obstacle
    if not why_not and not owner.may_create:
        why_not = f"we may not create anything in the schema {owner.table.schema}, so it could not come back"
    if why_not:
        return Decision(owner.table, name, why_not)
    suspension = Suspension(
        schema=owner.table.schema,
        table=owner.table.name,
        name=row["name"],
        kind=kind,
        method=Method.DROP,
        definition=row["definition"],
        after=tuple(row["after"]),
    )
    return Decision(owner.table, name, _BUILT_AFTER, suspension, owner.filled)


def _trigger(row: asyncpg.Record, owner: _Surveyed) -> Decision | None:
    """What becomes of a trigger; nothing is said of one that no row of ours fires."""
    table, name = TableId(row["schema_name"], row["table_name"]), f"{Kind.TRIGGER} {row['name']}"
    fires = row["on_insert"] and row["enabled"] in _FIRING
    if not owner.quiet or row["enabled"] not in _FIRING:
        each = "each row" if row["per_row"] else "each statement"
        return Decision(table, name, f"fires for {each}: the spec keeps triggers") if fires else None
    if not row["owned"]:
        return Decision(table, name, "fires: we do not own the table")
    suspension = Suspension(
        schema=table.schema,
        table=table.name,
        name=row["name"],
        kind=Kind.TRIGGER,
        method=Method.DISABLE,
        definition=_FIRING[row["enabled"]],
    )
    return Decision(table, name, "the spec suspends triggers", suspension, owner.filled)


def _why_keep_index(row: asyncpg.Record) -> str | None:
    if row["is_primary"]:
        return "a primary key is never suspended"
    if row["is_exclusion"]:
        return "an exclusion constraint is never suspended"
    if row["is_replica_identity"]:
        return "it is the table's replica identity"
    if row["inherited"]:
        return "it belongs to a partitioned table's index"
    if row["is_temporal"]:
        return "a temporal constraint is never suspended"
    if not row["is_valid"]:
        return "it is invalid and would come back valid"
    if row["of_extension"]:
        return "an extension owns it or it depends on one"
    return f"{row['dependents']} depends on it" if row["dependents"] else None
