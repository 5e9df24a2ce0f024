"""`engine init`: a database that is only read → the text of a spec that fills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import asyncpg

from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog, Table
from engine.dsn import Connection
from engine.errors import Refused, UsageError
from engine.run.database import connected
from engine.run.dump import HINT, catalog_of_file
from engine.run.mending import mended
from engine.run.observe import moment_of, rhythms_of
from engine.run.reach import closed_tables
from engine.sketch.draft import sketch_of, written
from engine.sketch.entities import BOOKKEEPING, LEDGER
from engine.sketch.rhythm import Rhythm
from engine.sketch.rhythm_bounds import timeline_of
from engine.sketch.sheet import MOST_HELD, Sketch
from engine.sketch.wish import TableKey, Wish
from engine.sqltext import quote_table
from engine.units import zone

WINDOW = timedelta(days=365)
MOST_COUNTED = 40
"""Tables whose rows are counted by the hour: the largest."""
MOST_TOLD = 10
"""Statements of a dump that are told where none of them made a table."""
AVERAGE = 1_000
"""Rows of an average table, where nobody says how many."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the author asks for: which tables, how many rows, what may be looked at.

    `fill_all` drafts tables for an empty copy, also those that hold rows here; False points to their rows, and None
    decides by whether most tables hold some.
    """

    today: date
    schemas: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rows: int | None = None
    scenario: str = "draft"
    seed: int = 1
    locale: str = "en_US"
    profile: bool = False
    fill_all: bool | None = None
    keep_personal: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """A spec's text, and what its author is told beside it."""

    text: str
    filled: int = 0
    held: int = 0
    notes: tuple[str, ...] = field(default_factory=tuple)


async def draft_of(dsn: str, asked: Drafting) -> Drafted:
    """Look at a database and draft a spec for it. Raises ConnectError, Refused where there is nothing to fill.

    The draft is tried on a sample, which PostgreSQL judges by SELECTs; nothing is written.
    """
    async with connected(dsn) as connection:
        catalog = await introspect(connection, schemas=asked.schemas or None, statistics=asked.profile)
        catalog = replace(catalog, tables={k: t for k, t in catalog.tables.items() if t.schema != LEDGER})
        able = [t for t in catalog.tables.values() if _could_hold(t)]
        seen = await rows_held(connection, able)
        held = {table.id: seen.get(table.id, 0) for table in able}
        chosen, wish = wished(catalog, held, asked)
        if asked.profile:
            local = await _zone(connection)
            full = sorted((t for t in chosen.tables.values() if _could_hold(t)), key=lambda t: -t.estimated_rows)
            wish = in_rhythm(wish, await rhythms_of(connection, full[:MOST_COUNTED], local), local)
        closed = await closed_tables(connection, able)
        if asked.fill_all or asked.profile or (asked.fill_all is None and len(closed) == len(able)):
            closed = {}  # who may only read drafts for a copy
        wish = replace(wish, without_types=await _without_types(connection, catalog), closed=closed)
        tried = await mended(connection, chosen, wish)
    unseen = [t.qualified for t in able if t.id not in {*seen, *closed} and t.id in chosen.tables]
    told = (f"{', '.join(unseen)}: without the right to SELECT nobody can tell whether they are empty",) * bool(unseen)
    return _told(tried.sketch, catalog, asked, (*told, *tried.problems))


async def draft_of_file(path: Path, asked: Drafting) -> Drafted:
    """Draft a spec for a schema that a DBA wrote down: a dump, or what the script of `--print-probe` printed.

    Rows are as many, and like those, of which the file has statistics. Raises UsageError, Refused.
    """
    dumped = await catalog_of_file(path, redact=not asked.keep_personal)
    if not dumped.catalog.tables:
        told = "\n".join(f"  {note}" for note in dumped.notes[:MOST_TOLD])
        raise UsageError(f"{path}: no table could be made of it\n{told}\n  hint: {HINT}")
    there = any(table.estimated_rows for table in dumped.catalog.tables.values())
    asked = replace(asked, fill_all=True, profile=asked.profile or there)
    tables = {key: table for key, table in dumped.catalog.tables.items() if _in(table, asked.schemas)}
    chosen, wish = wished(replace(dumped.catalog, tables=tables), {}, asked)
    if asked.profile:
        wish = in_rhythm(wish, _rhythms_in(chosen), "UTC")
    return _told(sketch_of(chosen, wish), chosen, asked, tuple(map(str, dumped.notes)))


def _in(table: Table, schemas: tuple[str, ...]) -> bool:
    return table.schema != LEDGER and (not schemas or table.schema in schemas)


def _rhythms_in(catalog: Catalog) -> dict[TableKey, tuple[str, Rhythm]]:
    """What the histograms of moments show."""
    found: dict[TableKey, tuple[str, Rhythm]] = {}
    for table in catalog.tables.values():
        column = moment_of(table)
        seen = timeline_of(table, column, "UTC") if column is not None else None
        if column is not None and seen is not None:
            found[table.id] = (column.name, seen)
    return found


def in_rhythm(wish: Wish, rhythms: Mapping[TableKey, tuple[str, Rhythm]], local: str) -> Wish:
    """The wish over the days of the table with most rows, each table in its own rhythm."""
    if not rhythms:
        return replace(wish, timezone=local)
    main = max((seen for _, seen in rhythms.values()), key=lambda seen: seen.rows)
    end = main.last + timedelta(days=1)
    kept = {key: (column, within(seen, main.first, end)) for key, (column, seen) in rhythms.items()}
    return replace(wish, start=main.first, end=end, rhythms=kept, timezone=local)


def within(seen: Rhythm, start: date, end: date) -> Rhythm:
    """A rhythm without spikes on days that the window does not have, which a spec refuses."""
    spikes = seen.timeline.get("spikes")
    if not isinstance(spikes, Mapping):
        return seen
    inside = {n: s for n, s in spikes.items() if start <= date.fromisoformat(str(s["on"])[:10]) < end}
    rest = {key: value for key, value in seen.timeline.items() if key != "spikes"}
    return replace(seen, timeline={**rest, **({"spikes": inside} if inside else {})})


async def _zone(connection: Connection) -> str:
    """The time zone that the database's sessions have, if it is one by name; else UTC."""
    name: str = await connection.fetchval("select current_setting('TimeZone')")
    try:
        zone(name)
    except ValueError:
        return "UTC"
    return name if "/" in name else "UTC"


async def _without_types(connection: Connection, catalog: Catalog) -> frozenset[str]:
    """Types of which this server can hold no value: xml, where it was built without libxml."""
    if not any(c.type.name == "xml" for table in catalog.tables.values() for c in table.columns):
        return frozenset()
    try:
        await connection.fetchval("select '<a/>'::xml::text")
    except asyncpg.FeatureNotSupportedError:
        return frozenset({"xml"})
    return frozenset()


def _could_hold(table: Table) -> bool:
    return table.kind in ("table", "partitioned") and not table.partition and not BOOKKEEPING.match(table.name)


def drafted(catalog: Catalog, held: dict[TableKey, int], asked: Drafting) -> Drafted:
    """The draft for a catalog whose database nobody can ask. Raises Refused where there is nothing to fill."""
    chosen, wish = wished(catalog, held, asked)
    return _told(sketch_of(chosen, wish), catalog, asked)


def wished(catalog: Catalog, held: dict[TableKey, int], asked: Drafting) -> tuple[Catalog, Wish]:
    """The tables that are asked for, and what the draft is to be like, where tables hold so many rows."""
    fill_all = asked.fill_all
    if fill_all is None:
        full = sum(1 for rows in held.values() if rows)
        fill_all = asked.profile or full * 2 > len(held)
    there = {} if fill_all else {key: rows for key, rows in held.items() if rows}
    return choose(catalog, asked, there), Wish(
        start=asked.today - WINDOW,
        end=asked.today,
        rows=asked.rows or AVERAGE,
        rows_given=asked.rows is not None,
        scenario=asked.scenario,
        seed=asked.seed,
        locale=asked.locale,
        profile=asked.profile,
        held=there,
        empty=frozenset(key for key, rows in held.items() if not rows) if asked.profile else frozenset(),
    )


def _told(sketch: Sketch, catalog: Catalog, asked: Drafting, problems: tuple[str, ...] = ()) -> Drafted:
    if not sketch.sheets:
        raise Refused(_nothing(sketch, catalog, asked))
    return Drafted(written(sketch), len(sketch.sheets), len(sketch.held), (*_notes(sketch), *problems))


def _nothing(sketch: Sketch, catalog: Catalog, asked: Drafting) -> str:
    where = f" in {', '.join(asked.schemas)}" if asked.schemas else ""
    if sketch.lost and not sketch.held:
        told = "\n".join(f"  {'.'.join(key)}: {why}" for key, why in list(sketch.lost.items())[:20])
        return f"no table{where} can be filled:\n{told}"
    if sketch.held:
        return (
            f"every table{where} holds rows already, so there is none to fill\n"
            "  hint: --all drafts a spec for an empty copy of them; --profile makes it like the rows that are there"
        )
    if not catalog.tables:
        return f"there is no table{where} that we may see\n  hint: --schema names one; the user needs USAGE on it"
    return f"none of the {len(catalog.tables)} tables{where} is left by --include and --exclude"


def choose(catalog: Catalog, asked: Drafting, there: dict[TableKey, int]) -> Catalog:
    """The tables that are asked for, with those that they cannot do without."""
    wanted = {key for key, table in catalog.tables.items() if _matches(table, asked)}
    waiting = sorted(wanted)
    while waiting:
        for key in catalog.tables[waiting.pop()].foreign_keys:
            if key.target in catalog.tables and key.target not in wanted and (key.target in there or asked.include):
                wanted.add(key.target)
                waiting.append(key.target)
    return replace(catalog, tables={key: table for key, table in catalog.tables.items() if key in wanted})


def _matches(table: Table, asked: Drafting) -> bool:
    names = (table.name, table.qualified)
    if any(fnmatchcase(name, pattern) for pattern in asked.exclude for name in names):
        return False
    return not asked.include or any(fnmatchcase(name, pattern) for pattern in asked.include for name in names)


def _notes(sketch: Sketch) -> list[str]:
    found = [f"{'.'.join(key)} is left out: {why}" for key, why in sketch.left_out().items()]
    return [*found, *(f"{sheet.table.qualified}: {note}" for sheet in sketch.sheets.values() for note in sheet.notes)]


async def rows_held(connection: Connection, tables: Sequence[Table]) -> dict[TableKey, int]:
    """How many rows tables hold, up to as many as a run would read of them; without those that we may not look at."""
    found: dict[TableKey, int] = {}
    for table in tables:
        source = quote_table(table.schema, table.name)
        with suppress(asyncpg.InsufficientPrivilegeError):
            rows = await connection.fetchval(f"select count(*) from (select from {source} limit {MOST_HELD}) as held")  # noqa: S608
            found[table.id] = rows
    return found
