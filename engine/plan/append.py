"""Adding to tables that hold rows: numbers behind theirs, and what is not to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import lcm

from engine.errors import Code, wrong
from engine.generators.arbitrary import Arbitrary
from engine.generators.choice import Choice
from engine.generators.faker import Faker
from engine.generators.lattice import steps
from engine.generators.pattern import Pattern
from engine.generators.sequence import Counted, Labelled
from engine.generators.uniform import Uniform
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place
from engine.types import Family, PgType

DEALT = (Uniform, Choice, Faker, Pattern, Arbitrary)
"""Generators whose unique values are dealt out by a row's place."""


def continue_sequences(draft: Draft) -> None:
    """Let what is counted go on behind the last value that its column holds, all entities of a table alike."""
    appended = draft.catalog.appended
    counted: dict[tuple[object, ...], list[tuple[EntityDraft, ColumnDraft, Counted]]] = {}
    for entity in draft.entities.values() if appended is not None else ():
        held = appended.tables.get(entity.name) if appended is not None else None
        for name in held.ends if held is not None else ():
            column = entity.columns.get(name)
            kernel = column.kernel if column is not None else None
            written = (kernel.prefix, kernel.width) if isinstance(kernel, Labelled) else ("", 0)
            own = kernel.counted if isinstance(kernel, Labelled) else kernel
            if column is not None and isinstance(own, Counted) and not own.siblings:
                key = (entity.table.id, name, written, own.step > 0)
                counted.setdefault(key, []).append((entity, column, own))
    for group in counted.values():
        _continue(draft, group)


def _continue(draft: Draft, group: list[tuple[EntityDraft, ColumnDraft, Counted]]) -> None:
    assert draft.catalog.appended is not None
    entity, column, one = group[0]
    first, last = (_units(text, column.type) for text in draft.catalog.appended.tables[entity.name].ends[column.name])
    period = lcm(*(abs(own.step) for *_, own in group))
    missing = last - min(own.first for *_, own in group) if one.step > 0 else max(o.first for *_, o in group) - first
    if missing < 0:
        return
    further = (missing // period + 1) * period
    for entity, column, own in group:
        left = own.limit - further // abs(own.step)
        if entity.count is not None and entity.count - 1 > left:
            message = f"behind {last if own.step > 0 else first}, where the table is, {entity.count:,} values of "
            error = wrong(Code.OUT_OF_RANGE, f"{message}'{column.name}' do not fit {column.type}")
            draft.report(error, *column_place(entity, column.name))
            continue
        moved = replace(own, first=own.first + further * (1 if own.step > 0 else -1), limit=left)
        column.kernel = replace(column.kernel, counted=moved) if isinstance(column.kernel, Labelled) else moved


def _units(text: str, type_: PgType | None) -> int:
    """A value in the units that a sequence counts in."""
    value = Decimal(text)
    if type_ is not None and type_.family is Family.DECIMAL:
        value /= steps(type_, None)[1]
    return int(value)


def dealt_groups(entity: EntityDraft) -> tuple[tuple[str, ...], ...]:
    """The columns, and the sets of them, of which no two rows have the same, because they are dealt out by place."""
    if entity.count is None or entity.unwritten:
        return ()
    written = {column.name: column for column in entity.columns.values() if not column.hidden}
    alone = [(c.name,) for c in written.values() if c.unique and isinstance(c.generator, DEALT)]
    members = {name for name, column in written.items() if column.unique}
    sets = [group for group in entity.spec.distinct if set(group) <= set(written) and not members & set(group)]
    return (*alone, *(group for group in sets if any(name in entity.deals for name in group)))


def offset_of(entity: EntityDraft, draft: Draft) -> tuple[int, tuple[int, ...]]:
    """What an entity's row numbers count from, and the places that it passes over."""
    tables: Mapping[str, object] = draft.catalog.appended.tables if draft.catalog.appended else {}
    if draft.catalog.appended is None or entity.name not in tables:
        return 0, ()
    held = draft.catalog.appended.tables[entity.name]
    return held.offset, held.passed
