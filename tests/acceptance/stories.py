"""Scenarios of `specs/` whose rows are in a database, to be read by somebody who does not know how they were made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from engine.report import Report
from engine.run import Request, run
from engine.spec.load import load
from engine.sqltext import split_queries
from engine.units import zone

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
ON_15 = "black_friday on PostgreSQL 15"
STORIES = ("quickstart", "black_friday", "steady_state", "seasonal", "flash_sale_outage")


def sentences(file: str) -> dict[str, str]:
    """The named statements of a file beside this one."""
    return split_queries((HERE / file).read_text(encoding="utf-8"), source=file)


@dataclass(frozen=True, slots=True)
class Told:
    """A scenario whose rows are in a database."""

    name: str
    dsn: str
    report: Report
    starts: str
    ends: str
    timezone: str

    def ask(self, query: str) -> list[asyncpg.Record]:
        """Rows of a query, in the scenario's own time zone."""
        return asyncio.run(self._fetch(query))

    async def _fetch(self, query: str) -> list[asyncpg.Record]:
        connection = await self.connect()
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def connect(self) -> asyncpg.Connection[asyncpg.Record]:
        """A connection that knows the scenario's time zone and window."""
        settings = {"timezone": self.timezone, "story.starts": self.starts, "story.ends": self.ends}
        return await asyncpg.connect(self.dsn, server_settings=settings)

    def value(self, query: str) -> float:
        """The one number that a query gives."""
        (row,) = self.ask(query)
        return float(row[0])


@contextmanager
def told(dsn: str, name: str, **overrides: str) -> Iterator[Told]:
    """Run a scenario into a migrated database."""
    file = SPECS / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    scenario = load(text, file=file.name).scenario
    home = zone(scenario.timezone)
    starts, ends = (m.wall.replace(tzinfo=home).isoformat() for m in (scenario.window.start, scenario.window.end))
    report = asyncio.run(run(Request(text, file.name, overrides), dsn=dsn))
    yield Told(name, dsn, report, starts, ends, scenario.timezone)
