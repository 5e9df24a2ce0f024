"""An independent judge: does every row keep every constraint, and is the schema what it was?

It asks in plain SQL, without indexes, and believes neither that a constraint is validated nor that it is enforced.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import asyncpg

from engine.sqltext import load_queries, quote, quote_table

QUERIES = load_queries("tests.schemas", "audit.sql")
PARTS = ("columns", "checks", "keys", "references", "sequences")
ELEMENT = r"'(?:[^']|'')*'::[a-z ]+"
WHOLE_LIST = re.compile(rf"\(ARRAY\[({ELEMENT}(?:, {ELEMENT})*)\]\)::([a-z ]+)\[\]")
Found = TypeVar("Found")
Definitions: TypeAlias = Counter[tuple[str, str]]
"""What there is, such as a constraint of a table, with its definition."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query that counts the rows that break one rule."""

    rule: str
    query: str


def violations(dsn: str) -> list[str]:
    """Every rule that some row breaks, with how many, sorted; empty where all is well."""
    return _asked(dsn, _violations)


def rows(dsn: str) -> dict[str, int]:
    """The rows of every table by ``schema.table``; a partitioned table stands for its partitions."""
    return _asked(dsn, _rows)


def without_columns(dsn: str) -> set[str]:
    """The tables that can hold no value at all, by ``schema.table``."""
    return _asked(dsn, _without_columns)


def snapshot(dsn: str) -> Definitions:
    """The definition of everything in the schema, constraints with whether they are validated and enforced."""
    return _asked(dsn, _snapshot)


def differences(before: Definitions, after: Definitions) -> list[str]:
    """What is only in one of two snapshots."""
    gone = [f"gone: {what}: {definition}" for what, definition in (before - after).elements()]
    return sorted(gone) + sorted(f"new: {what}: {definition}" for what, definition in (after - before).elements())


def _asked(dsn: str, work: Callable[[asyncpg.Connection], Coroutine[object, object, Found]]) -> Found:
    async def connected() -> Found:
        connection = await asyncpg.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, connected()).result()


async def _catalog(connection: asyncpg.Connection, name: str, *arguments: object) -> list[asyncpg.Record]:
    """What a query on the catalog finds, every name in it with its schema."""
    async with connection.transaction():
        await connection.execute("set local search_path = pg_catalog")
        return await connection.fetch(QUERIES[name], *arguments)


async def _snapshot(connection: asyncpg.Connection) -> Definitions:
    return Counter((r["what"], _as_written_again(r["definition"])) for r in await _catalog(connection, "snapshot"))


def _as_written_again(definition: str) -> str:
    """PostgreSQL casts the elements of a list where it read a cast of the whole: the same, but other words."""

    def each(found: re.Match[str]) -> str:
        return f"ARRAY[{', '.join(f'({element})::{found[2]}' for element in re.findall(ELEMENT, found[1]))}]"

    return WHOLE_LIST.sub(each, definition)


async def _without_columns(connection: asyncpg.Connection) -> set[str]:
    tables = await _catalog(connection, "tables")
    having = {c["oid"] for c in await _catalog(connection, "columns", [t["oid"] for t in tables])}
    return {f"{t['schema']}.{t['name']}" for t in tables if t["oid"] not in having}


async def _rows(connection: asyncpg.Connection) -> dict[str, int]:
    tables = [t for t in await _catalog(connection, "tables") if not t["partition"]]
    return {f"{t['schema']}.{t['name']}": await connection.fetchval(f"select count(*) from {_from(t)}") for t in tables}


async def _violations(connection: asyncpg.Connection) -> list[str]:
    for way in ("indexscan", "bitmapscan", "indexonlyscan"):
        await connection.execute(f"set enable_{way} = off")
    tables = {t["oid"]: t for t in await _catalog(connection, "tables")}
    parts = {name: await _catalog(connection, name, list(tables)) for name in PARTS}
    found: list[str] = []
    for oid, table in tables.items():
        own = {name: [r for r in records if r["oid"] == oid] for name, records in parts.items()}
        for question in _questions(table, own, tables):
            found += await _answers(connection, table, question)
        for sequence in own["sequences"]:
            found += await _used_up(connection, table, sequence)
    return sorted(found)


async def _answers(connection: asyncpg.Connection, table: asyncpg.Record, question: Question) -> Iterator[str]:
    where = f"{table['schema']}.{table['name']}: {question.rule}"
    try:
        broken = await connection.fetchval(question.query)
    except asyncpg.IntegrityConstraintViolationError as error:
        return iter([f"{where}: {error}"])
    return iter([f"{where}: {broken} row{'s' * (broken != 1)}"] if broken else [])


async def _used_up(connection: asyncpg.Connection, table: asyncpg.Record, owned: asyncpg.Record) -> Iterator[str]:
    """Whether the number that the sequence gives next lies behind one that is in the column."""
    name, column = quote_table(owned["schema"], owned["sequence"]), quote(owned["name"])
    (state,) = await connection.fetch(f"select last_value, is_called from {name}")
    upwards = owned["increment"] > 0
    following = state["last_value"] + owned["increment"] * state["is_called"]
    last = await connection.fetchval(f"select {'max' if upwards else 'min'}({column}) from {_from(table)}")
    behind = last is not None and (last >= following if upwards else last <= following)
    text = (
        f"{table['schema']}.{table['name']}: sequence of {owned['name']} gives {following} next, the column has {last}"
    )
    return iter([text] if behind else [])


def _questions(
    table: asyncpg.Record, parts: Mapping[str, list[asyncpg.Record]], tables: Mapping[int, asyncpg.Record]
) -> Iterator[Question]:
    for column in parts["columns"]:
        yield from _of_column(table, column)
    for check in parts["checks"]:
        yield Question(f"check {check['name']}", _count(table, f"({check['expression']}) is false"))
    if table["bounds"]:
        yield Question("bounds of the partition", _count(table, f"({table['bounds']}) is not true"))
    for key in parts["keys"]:
        kind = "exclusion" if key["operators"] else "unique"
        yield Question(f"{kind} {key['name']}", (_overlaps if key["operators"] else _duplicates)(table, key))
    for reference in parts["references"]:
        yield from _of_reference(table, reference, tables[reference["target"]])


def _of_column(table: asyncpg.Record, column: asyncpg.Record) -> Iterator[Question]:
    name = quote(column["name"])
    if column["required"]:
        yield Question(f"not null {column['name']}", _count(table, f"num_nulls({name}) > 0"))
    if column["coerced"]:  # a value that its domain does not allow raises an error
        again = f"({name}::text::{column['coerced']})::text is distinct from {name}::text"
        yield Question(f"domain of {column['name']}", _count(table, again))


def _duplicates(table: asyncpg.Record, key: asyncpg.Record) -> str:
    """Groups of rows that agree in the key, where nulls are different unless the index says otherwise."""
    keys = [f"({k})" for k in key["keys"]]
    filled = [] if key["nulls_not_distinct"] else [f"{k} is not null" for k in keys]
    where = " and ".join([*filled, *([f"({key['predicate']})"] if key["predicate"] else [])]) or "true"
    named = ", ".join(f"{k} as k{n}" for n, k in enumerate(keys))
    grouped = ", ".join(f"k{n}" for n in range(len(keys)))
    each = _each(f"{named} from {_from(table)} where {where}")
    return f"select count(*) from (select 1 from {each} as each group by {grouped} having count(*) > 1) as twice"


def _overlaps(table: asyncpg.Record, key: asyncpg.Record) -> str:
    """Pairs of rows between whose keys every operator holds; of an exclusion, or of a key without overlaps."""
    named = ", ".join(f"({k}) as k{n}" for n, k in enumerate(key["keys"]))
    where = f"({key['predicate']})" if key["predicate"] else "true"
    each = _each(f"tableoid as t, ctid as c, {named} from {_from(table)} where {where}")
    holds = " and ".join(f"a.k{n} {operator} b.k{n}" for n, operator in enumerate(key["operators"]))
    return f"select count(*) from {each} as a join {each} as b on (a.t, a.c) < (b.t, b.c) and {holds}"


def _of_reference(table: asyncpg.Record, reference: asyncpg.Record, target: asyncpg.Record) -> Iterator[Question]:
    columns = [f"child.{quote(c)}" for c in reference["columns"]]
    wanted = [f"parent.{quote(c)}" for c in reference["target_columns"]]
    children = _each(f"{', '.join(columns)} from {_from(table)} as child") + " as child"
    parents = _each(f"{', '.join(wanted)} from {_from(target)} as parent") + " as parent"
    filled = " and ".join(f"num_nulls({c}) = 0" for c in columns)
    pairs = [f"{w} {o} {c}" for w, o, c in zip(wanted, reference["operators"], columns, strict=True)]
    lost = f"not exists (select 1 from {parents} where {' and '.join(pairs)})"
    if reference["period"]:  # the last column is a range that the parents' ranges must cover together
        covered = f"select range_agg({wanted[-1]}) from {parents} where {' and '.join(pairs[:-1])}"
        lost = f"({columns[-1]} <@ ({covered})) is not true"
    name = f"foreign key {reference['name']}"
    yield Question(name, f"select count(*) from {children} where {filled} and {lost}")
    if reference["match_full"]:
        some = f"num_nulls({', '.join(columns)}) between 1 and {len(columns) - 1}"
        yield Question(f"{name}, match full", f"select count(*) from {_from(table)} as child where {some}")


def _count(table: asyncpg.Record, condition: str) -> str:
    return f"select count(*) from {_from(table)} where {condition}"


def _each(selected: str) -> str:
    """Rows behind a fence: the planner believes every unique index, and counts one row of two that are the same."""
    return f"(select {selected} offset 0)"


def _from(table: asyncpg.Record) -> str:
    """A table without those that inherit from it: constraints are each table's own. A partitioned one is its parts."""
    return f"{'' if table['partitioned'] else 'only '}{quote_table(table['schema'], table['name'])}"
