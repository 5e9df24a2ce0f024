"""A few rows to look at after a run: from the busiest moment of the busiest timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

import asyncpg

from engine.errors import ConnectError
from engine.report import Report, Shape
from engine.run.database import connected, resolve
from engine.sqltext import quote, quote_table
from engine.units import zone

SAMPLE_ROWS = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one table as text; keys, and columns that are null in all of them, are left out."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


async def sample(report: Report, dsn: str | None) -> Sample | None:
    """Ten rows from where the first of the shapes is highest, in the scenario's own time zone.

    None where no table has a column that a timeline made, or where we may not read it.
    """
    busiest = next((shape for shape in report.shapes if shape.written), None)
    if busiest is None:
        return None
    table = report.entities[busiest.entity].table
    schema, _, name = table.partition(".")
    statement = (
        f"select * from {quote_table(schema, name)} "  # noqa: S608 - identifiers are quoted
        f"where {quote(busiest.column)} >= $1 order by {quote(busiest.column)} limit {SAMPLE_ROWS}"
    )
    try:
        async with connected(await resolve(dsn)) as connection:
            rows = await connection.fetch(statement, _peak(busiest))
    except (asyncpg.PostgresError, ConnectError):
        return None  # the run is over and told; a look at its rows is no reason to fail
    names = tuple(n for n in (rows[0].keys() if rows else ()) if any(_telling(row[n]) for row in rows))
    return Sample(table, names, tuple(tuple(_text(row[name], busiest.timezone) for name in names) for row in rows))


def _telling(value: object) -> bool:
    return value is not None and not isinstance(value, UUID)


def _text(value: object, clock: str) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(zone(clock)) if value.tzinfo else value
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _peak(shape: Shape) -> datetime:
    highest = shape.counts.index(max(shape.counts))
    micros = shape.start + (shape.end - shape.start) * highest // len(shape.counts)
    return _EPOCH + timedelta(microseconds=micros)
