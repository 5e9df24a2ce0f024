"""Rows that were made once, found again in their tables and removed: those, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import asyncpg
import pyarrow as pa

from engine.batch import TableId
from engine.catalog.model import Table
from engine.errors import Refused
from engine.sink.encode import encoding_for
from engine.sink.parcel import Parcel
from engine.sink.postgres import send
from engine.sqltext import load_queries, quote, quote_columns, quote_table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_FOUND = 'pg_temp."engine_found"'
_LOCK_TIMEOUT = "10s"


@dataclass(frozen=True, slots=True)
class Made:
    """What a run wrote for one entity: its table, the columns, and those by which a row is known again."""

    entity: str
    table: Table
    written: tuple[str, ...]
    key: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Find the key."""
        object.__setattr__(self, "key", known_by(self.table, self.written))


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows of an entity are there, and how many of them are not as they were written."""

    rows: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Pointing:
    """A foreign key that points to rows which are about to go."""

    name: str
    table: TableId
    source: str
    target: str
    root: str  # the source, or what it is a partition of
    pairs: tuple[tuple[str, str], ...]
    may_index: bool


def known_by(table: Table, written: Sequence[str]) -> tuple[str, ...]:
    """The columns that tell a row: its primary key, else a unique key without nulls, that was written; else none."""
    required = {column.name for column in table.columns if not column.nullable}
    whole = [u.columns for u in table.uniques if not u.partial and set(u.columns) <= required]
    keys = [table.primary_key, *sorted(whole, key=len)]
    return next((key for key in keys if key and set(key) <= set(written)), ())


class Removal:
    """Works inside one transaction of its connection, which must be this removal's alone.

    What was made is sent again, into temporary tables, and looked for in the real ones: by its key, or where there is
    none by all that was written, each made row matching at most one.
    """

    def __init__(self, connection: Connection, made: Sequence[Made]) -> None:
        self._connection = connection
        self._made = {one.entity: one for one in made}
        self._names = {entity: f"engine_made_{number}" for number, entity in enumerate(self._made)}
        self._queries = load_queries("engine.sink", "queries.sql")

    async def begin(self) -> None:
        """Keep everybody else from writing to the tables until the end of the transaction. Raises PostgresError."""
        await self._connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        for table in sorted({_relation(one.table) for one in self._made.values()}):
            await self._connection.execute(f"lock table {table} in exclusive mode")
        await self._connection.execute(self._queries["make_found"])
        for one in self._made.values():
            name = quote(self._names[one.entity])
            await self._connection.execute(
                f"create temporary table {name} on commit drop as "  # noqa: S608
                f"select {quote_columns(one.written)} from {_relation(one.table)} with no data"
            )

    async def look(self, made: Mapping[str, Sequence[pa.RecordBatch]]) -> None:
        """Look for the rows of a partition, by entity. Raises PostgresError."""
        for entity, batches in made.items():
            one, name = self._made[entity], self._names[entity]
            there = replace(one.table, schema="pg_temp", name=name, row_security=False)
            await send(self._connection, Parcel(entity, there, encoding_for(one.table, one.written), tuple(batches)))
            if one.key:
                await self._match(one)
                await self._connection.execute(f"truncate pg_temp.{quote(name)}")

    async def found(self) -> dict[str, Found]:
        """What is there of each entity, once everything was looked for."""
        for one in self._made.values():
            if not one.key:
                await self._match(one)
        await self._connection.execute(self._queries["index_found"])
        await self._connection.execute(f"analyze {_FOUND}")
        rows = await self._connection.fetch(self._queries["found"])
        there = {row["entity"]: Found(row["row_count"], row["changed_count"]) for row in rows}
        return {entity: there.get(entity, Found()) for entity in self._made}

    async def _match(self, one: Made) -> None:
        made = f"pg_temp.{quote(self._names[one.entity])}"
        await self._connection.execute(f"analyze {made}")
        match = _by_key(one, made) if one.key else _by_line(one, made)
        await self._connection.execute(f"insert into {_FOUND} {match}", one.entity)

    async def remove(self) -> int:
        """Remove what was found, children first, and what goes round in one statement; how many rows went.

        Raises Refused where rows that stay point to rows that go, PostgresError.
        """
        names = [one.table.schema for one in self._made.values()], [one.table.name for one in self._made.values()]
        keys = [_pointing(row) for row in await self._connection.fetch(self._queries["pointing"], *names)]
        await self._require_alone(keys)
        helping = await self._index(keys)
        removed = 0
        for group in _children_first(sorted({_relation(one.table) for one in self._made.values()}), keys):
            removed += await self._connection.fetchval(_deleting(group))
        await self._connection.execute("set constraints all immediate")
        for index in helping:
            await self._connection.execute(f"drop index {index}")
        return removed

    async def _require_alone(self, keys: Iterable[_Pointing]) -> None:
        """Refuse where a row that stays points to one that goes, whatever the foreign key would do about it."""
        in_the_way = []
        for key in keys:
            rows = await self._connection.fetchval(_pointing_rows(key))
            if rows:
                in_the_way.append(f"  {rows:,} rows of {key.table} point to them by {key.name}")
        if in_the_way:
            hint = "  hint: remove those rows first; `engine clean` removes the rows of another run"
            raise Refused(
                "\n".join(
                    ["nothing was removed, because rows that the run did not make would go too:", *in_the_way, hint]
                )
            )

    async def _index(self, keys: Iterable[_Pointing]) -> list[str]:
        """Index foreign keys that have no index, for as long as this takes: each row that goes is asked for by them."""
        made = []
        for number, key in enumerate(key for key in keys if key.may_index):
            name = f"engine_clean_{number}"
            columns = quote_columns(tuple(column for column, _ in key.pairs))
            await self._connection.execute(f"create index {quote(name)} on {key.source} ({columns})")
            made.append(quote_table(key.table.schema, name))
        return made


def _children_first(relations: Sequence[str], keys: Sequence[_Pointing]) -> Iterator[tuple[str, ...]]:
    """The tables, each behind all that point to it, as triggers expect it; those that go round together, at the end."""
    left = list(relations)
    while left:
        wanted = {key.target for key in keys if key.root in left and key.root != key.target}
        ready = [relation for relation in left if relation not in wanted]
        yield from ((relation,) for relation in ready)
        if not ready:
            yield tuple(left)
            return
        left = [relation for relation in left if relation not in ready]


def _deleting(relations: Sequence[str]) -> str:
    parts = (
        f"gone_{number} as (delete from {relation} as t using {_FOUND} as f "  # noqa: S608
        "where t.ctid = f.place and t.tableoid = f.relation returning 1)"
        for number, relation in enumerate(relations)
    )
    counts = (f"(select count(*) from gone_{number})" for number in range(len(relations)))  # noqa: S608
    return f"with {', '.join(parts)} select {' + '.join(counts)}"


def _relation(table: Table) -> str:
    """The table as rows are looked for in it: those of heirs are not its own."""
    name = quote_table(table.schema, table.name)
    return name if table.kind == "partitioned" else f"only {name}"


def _line(alias: str, columns: Sequence[str]) -> str:
    """A row as one text, the same for the same values, whatever their types have for equality."""
    return f"row({', '.join(f'{alias}.{quote(column)}' for column in columns)})::text"


def _by_key(one: Made, made: str) -> str:
    same = " and ".join(f"t.{quote(column)} = m.{quote(column)}" for column in one.key)
    changed = f"{_line('t', one.written)} is distinct from {_line('m', one.written)}"
    return f"select $1, t.tableoid, t.ctid, {changed} from {_relation(one.table)} as t join {made} as m on {same}"  # noqa: S608


def _by_line(one: Made, made: str) -> str:
    """Equal rows are numbered on both sides, so that each of them matches one."""
    there, new, table = _line("t", one.written), _line("m", one.written), _relation(one.table)
    return (
        "select $1, t.relation, t.place, false "  # noqa: S608
        f"from (select {new} as line, row_number() over (partition by {new}) as number from {made} as m) as m "
        f"join (select t.tableoid as relation, t.ctid as place, {there} as line, "
        f"row_number() over (partition by {there} order by t.tableoid, t.ctid) as number from {table} as t "
        f"where not exists (select from {_FOUND} as f where f.place = t.ctid and f.relation = t.tableoid)) as t "
        "on t.line = m.line and t.number = m.number"
    )


def _pointing(row: asyncpg.Record) -> _Pointing:
    source = quote_table(row["schema_name"], row["table_name"])
    target = quote_table(row["target_schema"], row["target_name"])
    root = quote_table(row["root_schema"], row["root_name"])
    return _Pointing(
        row["name"],
        TableId(row["schema_name"], row["table_name"]),
        source if row["parted"] else f"only {source}",
        target if row["target_parted"] else f"only {target}",
        root if row["root_parted"] else f"only {root}",
        tuple(zip(row["columns"], row["target_columns"], strict=True)),
        row["may_index"],
    )


def _pointing_rows(key: _Pointing) -> str:
    same = " and ".join(f"t.{quote(target)} = r.{quote(column)}" for column, target in key.pairs)
    return (
        f"select count(*) from {key.source} as r where exists (select from {key.target} as t "  # noqa: S608
        f"join {_FOUND} as f on f.place = t.ctid and f.relation = t.tableoid where {same}) "
        f"and not exists (select from {_FOUND} as f where f.place = r.ctid and f.relation = r.tableoid)"
    )
