"""What tables hold before an append: the numbers that new rows go on behind."""

from __future__ import annotations

from collections.abc import Sequence

from engine.batch import TableId
from engine.catalog.held import Held
from engine.catalog.model import Column, Table
from engine.catalog.sample import asked_as
from engine.dsn import Connection
from engine.expressions import template_names
from engine.generators.sequence import LARGEST
from engine.generators.sequence import Sequence as SequenceOf
from engine.generators.template import Template
from engine.sink.empty import count
from engine.spec.entity import Entity
from engine.sqltext import load_queries, quote, quote_table
from engine.types import Family

MANY = 1_000_000
"""Rows that children are taken to be, which nobody has counted yet."""
LIMITS = {"int2": (1 << 15) - 1, "int4": (1 << 31) - 1, "int8": LARGEST}
"""The largest number that is counted to in a column."""


async def held(connection: Connection, table: Table, entity: Entity, *, alone: bool) -> Held:
    """What a table holds of what new rows must go on behind; `alone` no other entity is written to it.

    Raises PostgresError.
    """
    rows = await count(connection, TableId(table.schema, table.name))
    if not rows:
        return Held()
    ends: dict[str, tuple[str, str]] = {}
    numbered: list[str] = []
    for name, said in entity.columns.items():
        column, made = table.column(name), said.generator
        if column is None or said.hidden:
            continue
        if isinstance(made, SequenceOf) and made.sequence.within is None:
            found = await _ends(connection, table, column, made)
            if found is not None and alone and entity.count is not None and column.type.family is Family.INTEGER:
                found = await _with_room(connection, (table, column), made, found, entity.count)
            ends |= {name: found} if found else {}
        if isinstance(made, Template) and _is_key(table, name, unique=said.unique) and _counts(made):
            numbered.append(name)
    wanted = MANY if entity.count is None else entity.count
    offset = rows if not numbered else await _offset(connection, table, numbered, (rows, wanted))
    return Held(rows, offset, ends)


def _is_key(table: Table, name: str, *, unique: bool) -> bool:
    keys = [table.primary_key, *(u.columns for u in table.uniques)]
    keys += [u.columns for u in table.expression_uniques]
    return unique or any(name in key for key in keys)


def _counts(made: Template) -> bool:
    """Whether a row's number is in the text."""
    return ("row",) in template_names(made.template)


async def _ends(connection: Connection, table: Table, column: Column, made: SequenceOf) -> tuple[str, str] | None:
    """The least and the greatest value that a column has, as texts; of numbered texts the numbers."""
    name, source = quote(column.name), quote_table(table.schema, table.name)
    if column.type.family is Family.TEXT:
        row = await connection.fetchrow(_over(table, f"{name}::text", "numbered"), made.sequence.prefix)
    else:
        least, most = (asked_as(f"{end}({name})", column.type) for end in ("min", "max"))
        row = await connection.fetchrow(f"select {least}, {most} from {source}")  # noqa: S608
    return None if row is None or row[0] is None else (row[0], row[1])


async def _with_room(
    connection: Connection, where: tuple[Table, Column], made: SequenceOf, ends: tuple[str, str], rows: int
) -> tuple[str, str]:
    """The ends; where no room is left behind the last, the last before the first gap that is wide enough."""
    table, column = where
    start, step = made.sequence.start, made.sequence.step or 1
    if not isinstance(start, int) or not isinstance(step, int) or step < 1:
        return ends
    limit, needed = LIMITS[column.type.name], (rows + 1) * step
    if int(ends[1]) + needed <= limit:
        return ends
    query = _over(table, f"{quote(column.name)}::text", "gap")
    found = await connection.fetchval(query, start - 1, needed, limit)
    return ends if found is None else (ends[0], str(found))


async def _offset(connection: Connection, table: Table, columns: Sequence[str], rows: tuple[int, int]) -> int:
    """A number, at least that of the `rows` there are, behind which as many as come stand in no text of the columns."""
    texts = f"concat_ws(' ', {', '.join(map(quote, columns))})"
    found: int = await connection.fetchval(_over(table, texts, "offset"), *rows)
    return found


def _over(table: Table, text: str, name: str) -> str:
    """A named query over a text of each row of a table."""
    source = quote_table(table.schema, table.name)
    query = load_queries("engine.run", "append.sql")[name]
    return f"with texts (text) as (select {text} from {source}) {query}"  # noqa: S608
