"""Rows that are in a table already: entities whose columns are a sample of it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.catalog.model import Table
from engine.catalog.sample import Sample, values_of
from engine.errors import Code, SpecError, wrong
from engine.generators.stored import Stored
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, listed, nearest
from engine.spec.existing import Existing
from engine.timelines.moments import Moments

_BEGINNING = -62_135_596_800_000_000
"""The year 1, in microseconds since 1970."""


def find_existing(draft: Draft, entity: EntityDraft, said: Existing) -> None:
    """Give an entity of existing rows its columns; report what is wrong with them."""
    try:
        _require_alone(draft, entity)
        names = columns_to_ask(entity.table, said.columns)
        sample = draft.catalog.samples.get(entity.name)
        if sample is None:
            raise wrong(
                Code.NO_DATABASE,
                f"rows of '{entity.spec.table}' have to be looked at, and there is no database to ask",
                hint="name it with --dsn",
            )
        if not sample.rows:
            such = f" where {said.where}" if said.where else ""
            raise wrong(Code.INFEASIBLE, f"'{entity.spec.table}' has no row{such}, so there is none to point to")
        entity.columns |= {name: _column(entity.table, name, sample) for name in names}
        entity.stored_rows = sample.rows
    except SpecError as error:
        entity.unsettled = True
        draft.report(error, "entities", entity.name, "existing")


def columns_to_ask(table: Table, named: tuple[str, ...]) -> tuple[str, ...]:
    """The primary key and the columns that are named. Raises SpecError (UNKNOWN_COLUMN, INFEASIBLE)."""
    for place, name in enumerate(named):
        column = table.column(name)
        if column is None:
            hint = nearest(name, [c.name for c in table.columns])
            path = ("columns", place)
            raise wrong(Code.UNKNOWN_COLUMN, f"table '{table.qualified}' has no column '{name}'", path=path, hint=hint)
        if column.type.array:
            raise wrong(Code.WRONG_KIND, f"'{name}' is {column.type}, which is not read", path=("columns", place))
    found = tuple(dict.fromkeys((*table.primary_key, *named)))
    if not found:
        message = f"table '{table.qualified}' has no primary key"
        raise wrong(Code.INFEASIBLE, message, hint="name the columns that are read: columns: [code]")
    return found


def always_there(count: int, draft: Draft, entity: EntityDraft) -> Moments:
    """Moments at the beginning of time."""
    edges = np.array([_BEGINNING, _BEGINNING + max(count, 1)], np.int64)
    return Moments(edges, np.array([0, count], np.int64), draft.key(entity.name, "existing"))


def _column(table: Table, name: str, sample: Sample) -> ColumnDraft:
    column = table.column(name)
    assert column is not None
    try:
        values = values_of(sample.columns[name], column.type)
    except (KeyError, ValueError, pa.ArrowInvalid) as error:
        message = f"'{name}' of {table.qualified} has a value that is no {column.type} of the engine's: {error}"
        raise wrong(Code.WRONG_KIND, message) from None
    return ColumnDraft(name, type=column.type, hidden=True, kernel=Stored(values))


def _require_alone(draft: Draft, entity: EntityDraft) -> None:
    """Refuse existing rows of a table that another entity fills: its own rows would be in the way.

    Unless they are added to those that are there.
    """
    if draft.catalog.appended is not None:
        return
    same = (entity.table.schema, entity.table.name)
    all_ = draft.entities.values()
    others = [f"'{e.name}'" for e in all_ if (e.table.schema, e.table.name) == same and not e.unwritten]
    if others:
        raise wrong(
            Code.CONFLICT,
            f"{listed(others)} fills '{entity.spec.table}', and a table that a run fills holds no other rows",
            hint="take the existing rows of a table that this spec does not fill",
        )
