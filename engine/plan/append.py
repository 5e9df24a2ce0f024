"""Adding to tables that hold rows: references to those as well, numbers behind theirs, and what is not to repeat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import lcm

from engine.catalog.held import Appended
from engine.catalog.model import Catalog, Table
from engine.errors import Code, wrong
from engine.generators.arbitrary import Arbitrary
from engine.generators.choice import Choice
from engine.generators.condition import condition_reads
from engine.generators.faker import Faker
from engine.generators.lattice import steps
from engine.generators.pattern import Pattern
from engine.generators.reference import Reference
from engine.generators.sequence import Counted, Labelled
from engine.generators.uniform import Uniform
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place
from engine.spec.entity import Entity
from engine.spec.load import Spec
from engine.spec.model import Scenario
from engine.types import Family, PgType

BEFORE = " before"
"""Behind an entity's name: the rows that its table held before."""
SAMPLED = 10_000
DEALT = (Uniform, Choice, Faker, Pattern, Arbitrary)
"""Generators whose unique values are dealt out by a row's place."""


def widened(spec: Spec, catalog: Catalog, appended: Appended) -> Spec:
    """The spec with references to rows that are there already beside the new ones, where both can be meant.

    A reference with a `capacity`, a tree, `same`, `distinct_within` or a weight keeps to the new rows, and so does one
    through which more is read than columns of the table.
    """
    scenario = spec.scenario
    ways = _Ways(scenario, catalog, appended, repr(spec.source.data))
    entities = {name: ways.of(name, entity) for name, entity in scenario.entities.items()}
    if not ways.before:
        return spec
    return replace(spec, scenario=scenario.model_copy(update={"entities": {**ways.before, **entities}}))


@dataclass(slots=True)
class _Ways:
    """What references may lead to, while they are looked at; `before` grows."""

    scenario: Scenario
    catalog: Catalog
    appended: Appended
    text: str
    before: dict[str, Entity]

    def __init__(self, scenario: Scenario, catalog: Catalog, appended: Appended, text: str) -> None:
        self.scenario, self.catalog, self.appended, self.text = scenario, catalog, appended, text
        self.before = {}

    def of(self, name: str, entity: Entity) -> Entity:
        """The entity with its references widened."""
        changed = {}
        for column, said in entity.columns.items():
            made = said.generator
            if isinstance(made, Reference) and not said.unique and not _dealt_with_others(entity, column):
                wide = self._widened(name, column, made)
                if wide is not None:
                    changed[column] = said.model_copy(update={"generator": wide})
        return entity.model_copy(update={"columns": {**entity.columns, **changed}}) if changed else entity

    def _widened(self, name: str, column: str, made: Reference) -> Reference | None:
        if made.capacity or made.same or made.distinct_within or made.differs_from:
            return None
        if made.pick != "uniform" and (isinstance(made.pick, str) or made.pick.zipf is None):
            return None
        targets = (made.reference,) if isinstance(made.reference, str) else made.reference
        found = []
        for target in targets:
            there = self._before(name, column, target, made)
            new = self.scenario.entities.get(target)
            found += [] if there and new is not None and new.count == 0 else [target]
            found += [there] if there else []
        names = tuple(dict.fromkeys(found))
        if names == targets:
            return None
        return made.model_copy(update={"reference": names[0] if len(names) == 1 else names})

    def _before(self, name: str, column: str, target: str, made: Reference) -> str | None:
        """The entity of the rows that the target's table holds, made where it is not there yet."""
        entity, held = self.scenario.entities.get(target), self.appended.tables.get(target)
        table = self.catalog.table(entity.table) if entity is not None and held is not None and held.rows else None
        if entity is None or table is None:
            return None
        needed = self._needed(name, column, made, table)
        if needed is None or not (needed or table.primary_key):
            return None
        shared = next(n for n, e in self.scenario.entities.items() if e.table == entity.table) + BEFORE
        known = self.before[shared].existing if shared in self.before else None
        both = tuple(dict.fromkeys((*(known.columns if known else ()), *needed)))
        said = {"table": entity.table, "existing": {"sample": SAMPLED, "columns": both}}
        self.before[shared] = Entity.model_validate(said)
        return shared

    def _needed(self, name: str, column: str, made: Reference, table: Table) -> tuple[str, ...] | None:
        """The columns of the table that are read through a reference; None where something else is read."""
        own = self.catalog.table(self.scenario.entities[name].table)
        keys = own.foreign_keys if own else ()
        found = list(condition_reads(made.where)) if made.where else []
        found += [key.target_columns for key in keys if key.columns == (column,) and key.target == table.id]
        for first, deeper in re.findall(rf"\b{re.escape(column)}\.(\w+)(\.\w)?", self.text):
            if deeper:
                return None
            found.append((first,))
        names = tuple(dict.fromkeys(path[0] for path in found if path[0] not in table.primary_key))
        columns = [table.column(one) for one in names]
        plain = all(one is not None and not one.type.array and one.type.family is not Family.OTHER for one in columns)
        return names if plain and all(len(path) == 1 for path in found) else None


def _dealt_with_others(entity: Entity, column: str) -> bool:
    return any(column in group for group in entity.distinct)


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
