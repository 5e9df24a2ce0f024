"""Before an append: what its tables hold, and a plan that goes on behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import asyncpg
import pyarrow as pa

from engine.batch import TableId
from engine.catalog.held import Appended, Held
from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog, Column, Table
from engine.catalog.sample import asked_as, values_of
from engine.dsn import Connection
from engine.errors import Code, Refused, SpecError, wrong
from engine.expressions import template_names
from engine.generate.spare import Taken, passed_over
from engine.generators.sequence import Sequence as SequenceOf
from engine.generators.template import Template
from engine.ledger import RunLedger, RunRecord
from engine.plan.append import widened
from engine.plan.model import EntityPlan
from engine.report import Report, Status
from engine.run.existing import with_samples
from engine.run.prepare import Prepared, Request, Rows, compiled, prepare, read, tables_in
from engine.sink.empty import count
from engine.sink.errors import message_of
from engine.spec.entity import Entity
from engine.spec.load import Spec, place
from engine.sqltext import load_queries, quote, quote_table
from engine.telemetry.catalogue import COMPILE
from engine.telemetry.spans import span
from engine.types import Family

MOST_TAKEN = 1_000_000
"""Rows of a table whose values are looked at, so that new ones differ from them."""


async def prepare_run(
    connection: Connection, request: Request, spec: Spec | None = None, record: RunRecord | None = None
) -> Prepared:
    """Compile a request; of an append with what its tables hold, or held when the run of `record` began.

    Raises SpecError, ConnectError, Refused.
    """
    appended = None if record is None else record.appended
    if appended is None and (record is not None or not _appends(request)):
        return await prepare(connection, request, spec, None if record is None else record.samples)
    with span(COMPILE):
        spec = spec or read(request)
        catalog = await introspect(connection, tables_in(spec))
        if record is not None:
            return await _compiled(connection, request, spec, replace(catalog, appended=appended), record)
        return await _looked(connection, request, spec, catalog)


async def same_append(ledger: RunLedger, request: Request, spec: Spec) -> Report | None:
    """The report of a run that made the same append, None where there is none. Raises Refused where it is not done."""
    known = await ledger.alike(request.text, spec.scenario.seed, request.overrides) if _appends(request) else None
    if known is None or known[1] == Status.FAILED:  # a failed run leaves nothing
        return None
    run, status = known
    if status != Status.SUCCEEDED:
        raise Refused(
            f"this append is run {run}, which was begun and is {status}\n"
            f"  hint: `engine resume {run}` finishes it; another --seed makes another append"
        )
    report = Report.from_json((await ledger.ending(run)).report, Status.SUCCEEDED)
    note = f"run {run} made this append already, so nothing was done; another --seed makes another append"
    return replace(report, notes=(*report.notes, note))


def _appends(request: Request) -> bool:
    return request.rows is Rows.APPEND


def digest(request: Request, seed: int) -> str:
    """What tells an append from every other: its spec, parameters and seed."""
    told = json.dumps([request.text, sorted(request.overrides.items()), seed], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


async def _looked(connection: Connection, request: Request, spec: Spec, catalog: Catalog) -> Prepared:
    """Compile with what the tables hold now, and again where dealt values are taken."""
    try:
        tables = {name: await _held(connection, table, entity) for name, (table, entity) in _filled(spec, catalog)}
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(
            f"we cannot see what the tables hold: {message_of(error)}\n  hint: grant SELECT on them"
        ) from error
    appended = Appended(digest(request, spec.scenario.seed), tables)
    prepared = await _compiled(connection, request, spec, replace(catalog, appended=appended), None)
    passed = {}
    for entity in prepared.plan.entities.values():
        if entity.name in tables and tables[entity.name].rows and entity.dealt:
            try:
                taken = [await _taken(connection, entity, tables[entity.name], group) for group in entity.dealt]
                passed[entity.name] = passed_over(prepared.plan, entity, taken)
            except SpecError as error:
                raise SpecError(place(error.under("entities", entity.name).diagnostics, spec.source)) from None
    if not any(passed.values()):
        return prepared
    tables |= {name: replace(tables[name], passed=places) for name, places in passed.items()}
    again = replace(catalog, appended=replace(appended, tables=tables))
    return await _compiled(connection, request, spec, again, prepared)


async def _compiled(
    connection: Connection, request: Request, spec: Spec, catalog: Catalog, before: Prepared | RunRecord | None
) -> Prepared:
    """Compile with references to rows that are there; without, where something only new rows have is read of them.

    `before` has the samples, where they were taken already.
    """
    assert catalog.appended is not None
    wide = widened(spec, catalog, catalog.appended)
    samples = None if before is None else before.samples
    try:
        return compiled(request, wide, await with_samples(connection, wide, catalog, samples))
    except SpecError:
        if wide is spec:
            raise
    return compiled(request, spec, await with_samples(connection, spec, catalog, samples))


def _filled(spec: Spec, catalog: Catalog) -> list[tuple[str, tuple[Table, Entity]]]:
    """The entities that are written, and their tables."""
    found = []
    for name, entity in spec.scenario.entities.items():
        table = catalog.table(entity.table) if not entity.virtual and entity.existing is None else None
        if table is not None:
            found.append((name, (table, entity)))
    return found


async def _held(connection: Connection, table: Table, entity: Entity) -> Held:
    """What a table holds of what new rows must go on behind. Raises PostgresError."""
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
            ends |= {name: found} if found else {}
        if isinstance(made, Template) and _is_key(table, name, unique=said.unique) and _counts(made):
            numbered.append(name)
    wanted = MOST_TAKEN if entity.count is None else entity.count
    offset = rows if not numbered else await _offset(connection, table, numbered, (rows, wanted))
    return Held(rows, offset, ends)


def _is_key(table: Table, name: str, *, unique: bool) -> bool:
    keys = (table.primary_key, *(u.columns for u in table.uniques))
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


async def _taken(connection: Connection, entity: EntityPlan, held: Held, columns: tuple[str, ...]) -> Taken:
    """The values of some columns that rows have. Raises SpecError (INFEASIBLE, WRONG_KIND)."""
    table, named = entity.table, ", ".join(columns)
    if held.rows > MOST_TAKEN:
        message = f"{table.qualified} holds {held.rows:,} rows, and new values of {named} would have to differ from all"
        hint = f"{MOST_TAKEN:,} are the most; make the column with uuid7, sequence or a template with {{{{ row }}}}"
        raise wrong(Code.INFEASIBLE, message, path=("columns", columns[0]), hint=hint)
    types = {column.name: column.type for column in table.columns}
    shown = ", ".join(asked_as(quote(name), types[name]) for name in columns)
    whole = " and ".join(f"{quote(name)} is not null" for name in columns)
    source = quote_table(table.schema, table.name)
    rows = await connection.fetch(f"select {shown} from {source} where {whole}")  # noqa: S608
    texts: Mapping[str, Sequence[str | None]] = dict(
        zip(columns, zip(*rows, strict=True) if rows else ((),) * len(columns), strict=True)
    )
    try:
        values = tuple(values_of(tuple(texts[name]), types[name]) for name in columns)
    except (ValueError, pa.ArrowInvalid) as error:
        message = f"values of {named} in {table.qualified} cannot be compared with new ones: {error}"
        raise wrong(Code.WRONG_KIND, message, path=("columns", columns[0])) from None
    return Taken(columns, values)
