"""Before a load: a sample of its rows is put to the CHECKs and EXCLUDEs of their tables, by PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

import asyncpg
import pyarrow as pa
from asyncpg.transaction import Transaction

from engine.catalog.model import Column, Table
from engine.dsn import Connection
from engine.errors import Code, Diagnostic, LoadError, SpecError
from engine.plan.model import EntityPlan
from engine.printable import printable
from engine.run.prepare import Prepared
from engine.run.sampled import sampled
from engine.run.trials import (
    Trial,
    checks_query,
    exclusion_query,
    out_of_reach,
    passing_query,
    trials_of,
    written_columns,
)
from engine.sink.encode import encoding_for
from engine.spec.load import place
from engine.sqltext import load_queries

TIMEOUT_S = 10.0
"""How long PostgreSQL may think about one table's sample."""
_RAISED = (asyncpg.DataError, asyncpg.RaiseError)
"""What a CHECK raises on a value that it cannot work with, as an INSERT of it would."""
_LONGEST = 200
_QUERIES = load_queries("engine.run", "rehearse.sql")


@dataclass(frozen=True, slots=True)
class Broken:
    """A constraint that rows of a sample break: how many of how many (of an EXCLUDE, pairs), and one as an example."""

    entity: str
    table: Table
    trial: Trial
    rows: int
    of: int
    example: tuple[tuple[str, str | None], ...]


async def rehearse(connection: Connection, prepared: Prepared) -> tuple[str, ...]:
    """Put a sample of every entity to the constraints that a load would keep; notes of what could not be asked.

    Nothing is written: it is a SELECT that only reads. Raises SpecError (CHECK_VIOLATED) with all that rows break.
    """
    broken, notes = await broken_by(connection, prepared)
    if broken:
        raise SpecError(place(told(broken), prepared.spec.source))
    return notes


async def broken_by(
    connection: Connection, prepared: Prepared, tables: Collection[tuple[str, str]] | None = None
) -> tuple[list[Broken], tuple[str, ...]]:
    """The constraints that a sample of every entity breaks, or of those of some tables; notes of what was not asked."""
    entities = prepared.plan.entities
    asked_of = {n: e for n, e in entities.items() if not e.virtual and (tables is None or e.table.id in tables)}
    trials = {name: trials_of(entity) for name, entity in asked_of.items()}
    notes = [note for name, all_of_it in trials.items() for note in _left_out(entities[name].table, all_of_it)]
    asked = {name: _asked(entities[name].table, some) for name, some in trials.items()}
    wanted = {name: written_columns(some) for name, some in asked.items() if some}
    broken: list[Broken] = []
    session = _Session(connection)
    try:
        for name, rows in sampled(prepared.plan, wanted):
            found, more = await _tried(session, entities[name], asked[name], rows)
            broken += found
            notes += more
    finally:
        await session.close()
    return broken, tuple(dict.fromkeys(notes))


async def passing(
    connection: Connection, table: Table, trial: Trial, texts: dict[str, list[str | None]]
) -> tuple[int, ...] | None:
    """Which of some rows a CHECK lets pass, counted from 0; None where PostgreSQL does not say."""
    session = _Session(connection)
    try:
        return tuple(await _passing(session, table, trial, texts, range(_size(texts))))
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError:
        return None
    finally:
        await session.close()


async def default_of(connection: Connection, column: Column) -> str | None:
    """What a column's default comes to; None where it has none, or one that is not read by a SELECT alone."""
    if column.default is None or "nextval(" in column.default:
        return None
    session = _Session(connection)
    try:
        row = await session.read(f"select ({column.default})::text", ())
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError:
        return None
    finally:
        await session.close()
    return None if row is None else row[0]


def _size(texts: dict[str, list[str | None]]) -> int:
    return len(next(iter(texts.values()), []))


async def _passing(
    session: _Session, table: Table, trial: Trial, texts: dict[str, list[str | None]], rows: range
) -> list[int]:
    """Which of some rows a CHECK lets pass; one on which it raises an error does not, and is found by halving."""
    values = [texts[name][rows.start : rows.stop] for name in trial.written]
    try:
        row = await session.read(passing_query(trial, table), values)
    except _RAISED:
        if len(rows) == 1:
            return []
        middle = rows.start + len(rows) // 2
        halves = (range(rows.start, middle), range(middle, rows.stop))
        return [n for half in halves for n in await _passing(session, table, trial, texts, half)]
    return [rows.start + number - 1 for number in (row[0] if row is not None else None) or ()]


async def _raised(
    session: _Session, table: Table, trial: Trial, texts: dict[str, list[str | None]], error: asyncpg.PostgresError
) -> tuple[int, int | None] | None:
    """How many rows a CHECK breaks that raises an error on some, and the first; None where it fails by itself."""
    if trial.exclusion is not None or not isinstance(error, _RAISED):
        return None
    size = _size(texts)
    try:
        kept = set(await _passing(session, table, trial, texts, range(size)))
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError:
        return None
    if not kept and not isinstance(error, asyncpg.DataError):
        return None  # it lets no row pass: that is rather the function's fault than theirs
    return size - len(kept), next((n + 1 for n in range(size) if n not in kept), None)


def _asked(table: Table, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    return tuple(trial for trial in trials if out_of_reach(trial, table) is None)


def _left_out(table: Table, trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        why = out_of_reach(trial, table)
        if why is not None:
            yield _note(table, trial, why)


def _note(table: Table, trial: Trial, why: str) -> str:
    return f"{trial.title} of {table.qualified} was not tried on a sample: {why}"


async def _tried(
    session: _Session, entity: EntityPlan, trials: Sequence[Trial], rows: pa.RecordBatch
) -> tuple[list[Broken], list[str]]:
    """What the rows break, and notes of what PostgreSQL did not say."""
    table = entity.table
    try:
        texts = texts_of(table, rows)
    except LoadError:
        return [], []  # the load will tell
    checks = [trial for trial in trials if trial.exclusion is None]
    groups = [[trial] for trial in trials if trial.exclusion is not None]
    broken: list[Broken] = []
    notes: list[str] = []
    for group in [*([checks] if checks else []), *groups]:
        for trial, said in await _said(session, table, group, texts):
            if isinstance(said, str):
                notes.append(_note(table, trial, said))
            elif said[0] and said[1] is not None:
                example = tuple((name, texts[name][said[1] - 1]) for name in trial.written)
                broken.append(Broken(entity.name, table, trial, said[0], rows.num_rows, example))
    return broken, notes


def texts_of(table: Table, rows: pa.RecordBatch) -> dict[str, list[str | None]]:
    """Rows as PostgreSQL reads them. Raises LoadError."""
    encoding = encoding_for(table, rows.schema.names)
    return {n: a.to_pylist() for n, a in zip(rows.schema.names, encoding.texts(encoding.conform(rows)), strict=True)}


async def _said(
    session: _Session, table: Table, trials: Sequence[Trial], texts: dict[str, list[str | None]]
) -> list[tuple[Trial, tuple[int, int | None] | str]]:
    """For each trial the rows that break it and the first of them, or why PostgreSQL does not say: then one by one."""
    alone = trials[0] if len(trials) == 1 else None
    query = exclusion_query(alone, table) if alone and alone.exclusion else checks_query(trials, table)
    try:
        row = await session.read(query, [texts[name] for name in written_columns(trials)])
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.QueryCanceledError:
        why = f"PostgreSQL took longer than {TIMEOUT_S:g} s"
    except asyncpg.PostgresError as error:
        if alone is not None and (found := await _raised(session, table, alone, texts, error)) is not None:
            return [(alone, found)]
        why = f"PostgreSQL refuses: {printable(str(error))}"
    else:
        numbers = list(row or ())
        return list(zip(trials, zip(numbers[::2], numbers[1::2], strict=True), strict=True))
    if alone is not None:
        return [(alone, why)]
    return [answer for trial in trials for answer in await _said(session, table, [trial], texts)]


@dataclass(slots=True)
class _Session:
    """A transaction that only reads, begun again after whatever PostgreSQL refused.

    Its search path is the one that the catalog was printed with.
    """

    connection: Connection
    transaction: Transaction | None = None

    async def read(self, query: str, values: Sequence[object]) -> asyncpg.Record | None:
        """The one row of a query. Raises PostgresError."""
        if self.transaction is None:
            self.transaction = self.connection.transaction(readonly=True)
            await self.transaction.start()
            await self.connection.execute(_QUERIES["settings"], f"{int(TIMEOUT_S * 1000)}ms")
        try:
            return await self.connection.fetchrow(query, *values)
        except asyncpg.PostgresError:
            await self.close()
            raise

    async def close(self) -> None:
        """Undo all of it, the settings too."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and not self.connection.is_closed():
            await transaction.rollback()


def told(broken: Sequence[Broken]) -> list[Diagnostic]:
    """Each constraint that is broken as a diagnostic, at the first column that it reads and the spec makes."""
    return [
        Diagnostic(
            Code.CHECK_VIOLATED,
            f"{_many(one)} {one.trial.title} of {one.table.qualified}: {_example(one)}",
            ("entities", one.entity, "columns", one.trial.written[0]),
            _hint(one),
        )
        for one in broken
    ]


def _many(one: Broken) -> str:
    pairs = f"pair{'s' if one.rows != 1 else ''} of " if one.trial.exclusion is not None else "of "
    return f"{one.rows:,} {pairs}{one.of:,} sampled rows break{'s' if one.rows == 1 else ''}"


def _example(one: Broken) -> str:
    cells = (f"{name} = {'NULL' if value is None else _quoted(value)}" for name, value in one.example)
    return f"one has {', '.join(cells)}"


def _quoted(value: str) -> str:
    shown = printable(value)
    return f"'{shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '…'}'"


def _hint(one: Broken) -> str:
    """The constraint in PostgreSQL's words, and what to write where we understand it."""
    text = printable(one.trial.text)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    if one.trial.asked is not None:
        made = " or ".join(f"'{name}'" for name in one.trial.written)
        return f"PostgreSQL computes {text} of every row; give {made} values that it can be computed of"
    said = f"it asks for {text}"
    if one.trial.exclusion is not None:
        return f"{said}; no two rows may agree in that"
    # sqlglot takes a quarter of a second to import, and most runs break nothing
    advice = import_module("engine.sketch.checks.advice").advice(one.trial.check, one.table, one.trial.column)
    return f"{said}; {advice}" if advice else said
