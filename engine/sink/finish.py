"""After the last row: sequences behind the ids that were written, and fresh statistics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import asyncpg

from engine.catalog.model import Column, Table
from engine.sink.errors import message_of
from engine.sqltext import load_queries, quote, quote_table

_NEXT = re.compile(r"nextval\('((?:[^']|'')+)'::regclass\)")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def set_sequences(connection: Connection, filled: Iterable[tuple[Table, Sequence[str]]]) -> tuple[str, ...]:
    """Move each sequence past the largest id that was written; `filled` names the columns that the run wrote.

    A sequence is never moved back. The answer says, one line each, which could not be moved and why.
    """
    notes = []
    for table, names in filled:
        for column in table.columns:
            sequence = _sequence_of(column)
            if sequence and column.name in names:
                note = await _set_sequence(connection, table, column, sequence)
                notes.extend([note] if note else [])
    return tuple(notes)


def _sequence_of(column: Column) -> str | None:
    """The quoted name of the sequence that a column owns, or that its default takes numbers from."""
    taken = _NEXT.fullmatch(column.default or "")
    return column.sequence or (taken[1].replace("''", "'") if taken else None)


async def _set_sequence(connection: Connection, table: Table, column: Column, sequence: str) -> str | None:
    row = await connection.fetchrow(load_queries("engine.sink", "queries.sql")["sequence"], sequence)
    where = f"{table.qualified}.{column.name}"
    if row is None or not row["usable"]:
        return f"the sequence of {where} was not moved: we have no right to it"
    furthest, beyond = ("max", ">=") if row["ascending"] else ("min", "<=")
    statement = (
        "select pg_catalog.setval($1::text::regclass, w.id) "  # noqa: S608
        f"from ({_furthest(table, column.name, furthest, row['last'])}) as w "
        f"where w.id {beyond} (select s.last_value from {sequence} as s)"
    )
    try:
        await connection.execute(statement, sequence)
    except asyncpg.PostgresError as error:
        return f"the sequence of {where} was not moved: {message_of(error)}"
    return None


def _furthest(table: Table, name: str, end: str, last: int) -> str:
    """The value behind which a sequence goes on: the furthest, or where it ends there, the furthest before a gap."""
    column, source = quote(name), _name(table)
    towards, step = (f"{column} < {last}", 1) if end == "max" else (f"{column} > {last}", -1)
    gap = f"not exists (select from {source} as o where o.{column} = t.{column} + {step})"
    before = f"select {end}({column}) from {source} as t where {towards} and {gap}"  # noqa: S608
    whole = f"select {end}({column})::int8 as id from {source}"  # noqa: S608
    return (
        f"select case when f.id = {last} then coalesce(({before})::int8, f.id) else f.id end as id from ({whole}) as f"  # noqa: S608
    )


async def analyze(connection: Connection, tables: Iterable[Table]) -> tuple[str, ...]:
    """Refresh the statistics of the tables that we own; the answer says, one line each, which were left out."""
    notes = []
    for table in tables:
        if not table.owned:
            notes.append(f"{table.qualified} was not analysed: we do not own it")
            continue
        try:
            await connection.execute(f"analyze {_name(table)}")
        except asyncpg.PostgresError as error:
            notes.append(f"{table.qualified} was not analysed: {message_of(error)}")
    return tuple(notes)


def _name(table: Table) -> str:
    return quote_table(table.schema, table.name)
