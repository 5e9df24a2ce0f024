"""First pass: every entity finds its table, every column its type, and what the spec leaves open is judged."""

from __future__ import annotations

from engine.catalog.model import Column, Table
from engine.errors import Code, Path, SpecError, wrong
from engine.generators.fold import ASKED, STEPS, Fold, FoldedOf, FoldOf
from engine.generators.of_a_life import OfALife
from engine.generators.reference import Reference
from engine.plan.calendars import end_of_slots
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, listed, nearest
from engine.plan.existing import find_existing
from engine.plan.lives import BIRTH, born_with, live, read_off
from engine.plan.model import Nulls
from engine.plan.named import named_columns
from engine.plan.several import under, ways_of
from engine.spec.entity import Column as SpecColumn
from engine.spec.entity import Entity
from engine.types import BYTEA, TIMESTAMPTZ, held


def find_tables(draft: Draft) -> None:
    """Make an EntityDraft for each entity whose table is known."""
    for name, spec in draft.scenario.entities.items():
        if spec.virtual:
            draft.entities[name] = EntityDraft(name, spec, Table("", name, ()))
            continue
        table = draft.catalog.table(spec.table)
        if table is None:
            known = [t.qualified for t in draft.catalog.tables.values()]
            bare = [t.name for t in draft.catalog.tables.values()]
            hint = nearest(spec.table, [*known, *bare]) or _all_there_are(draft, known)
            same = [t.qualified for t in draft.catalog.tables.values() if t.name == spec.table]
            message = f"there is no table '{spec.table}'"
            if len(same) > 1:
                message, hint = f"'{spec.table}' is the name of {len(same)} tables", f"write {' or '.join(same)}"
            draft.report(wrong(Code.UNKNOWN_TABLE, message, hint=hint), "entities", name, "table")
            continue
        if table.kind not in ("table", "partitioned") and spec.existing is None:
            error = wrong(Code.NOT_WRITABLE, f"'{spec.table}' is a {table.kind}, which rows cannot be copied into")
            draft.report(error, "entities", name, "table")
            continue
        draft.entities[name] = EntityDraft(name, spec, table)


def _all_there_are(draft: Draft, known: list[str]) -> str:
    """What tables there are, and whose."""
    if not known:
        return "the database is empty"
    if not draft.catalog.server_version:  # nobody was asked: these are the tables of the shop
        return f"name your database with --dsn; without one there are {listed(known)}"
    return f"there are {listed(known)}"


def find_columns(draft: Draft) -> None:
    """Match the spec's columns, and those that `per`, `moment` and life cycles make, with the table's."""
    for entity in draft.entities.values():
        if entity.spec.existing is not None:
            find_existing(draft, entity, entity.spec.existing)
            continue
        _add_shape(draft, entity)
        _add_fold(draft, entity)
        added = {made.name: made for made in live(draft, entity)}
        for made in added.values():
            _add(draft, entity, made, made.place or ())
        for name, column in entity.spec.columns.items():
            if name in added:
                entity.columns[name + BIRTH] = born_with(draft, entity, name, column)
            else:
                _add_declared(draft, entity, name, column)
        for made in named_columns(draft, entity):
            _add_ways(draft, entity, made, made.place or ())
            _add(draft, entity, made, made.place or ())
        _judge_missing(draft, entity)


def _add_shape(draft: Draft, entity: EntityDraft) -> None:
    """The columns that `per` and `moment` make."""
    spec, place = entity.spec, ("entities", entity.name)
    if spec.per is not None:
        entity.parent, entity.parent_column = spec.per.parent, spec.per.as_
        way = ColumnDraft(spec.per.as_, target=spec.per.parent, hidden=spec.per.hidden)
        _add(draft, entity, way, (*place, "per", "as"))
    if spec.moment is not None:
        entity.moment_column = spec.moment.column
        if spec.moment.made or spec.grid is not None:
            hidden = spec.virtual or spec.moment.hidden
            made = ColumnDraft(spec.moment.column, type=TIMESTAMPTZ if hidden else None, hidden=hidden)
            _add(draft, entity, made, (*place, "moment", "column"))
    if spec.per is not None and spec.per.calendar is not None:
        end = end_of_slots(entity, spec.per.calendar)
        if end is not None:
            _add(draft, entity, end, end.place or ())


def _add_fold(draft: Draft, entity: EntityDraft) -> None:
    """The column that holds the fold, and the state that is read off it."""
    fold, place = entity.spec.fold, ("entities", entity.name, "fold")
    if fold is None:
        return
    whole = FoldOf(fold=fold, moment=entity.moment_column, keep=entity.spec.keep)
    entity.columns[STEPS[0]] = ColumnDraft(STEPS[0], whole, type=BYTEA, hidden=True, place=place)
    state = ColumnDraft(fold.state, FoldedOf(word=0, source=_folded(fold)), place=(*place, "state"))
    _add(draft, entity, state, (*place, "state"))


def _folded(fold: Fold) -> tuple[str, ...]:
    return (fold.asked, fold.state, *([fold.start] if isinstance(fold.start, str) else []))


def _add_asked(draft: Draft, entity: EntityDraft, name: str, column: SpecColumn, fold: Fold) -> None:
    """What was asked for, and in its place what the fold grants of it."""
    place = ("entities", entity.name, "columns", name)
    known = entity.table.column(name)
    asked = ColumnDraft(name + ASKED, column.generator, type=column.type, hidden=True, place=place)
    if known is not None and not column.hidden:
        asked.type = held(known.type)
    if column.null_fraction:
        asked.nulls = Nulls(draft.key(entity.name, name).child("null"), column.null_fraction)
    entity.columns[name + ASKED] = asked
    granted = ColumnDraft(name, FoldedOf(word=1, source=_folded(fold)), type=column.type, hidden=column.hidden)
    _add(draft, entity, granted, place)


def _add_declared(draft: Draft, entity: EntityDraft, name: str, column: SpecColumn) -> None:
    place = ("entities", entity.name, "columns", name)
    fold = entity.spec.fold
    if fold is not None and fold.asked != name == fold.add:
        _add_asked(draft, entity, name, column, fold)
        return
    if name in entity.columns:
        error = wrong(Code.CONFLICT, f"'{name}' is filled by `per` or `moment` already; leave it out here")
        draft.report(error, *place)
        return
    made = ColumnDraft(name, type=column.type and held(column.type), hidden=column.hidden)
    try:
        read_off(draft, entity, made, column)
    except SpecError as error:
        draft.report(error, *place)
    if not isinstance(column.generator, OfALife):
        made.generator, made.unique, made.target = column.generator, column.unique, column.generator.links()
        if column.null_fraction:
            made.nulls = Nulls(draft.key(entity.name, name).child("null"), column.null_fraction)
    _add_ways(draft, entity, made, place)
    _add(draft, entity, made, place)


def _add_ways(draft: Draft, entity: EntityDraft, made: ColumnDraft, place: Path) -> None:
    """Where a column refers to several entities, the ways to them."""
    if not isinstance(made.generator, Reference) or made.generator.links():
        return
    try:
        for way in ways_of(draft, made, made.generator):
            way.place = place
            _add(draft, entity, way, place)
    except SpecError as error:
        draft.report(under(error, to=made.name in entity.spec.references), *place)


def _add(draft: Draft, entity: EntityDraft, made: ColumnDraft, place: Path) -> None:
    entity.columns[made.name] = made
    made.hidden = made.hidden or entity.spec.virtual
    if made.hidden:
        return
    column = entity.table.column(made.name)
    try:
        _check(entity.table, entity.spec, made, column)
    except SpecError as error:
        draft.report(error, *place)
    if column is not None:
        made.type = held(column.type)
        made.nullable = column.nullable


def _check(table: Table, spec: Entity, made: ColumnDraft, column: Column | None) -> None:
    if column is None:
        hint = nearest(made.name, [c.name for c in table.columns])
        hint = hint or "a column that is only computed with says `hidden: true`"
        raise wrong(Code.UNKNOWN_COLUMN, f"table '{spec.table}' has no column '{made.name}'", hint=hint)
    if column.generated:
        raise wrong(Code.NOT_WRITABLE, f"'{made.name}' is computed by PostgreSQL (GENERATED); leave it out")
    if made.nulls is not None and not column.nullable:
        raise wrong(Code.NULL_NOT_ALLOWED, f"'{made.name}' is NOT NULL and cannot have a null_fraction")


def keys_to_parent(draft: Draft, entity: EntityDraft) -> list[str]:
    """Columns of the entity's table that point to its parent's, which `per … as` could have named."""
    parent = draft.entities.get(str(entity.parent))
    if parent is None:
        return []
    wanted = (parent.table.schema, parent.table.name)
    return [k.columns[0] for k in entity.table.foreign_keys if k.target == wanted and len(k.columns) == 1]


def _judge_missing(draft: Draft, entity: EntityDraft) -> None:
    if entity.unsettled or entity.spec.virtual:
        return
    open_columns = [c for c in entity.table.columns if c.name not in entity.columns]
    written = [c.name for c in entity.columns.values() if not c.hidden]
    strange = [name for name in written if entity.table.column(name) is None]
    meant = [nearest(name, [c.name for c in entity.table.columns]) for name in strange]
    if entity.parent_column in strange:
        meant.extend(nearest(name, (name,)) for name in keys_to_parent(draft, entity))
    missing = [c.name for c in open_columns if c.required and nearest(c.name, (c.name,)) not in meant]
    if not (missing or written):
        error = wrong(
            Code.MISSING_COLUMN,
            f"nothing of '{entity.spec.table}' is filled, and a row of defaults alone cannot be copied",
            hint="make at least one column",
        )
        draft.report(error, "entities", entity.name)
    if missing:
        error = wrong(
            Code.MISSING_COLUMN,
            f"nothing fills {listed(missing)} of '{entity.spec.table}' (NOT NULL, no default)",
            hint=f"add {missing[0]}: … under columns",
        )
        draft.report(error, "entities", entity.name, "columns")
    entity.server_columns = tuple(c.name for c in open_columns if not c.required)
