"""What a column's generator may see while it is compiled (`generators.base.Scope`)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import Code, wrong
from engine.generators.after import After
from engine.generators.base import Generator, Target
from engine.generators.lookup_table import LookupTable
from engine.generators.several import Several
from engine.plan.curves import curve_of, rate_of
from engine.plan.draft import Draft, EntityDraft, column_place, follows, forks, listed, nearest, path_text
from engine.plan.existing import always_there
from engine.plan.links import key_of
from engine.plan.lives import TRACE
from engine.stream import Key
from engine.timelines.composed import leaves
from engine.timelines.intensity import Intensity
from engine.types import INT8, ColumnPath, PgType

COUNTERS = ("row", "ordinal")


class EntityScope:
    """The names around one entity."""

    def __init__(self, draft: Draft, entity: EntityDraft) -> None:
        self._draft = draft
        self._entity = entity

    def type_of(self, path: ColumnPath) -> PgType:
        """The type at the end of a path. Raises SpecError (UNKNOWN_COLUMN, CYCLE)."""
        entity = self._entity
        for place, name in enumerate(path[:-1]):
            if ways := forks(entity, name):
                return self._common_type(entity, tuple((way, *path[place + 1 :]) for way in ways), path)
            entity = self._step(entity, name, path)
        return self._column_type(entity, path[-1], path)

    def _common_type(self, entity: EntityDraft, paths: tuple[ColumnPath, ...], path: ColumnPath) -> PgType:
        """The type at the end of all paths, which are the ways of one reference."""
        first, *others = (EntityScope(self._draft, entity).type_of(way) for way in paths)
        if other := next((type_ for type_ in others if type_ != first), None):
            message = f"'{path_text(path)}' is {first} or {other}, by the entity that the row is of"
            raise wrong(Code.WRONG_KIND, message, hint="give the column one type in all of them")
        return first

    def _step(self, entity: EntityDraft, name: str, path: ColumnPath) -> EntityDraft:
        column = entity.columns.get(name)
        if column is None:
            raise self._unknown(entity, name, path)
        if column.target is None or column.target not in self._draft.entities:
            if column.target or self._draft.broken(*column_place(entity, name)):
                raise follows()
            raise wrong(
                Code.UNKNOWN_COLUMN,
                f"'{path_text(path)}': nothing can be read through '{entity.name}.{name}'",
                hint=f"'{name}' is not a reference",
            )
        return self._draft.entities[column.target]

    def _column_type(self, entity: EntityDraft, name: str, path: ColumnPath) -> PgType:
        column = entity.columns.get(name)
        if column is None:
            if name in COUNTERS:
                return _counter(entity, name)
            raise self._unknown(entity, name, path)
        if column.type is None:
            raise follows()
        return column.type

    def _unknown(self, entity: EntityDraft, name: str, path: ColumnPath) -> Exception:
        if entity.unsettled:
            return follows()
        written = f"'{path_text(path)}': " if len(path) > 1 else ""
        table = entity.table.column(name)
        if table is not None:
            hint = f"'{name}' is left to PostgreSQL; make it under '{entity.name}' to read it"
        else:
            hint = nearest(name, entity.columns) or f"there are {listed(n for n in entity.columns if chr(0) not in n)}"
        return wrong(Code.UNKNOWN_COLUMN, f"{written}'{entity.name}' has no column '{name}'", hint=hint)

    def names(self) -> tuple[str, ...]:
        """This entity's columns."""
        return tuple(name for name in self._entity.columns if "\0" not in name)

    def parameter(self, name: str) -> int | float | str | bool | None:
        """A parameter's value."""
        return self._draft.parameters.get(name)

    def parent_column(self) -> str | None:
        """The column that `per … as` fills."""
        return self._entity.parent_column

    def target(self, entity: str, column: str) -> Target:
        """The entity that a reference of this one points to."""
        key = key_of(self._draft, self._entity, column)
        target = self._draft.entities[entity]
        if self._draft.broken("entities", entity, "every"):
            raise follows()
        root, chain = _line_of(self._draft, target)
        lag = _lag(self._draft, target, root) if chain else 0
        moments, parent = None if root.local else root.moments, root.name if target.parent == root.name else None
        if root.spec.existing is not None:
            moments = always_there(root.stored_rows, self._draft, root)
        lives = any(name.endswith(TRACE) for name in target.columns)
        return Target(entity, root.count or 0, key, moments, chain, lag, parent, lives, root.local)

    def around(self, entity: str) -> EntityScope:
        """The names that the rows of another entity see."""
        return EntityScope(self._draft, self._draft.entities[entity])

    def leads_to(self, path: ColumnPath) -> tuple[str, ...]:
        """The entities behind a reference or `per … as`. Raises SpecError (UNKNOWN_COLUMN)."""
        entity = self._entity
        for name in path[:-1]:
            entity = self._step(entity, name, path)
        if path[-1] not in entity.columns:
            raise self._unknown(entity, path[-1], path)
        made, target = entity.columns[path[-1]].generator, entity.columns[path[-1]].target
        return made.entities if isinstance(made, Several) else (target,) if target else ()

    def child_type(self, entity: str, column: str) -> PgType:
        """The type of a column of a `per` child. Raises SpecError (UNKNOWN_ENTITY, UNKNOWN_COLUMN)."""
        child = self._draft.entities.get(entity)
        if child is None and entity in self._draft.scenario.entities:
            raise follows()
        if child is None or child.parent != self._entity.name:
            children = [e.name for e in self._draft.entities.values() if e.parent == self._entity.name]
            raise wrong(
                Code.UNKNOWN_ENTITY,
                f"'{entity}' is not made `per` '{self._entity.name}'",
                hint=nearest(entity, children)
                or (f"what is made per it: {listed(children)}" if children else "nothing is made per it"),
            )
        return self._column_type(child, column, (entity, column)) if column else INT8

    def thinned(self) -> bool:
        """Whether `keep` or `fold` leaves out some rows."""
        return self._entity.spec.keep is not None or self._entity.spec.fold is not None

    def span(self, event: str) -> tuple[tuple[int, int], ...]:
        """When an event of a timeline, or one beside them, is on. Raises SpecError (UNKNOWN_…)."""
        if event in self._draft.scenario.without:
            return ()
        if "." not in event:
            return self._beside(event)
        timeline, _, name = event.partition(".")
        rate = rate_of(self._draft, timeline)
        spans = rate.spans.get(name)
        if spans is None:
            known = self._of_timelines(leaves(self._draft.scenario.timelines, timeline))
            hint = nearest(event, known) or (f"there are {listed(known)}" if known else None)
            raise wrong(Code.UNKNOWN_EVENT, f"timeline '{timeline}' has no event '{name}'", hint=hint)
        return spans

    def lookup(self, table: str) -> LookupTable:
        """A table of the spec. Raises SpecError (UNKNOWN_LOOKUP)."""
        tables = self._draft.scenario.lookups
        if table not in tables:
            hint = nearest(table, tables) or (f"there are {listed(tables)}" if tables else "the spec has no `lookups:`")
            raise wrong(Code.UNKNOWN_LOOKUP, f"no lookup table is called '{table}'", hint=hint)
        return tables[table]

    def made_by(self, column: str) -> Generator | None:
        """What makes a column of this entity."""
        found = self._entity.columns.get(column)
        return None if found is None else found.generator

    def key(self, *names: str) -> Key:
        """A stream of this entity."""
        return self._draft.key(self._entity.name, *names)

    def shared(self, *names: str) -> Key:
        """A stream of the scenario."""
        return self._draft.key("\0shared", *names)  # no entity is called so

    def curve(self, timeline: str) -> Intensity:
        """How busy a timeline is, in multiples of its mean. Raises SpecError (UNKNOWN_TIMELINE)."""
        return curve_of(self._draft, timeline)

    def _of_timelines(self, names: Iterable[str]) -> list[str]:
        rates = self._draft.rates
        return [f"{name}.{event}" for name in names if name in rates for event in rates[name].spans]

    def _beside(self, event: str) -> tuple[tuple[int, int], ...]:
        if event in self._draft.spans:
            return self._draft.spans[event]
        if event in self._draft.scenario.events:
            raise follows()
        of_timelines = self._of_timelines(self._draft.rates)
        known = [*self._draft.scenario.events, *of_timelines]
        longer = next((name for name in of_timelines if name.partition(".")[2] == event), None)
        near = f"did you mean '{longer}'?" if longer else nearest(event, known)
        hint = near or (f"there are {listed(known)}" if known else "the spec has none")
        raise wrong(Code.UNKNOWN_EVENT, f"no event is called '{event}'", hint=hint)


def _line_of(draft: Draft, entity: EntityDraft) -> tuple[EntityDraft, tuple[str, ...]]:
    """The ancestor with a `count`, and the entities from there on whose rows have to be counted."""
    chain: list[str] = []
    while entity.parent is not None:
        chain.insert(0, entity.name)
        entity = draft.entities[entity.parent]
    if entity.spec.keep is not None:
        chain.insert(0, entity.name)
    return entity, tuple(chain)


def _lag(draft: Draft, entity: EntityDraft, root: EntityDraft) -> int | None:
    """How much later than its ancestor's moment a row's own may be, in microseconds; None where nobody knows."""
    column, lag = entity.moment_column, 0
    while column is not None and entity is not root:
        made = entity.columns[column].generator if column in entity.columns else None
        if not isinstance(made, After) or draft.broken(*column_place(entity, column)):
            return None
        longest = made.delay_bounds(draft.window)[1]
        if longest is None:
            return None
        lag += max(longest, 0)
        if len(made.path) == 1:
            (column,) = made.path
        elif len(made.path) == 2 and made.path[0] == entity.parent_column:
            entity, column = draft.entities[str(entity.parent)], made.path[1]
        else:
            return None
    return lag if column in (None, root.moment_column) else None


def _counter(entity: EntityDraft, name: str) -> PgType:
    if (name == "row") is (entity.count is not None):
        return INT8
    raise wrong(
        Code.UNKNOWN_COLUMN,
        f"'{name}' is known only of entities with {'a `count`' if name == 'row' else '`per`'}, unlike '{entity.name}'",
        hint="write ordinal, the place among its siblings" if name == "row" else "write row",
    )
