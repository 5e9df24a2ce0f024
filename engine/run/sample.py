"""A few rows to look at after a run: from the busiest moment of the busiest timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

from engine.report import Report, Shape
from engine.run.database import connected, resolve
from engine.sqltext import quote, quote_table

SAMPLE_ROWS = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one table as text; keys, and columns that are null in all of them, are left out."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


async def sample(report: Report, dsn: str | None) -> Sample | None:
    """Ten rows from where the first of the shapes is highest; None where no entity has a timeline."""
    if not report.shapes:
        return None
    busiest = report.shapes[0]
    table = report.entities[busiest.entity].table
    schema, _, name = table.partition(".")
    statement = (
        f"select * from {quote_table(schema, name)} "  # noqa: S608 - identifiers are quoted
        f"where {quote(busiest.column)} >= $1 order by {quote(busiest.column)} limit {SAMPLE_ROWS}"
    )
    async with connected(await resolve(dsn)) as connection:
        rows = await connection.fetch(statement, _peak(busiest))
    names = tuple(n for n in (rows[0].keys() if rows else ()) if any(_telling(row[n]) for row in rows))
    return Sample(table, names, tuple(tuple(_text(row[name]) for name in names) for row in rows))


def _telling(value: object) -> bool:
    return value is not None and not isinstance(value, UUID)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _peak(shape: Shape) -> datetime:
    highest = shape.counts.index(max(shape.counts))
    micros = shape.start + (shape.end - shape.start) * highest // len(shape.counts)
    return _EPOCH + timedelta(microseconds=micros)
