"""How many rows a table has in each hour, asked of the table itself; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

import asyncpg

from engine.catalog.model import Column, Table
from engine.dsn import Connection
from engine.sketch.moments import LATER
from engine.sketch.rhythm import Rhythm, rhythm
from engine.sketch.wish import TableKey
from engine.sqltext import quote, quote_table
from engine.types import Family

SAMPLED_ROWS = 2_000_000
"""Of larger tables so many rows are read, by blocks."""
PATIENCE_MS = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EARLIER = re.compile(r"creat|insert|placed|order|occur|happen|event|logged|time|date|_at$|_on$", re.IGNORECASE)


async def rhythms_of(
    connection: Connection, tables: Iterable[Table], zone: str, window: tuple[date, date] | None = None
) -> dict[TableKey, tuple[str, Rhythm]]:
    """The moment of each table that has one, and the timeline that its rows follow; what cannot be read is left out.

    `window` leaves out spikes on other days.
    """
    found: dict[TableKey, tuple[str, Rhythm]] = {}
    for table in tables:
        column = moment_of(table)
        if column is None:
            continue
        hours = await hours_of(connection, table, column)
        seen = rhythm_of(column, hours, zone, window) if hours else None
        if seen is not None:
            found[table.id] = column.name, seen
    return found


def rhythm_of(
    column: Column, hours: dict[datetime, float], zone: str, window: tuple[date, date] | None = None
) -> Rhythm | None:
    """The timeline of rows by the hour; wall time without a zone is read as it stands, and days have no hours."""
    local = zone if column.type.name == "timestamptz" else "UTC"
    return rhythm(hours, local, window=window, finest_hours=12.0 if column.type.family is Family.DATE else 1.0)


def moment_of(table: Table) -> Column | None:
    """The column that says when a row came about: mostly there, the table in its order, and called so."""
    times = [c for c in table.columns if c.type.family in (Family.DATE, Family.TIMESTAMP) and not c.type.array]
    usable = [c for c in times if not LATER.search(c.name.lower()) and _filled(c) >= 0.5]
    return max(usable, key=_likelihood, default=None)


def _filled(column: Column) -> float:
    return 1.0 if column.statistics is None else 1.0 - column.statistics.null_fraction


def _likelihood(column: Column) -> tuple[float, bool]:
    known = column.statistics.correlation if column.statistics is not None else None
    return round(abs(known or 0.0) * _filled(column), 1), bool(_EARLIER.search(column.name))


async def hours_of(connection: Connection, table: Table, column: Column) -> dict[datetime, float]:
    """Rows in each hour that has some, by its start in UTC; estimated from some blocks of a large table.

    Nothing where the table may not be read, or not in time.
    """
    share = min(SAMPLED_ROWS / max(table.estimated_rows, 1), 1.0)
    source, name = quote_table(table.schema, table.name), quote(column.name)
    if share < 1:
        source = f"{source} tablesample system ({100 * share:.4f}) repeatable (1)"
    statement = (
        f"select floor(extract(epoch from {name}) / 3600)::bigint as hour, count(*) as rows "  # noqa: S608 - quoted
        f"from {source} where isfinite({name}) group by 1"
    )
    try:
        async with connection.transaction(readonly=True):
            await connection.execute(f"set local statement_timeout = {PATIENCE_MS}")
            rows = await connection.fetch(statement)
    except asyncpg.PostgresError:
        return {}
    return {_EPOCH + timedelta(hours=row["hour"]): row["rows"] / share for row in rows if _is_dated(row["hour"])}


def _is_dated(hour: int) -> bool:
    """Whether the hour lies in the years that a calendar has."""
    return abs(hour) < 8_000 * 8_766 and hour > -1_900 * 8_766
