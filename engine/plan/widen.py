"""References of an append: to rows that are there already beside the new ones, where both can be meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.catalog.held import Appended
from engine.catalog.model import Catalog, Table
from engine.errors import Diagnostic
from engine.generators.condition import condition_reads
from engine.generators.reference import Reference
from engine.generators.sequence import Sequence
from engine.generators.uuid4 import Uuid4
from engine.generators.uuid7 import Uuid7
from engine.spec.entity import Entity
from engine.spec.load import Spec
from engine.spec.model import Scenario
from engine.sqltext import quote
from engine.types import Family

BEFORE = " before"
"""Behind an entity's name: the rows that its table held before."""
SAMPLED = 10_000

Ways = frozenset[tuple[str, str]]
"""References, each by its entity and its column or name."""
NONE: Ways = frozenset()


@dataclass(frozen=True, slots=True)
class Widened:
    """A spec whose references lead to rows of before, too; `ways` are those, with the entities that each leads to."""

    spec: Spec
    ways: Mapping[tuple[str, str], tuple[str, ...]]

    def blamed(self, diagnostics: tuple[Diagnostic, ...]) -> Ways:
        """The widened references that something wrong is about: those named, else of that entity, else all."""
        found: set[tuple[str, str]] = set()
        for one in diagnostics:
            entity, name = (*(str(part) for part in one.path[1:4:2]), "", "")[:2]
            own = {way for way in self.ways if way[0] == entity}
            to_it = {way for way, names in self.ways.items() if entity in names}
            found |= {(entity, name)} & own or own or to_it or set(self.ways)
        return frozenset(found)


def widened(spec: Spec, catalog: Catalog, appended: Appended, apart: Ways = NONE, old: Ways = NONE) -> Widened:
    """The spec with at most as many rows as can be added, and with references to rows of before.

    A reference with a `capacity`, a tree, `same`, `distinct_within`, `differs_from`, one that goes round, is dealt out
    or is in an EXCLUDE constraint keeps to the new rows, so do those `apart`, and one through which more is read than
    columns of the table.
    Where no new rows come, or fewer than asked for, what is dealt out keeps to those of before; so do those of `old`.
    """
    scenario = _shortened(spec.scenario, appended)
    ways = _Ways(
        spec, scenario, catalog, appended, apart | _shared(spec.scenario) | _excluding(spec.scenario, catalog), old
    )
    entities = {name: ways.of(name, entity) for name, entity in scenario.entities.items()}
    while lost := [name for name, entity in entities.items() if _is_lost(entity, {*entities, *ways.before})]:
        entities = {name: entity for name, entity in entities.items() if name not in lost}
    told = scenario.model_copy(update={"entities": {**ways.before, **entities}})
    return Widened(replace(spec, scenario=told), ways.found)


def _shortened(scenario: Scenario, appended: Appended) -> Scenario:
    """The scenario with at most as many rows of each entity as can be added, without those that can have none."""
    most = {name: held.most for name, held in appended.tables.items() if held.most is not None}
    entities = {
        name: entity.model_copy(update={"count": most[name]}) if name in most else entity
        for name, entity in scenario.entities.items()
        if most.get(name) != 0
    }
    return scenario.model_copy(update={"entities": entities})


def _is_lost(entity: Entity, known: set[str]) -> bool:
    """Whether an entity hangs on one that is left out, or points to nothing else."""
    made = [said.generator for said in entity.columns.values()]
    to = [one.reference for one in made if isinstance(one, Reference)]
    to += [said.to for said in entity.references.values()]
    to += [entity.per.parent] if entity.per else []
    return any(not {*((one,) if isinstance(one, str) else one)} <= known for one in to)


@dataclass(slots=True)
class _Ways:
    """What references may lead to, while they are looked at; `before` and `found` grow."""

    spec: Spec
    scenario: Scenario
    catalog: Catalog
    appended: Appended
    apart: Ways
    old: Ways
    before: dict[str, Entity] = field(default_factory=dict)
    found: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def of(self, name: str, entity: Entity) -> Entity:
        """The entity with its references widened."""
        columns, references = dict(entity.columns), dict(entity.references)
        for column, said in entity.columns.items():
            made = said.generator
            if isinstance(made, Reference) and not said.unique:
                wide = self._widened((name, column), made, (), dealt=_is_dealt(entity, column))
                if wide is not None:
                    columns[column] = said.model_copy(update={"generator": made.model_copy(update={"reference": wide})})
        for way, named in entity.references.items():
            dealt = any(_is_dealt(entity, column) for column in (way, *named.as_))
            wide = self._widened((name, way), named.way(named.same), tuple(named.as_.values()), dealt=dealt)
            if wide is not None:
                references[way] = named.model_copy(update={"to": wide})
        if (columns, references) == (entity.columns, entity.references):
            return entity
        return entity.model_copy(update={"columns": columns, "references": references})

    def _widened(
        self, way: tuple[str, str], made: Reference, read: tuple[str, ...], *, dealt: bool
    ) -> str | tuple[str, ...] | None:
        """Where the reference leads to; None where that is as it was said. `read` are columns that it fills."""
        targets = (made.reference,) if isinstance(made.reference, str) else made.reference
        if made.capacity or way in self.apart:
            return None
        found: list[str] = []
        for target in targets:
            new = self.scenario.entities.get(target)
            short = way in self.old or self._is_short(target, dealt=dealt)
            there = self._before(way, target, made, read) if short or not (dealt or _keeps_to_new(made)) else None
            found += [] if there and (short or new is None) else [target]
            found += [there] if there else []
        names = tuple(dict.fromkeys(found))
        if names == targets:
            return None
        self.found[way] = names
        return names[0] if len(names) == 1 else names

    def _is_short(self, target: str, *, dealt: bool) -> bool:
        """Whether an entity has no new rows, or too few to be dealt out."""
        entity, held = self.scenario.entities.get(target), self.appended.tables.get(target)
        return entity is None or entity.count == 0 or (dealt and held is not None and held.most is not None)

    def _before(self, way: tuple[str, str], target: str, made: Reference, read: tuple[str, ...]) -> str | None:
        """The entity of the rows that the target's table holds, made where it is not there yet."""
        entity, held = self.spec.scenario.entities.get(target), self.appended.tables.get(target)
        table = self.catalog.table(entity.table) if entity is not None and held is not None and held.rows else None
        if entity is None or table is None:
            return None
        weight = None if isinstance(made.pick, str) else made.pick.weight
        needed = self._needed(way, made, table, (*read, *((weight.column,) if weight else ())))
        if needed is None or not (needed or table.primary_key):
            return None
        shared = next(n for n, e in self.spec.scenario.entities.items() if e.table == entity.table) + BEFORE
        where = f"{quote(weight.column)} <= {weight.max!r}" if weight else None
        shared += f" by {weight.column} to {weight.max!r}" if weight else ""
        known = self.before[shared].existing if shared in self.before else None
        both = tuple(dict.fromkeys((*(known.columns if known else ()), *needed)))
        said = {"sample": SAMPLED, "columns": both} | ({"where": where} if where else {})
        self.before[shared] = Entity.model_validate({"table": entity.table, "existing": said})
        return shared

    def _needed(
        self, way: tuple[str, str], made: Reference, table: Table, read: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """The columns of the table that are read through a reference; None where something else is read."""
        own = self.catalog.table(self.scenario.entities[way[0]].table)
        found = [(name,) for name in read] + (list(condition_reads(made.where)) if made.where else [])
        for key in own.foreign_keys if own else ():
            found += [key.target_columns] if key.columns == (way[1],) and key.target == table.id else []
        for first, deeper in _paths(self.spec, *way):
            if deeper:
                return None
            found.append((first,))
        names = tuple(dict.fromkeys(path[0] for path in found if path[0] not in table.primary_key))
        columns = [table.column(one) for one in names]
        plain = all(one is not None and not one.type.array and one.type.family is not Family.OTHER for one in columns)
        return names if plain and all(len(path) == 1 for path in found) else None


def _shared(scenario: Scenario) -> Ways:
    """The references on the way to rows that others hang on as well (`same`), which are rows of one entity."""
    found: list[tuple[str, str]] = []
    for name, entity in scenario.entities.items():
        said = [column.generator for column in entity.columns.values()]
        paths = [one.same for one in said if isinstance(one, Reference)]
        paths += [one.same for one in entity.references.values()]
        for path in filter(None, paths):
            found += _way(scenario, name, tuple(path.split(".")))
    return frozenset(found)


def _excluding(scenario: Scenario, catalog: Catalog) -> Ways:
    """The references that tell groups apart in which rows exclude each other: to new rows, where there are none yet."""
    found: list[tuple[str, str]] = []
    for name, entity in scenario.entities.items():
        table = catalog.table(entity.table) if entity.table else None
        read = {column for one in (table.exclusions if table else ()) for column in one.columns}
        found += [(name, column) for column in entity.columns if column in read]
        found += [(name, way) for way, said in entity.references.items() if read & {*said.as_}]
    return frozenset(found)


def excludes_old(entity: Entity, table: Table) -> str | None:
    """The EXCLUDE constraint by which new rows may meet rows of before, wherever they point; None where there is none.

    New rows are apart where an element with `=` leads to new rows, or counts on.
    """
    filled = {*entity.columns, *(column for said in entity.references.values() for column in said.as_)}
    for one in table.exclusions:
        equal = [key.strip('"') for (key, _), sign in zip(one.elements, one.signs, strict=True) if sign == "="]
        if {*one.columns} <= filled and not any(_is_new(entity, name) for name in equal):
            return one.name
    return None


def _is_new(entity: Entity, column: str) -> bool:
    """Whether a column of a new row has nothing that a column of an old one has."""
    if column not in entity.columns:
        return any(column in said.as_ for said in entity.references.values())
    said = entity.columns[column]
    return said.unique or isinstance(said.generator, Reference | Sequence | Uuid4 | Uuid7)


def _way(scenario: Scenario, name: str, path: tuple[str, ...]) -> list[tuple[str, str]]:
    """The references that a path goes through, those included that only copy its columns."""
    entity = scenario.entities.get(name)
    if entity is None or not path:
        return []
    head, *rest = path
    if head in entity.references:
        to = entity.references[head].to
    elif entity.per is not None and entity.per.as_ == head:
        to = entity.per.parent
    elif head in entity.columns:
        made = entity.columns[head].generator
        to = made.reference if isinstance(made, Reference) else ()
    else:
        copies = [(one, said.as_[head]) for one, said in entity.references.items() if head in said.as_]
        return [way for one, theirs in copies for way in _way(scenario, name, (one, theirs, *rest))]
    targets = (to,) if isinstance(to, str) else to
    return [(name, head), *(way for target in targets for way in _way(scenario, target, tuple(rest)))]


def _keeps_to_new(made: Reference) -> bool:
    """Whether a reference is about rows of one entity by what it says."""
    if made.same or made.distinct_within or made.differs_from or made.comes_after:
        return True
    return made.pick == "even" if isinstance(made.pick, str) else made.pick.tree is not None


def _is_dealt(entity: Entity, column: str) -> bool:
    return any(column in group for group in entity.distinct)


def _paths(spec: Spec, entity: str, column: str) -> list[tuple[str, str]]:
    """What is read behind a column: by its own entity (and by traits), and by others on the way through it."""
    data = spec.source.data
    entities = data.get("entities") if isinstance(data, Mapping) else None
    others = {k: v for k, v in entities.items() if k != entity} if isinstance(entities, Mapping) else {}
    around = {k: v for k, v in data.items() if k not in ("entities", "expect")} if isinstance(data, Mapping) else {}
    mine = entities.get(entity) if isinstance(entities, Mapping) else data
    name = re.escape(column)
    found = re.findall(rf"(?<![\w.]){name}\.(\w+)(\.\w)?", repr([mine, around]))
    return found + re.findall(rf"\.{name}\.(\w+)(\.\w)?", repr([mine, around, others]))
