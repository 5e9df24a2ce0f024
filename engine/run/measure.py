"""What lies in a table, counted by PostgreSQL in the parts that a preview was cut into; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from engine.dsn import Connection
from engine.plan.model import EntityPlan
from engine.preview.actual import EntityActual
from engine.preview.model import ALL, Bar, EntityView, Period, Share
from engine.sqltext import quote, quote_table
from engine.types import Family, PgType

COUNTED_ROWS, SAMPLED_ROWS = 10_000_000, 200_000
"""Larger tables than the first are not counted in full; the columns of larger ones than the second are sampled."""
MOST_VALUES = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Source:
    """A table as a query reads it, in whole or by blocks, `percent` of them."""

    table: str
    percent: float

    @classmethod
    def of(cls, entity: EntityPlan, rows: int, most: int) -> Source:
        """So much of an entity's table that about `most` rows are read."""
        return cls(quote_table(entity.table.schema, entity.table.name), 100.0 if rows <= most else 100.0 * most / rows)

    def __str__(self) -> str:
        if self.percent == 100:
            return self.table
        return f"{self.table} tablesample system ({self.percent:.4f}) repeatable (1)"

    @property
    def told(self) -> str:
        """What is said where only a part was read."""
        return (
            ""
            if self.percent == 100
            else f"what is in the columns was asked of about {self.percent:.2g} % of the table"
        )


async def measure(
    connection: Connection, entity: EntityPlan, view: EntityView, committed: int, zone: str
) -> EntityActual:
    """Count an entity's table as its preview was counted: rows, time, and what the columns hold.

    Raises asyncpg.PostgresError where it may not be read or takes too long.
    """
    whole = Source.of(entity, committed, COUNTED_ROWS)
    part = Source.of(entity, committed, SAMPLED_ROWS)
    found = EntityActual(committed, await _rows(connection, whole), note=part.told)
    if view.time is not None:
        found = replace(found, counts=await _time(connection, entity, view, whole, zone))
    bars, periods, shares = list[Bar](), list[Period](), list[Share]()
    for column in _written(view.histograms, entity):
        bars += await _bars(connection, part, [b for b in view.histograms if b.column == column])
    for column in _written(view.periods, entity):
        some = [p for p in view.periods if p.column == column]
        periods += await _periods(connection, part, some, _instant(entity, column, zone))
    for column in _written(view.shares, entity):
        shares += await _shares(connection, part, column, entity.columns[column].type)
    nulls = await _nulls(connection, entity, part)
    return replace(found, nulls=nulls, bars=tuple(bars), periods=tuple(periods), shares=tuple(shares))


def _written(parts: Sequence[Bar] | Sequence[Period] | Sequence[Share], entity: EntityPlan) -> list[str]:
    """The columns that some parts are of, without those that are hidden."""
    return list(dict.fromkeys(part.column for part in parts if part.column in entity.written))


async def _rows(connection: Connection, source: Source) -> int | None:
    if source.percent < 100:
        return None
    found: int = await connection.fetchval(f"select count(*) from {source}")  # noqa: S608 - identifiers are quoted
    return found


async def _time(
    connection: Connection, entity: EntityPlan, view: EntityView, source: Source, zone: str
) -> tuple[float, ...]:
    """Rows in the parts of the preview's time; of a part of the table, multiplied."""
    assert view.time is not None
    time = view.time
    starts = [_moment(time.start + n * time.width) for n in range(len(time.counts))]
    at = _instant(entity, time.column, zone)
    counts = await _parts(connection, source, at, "timestamptz", starts, _moment(time.end))
    return tuple(n * 100 / source.percent for n in counts)


async def _bars(connection: Connection, source: Source, bars: Sequence[Bar]) -> list[Bar]:
    """The share of the values in each bar; the first one has all below, the last one all above."""
    at = f"{quote(bars[0].column)}::float8"
    counts = await _parts(connection, source, at, "float8", [b.low for b in bars])
    rows = sum(counts) or 1
    return [replace(bar, share=n / rows) for bar, n in zip(bars, counts, strict=True)]


async def _periods(connection: Connection, source: Source, periods: Sequence[Period], at: str) -> list[Period]:
    """The share of the moments in each period; the first and the last have those before and after them."""
    counts = await _parts(connection, source, at, "timestamptz", [_moment(p.start) for p in periods])
    rows = sum(counts) or 1
    return [replace(period, share=n / rows) for period, n in zip(periods, counts, strict=True)]


async def _parts(
    connection: Connection, source: Source, at: str, kind: str, starts: Sequence[object], end: object = None
) -> list[int]:
    """How many values lie from each start to the next one, without nulls.

    Without an `end` the first part has what lies before it and the last one what lies after it; with one neither.
    """
    values: list[object] = [list(starts)]
    place, within = f"greatest(at, ($1::{kind} [])[1])", "at is not null"
    if end is not None:
        place, within = "at", "at < $2"
        values.append(end)
    statement = (
        f"select width_bucket({place}, $1::{kind} []) as part, count(*) as n "  # noqa: S608 - identifiers are quoted
        f"from (select {at} as at from {source}) as t where {within} group by 1"
    )
    found = {row["part"]: row["n"] for row in await connection.fetch(statement, *values)}
    return [found.get(n, 0) for n in range(1, len(starts) + 1)]


async def _nulls(connection: Connection, entity: EntityPlan, source: Source) -> dict[str, float]:
    """The share of nulls in each column that can hold them."""
    names = [c.name for c in entity.table.columns if c.nullable and c.name in entity.written]
    counts = ", ".join(["count(*)", *(f"count({quote(name)})" for name in names)])
    row = await connection.fetchrow(f"select {counts} from {source}")  # noqa: S608 - identifiers are quoted
    assert row is not None
    return {name: 1 - held / row[0] for name, held in zip(names, list(row)[1:], strict=True)} if row[0] else {}


async def _shares(connection: Connection, source: Source, column: str, type_: PgType) -> list[Share]:
    """The share of each of the commonest values, written as the preview writes them."""
    name = quote(column)
    statement = (
        f"select {name}::text as value, count(*) as n, sum(count(*)) over () as rows "  # noqa: S608 - quoted
        f"from {source} group by {name} order by 2 desc limit {MOST_VALUES}"
    )
    found = await connection.fetch(statement)
    return [Share(column, ALL, _spelled(row["value"], type_), float(row["n"] / row["rows"])) for row in found]


def _spelled(value: str | None, type_: PgType) -> str | None:
    return str(float(value)) if value is not None and type_.family is Family.FLOAT else value


def _instant(entity: EntityPlan, column: str, zone: str) -> str:
    """A column as instants, as the engine reads it: without a time zone it is wall time of the scenario."""
    name, type_ = quote(column), entity.columns[column].type.name
    if type_ == "timestamptz":
        return name
    quoted = zone.replace("'", "''")
    return f"({name}::timestamp at time zone '{quoted}')"


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def sharers(entities: Sequence[EntityPlan], entity: EntityPlan) -> Iterator[str]:
    """The other entities that fill the same table."""
    return (other.name for other in entities if other.table_id == entity.table_id and other.name != entity.name)
