"""What --fresh would empty, looked up before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass

from engine.batch import TableId
from engine.catalog.introspect import introspect
from engine.dsn import redact
from engine.run.database import connected, resolve
from engine.run.prepare import Request, read, tables_in
from engine.sink.empty import count, holding_rows

COUNTED = 1_000_000
"""Tables that PostgreSQL takes for larger are not counted: its estimate is told."""


@dataclass(frozen=True, slots=True)
class AtStake:
    """The database, and the tables in it that hold rows: how many, and whether that is an estimate."""

    database: str
    tables: dict[TableId, tuple[int, bool]]

    def __str__(self) -> str:
        told = (f"{table} ({'about ' if about else ''}{rows:,} rows)" for table, (rows, about) in self.tables.items())
        return f"{', '.join(told)} of {self.database}"


async def at_stake(request: Request, dsn: str | None) -> AtStake:
    """What a request would empty. Raises SpecError, ConnectError, Refused where we may not look."""
    spec = read(request)
    target = await resolve(dsn)
    async with connected(target) as connection:
        catalog = await introspect(connection, tables_in(spec))
        written = [e.table for e in spec.scenario.entities.values() if not e.virtual and e.existing is None]
        labels = [spec.scenario.labels.table] if spec.scenario.labels else []
        known = {t.id: t for name in (*written, *labels) if (t := catalog.table(name)) is not None}
        full = await holding_rows(connection, [TableId(*names) for names in known])
        rows: dict[TableId, tuple[int, bool]] = {}
        for table in full:
            guessed = known[table.schema, table.name].estimated_rows
            rows[table] = (guessed, True) if guessed > COUNTED else (await count(connection, table), False)
    return AtStake(redact(target), rows)
