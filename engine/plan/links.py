"""Second pass: parents and references find their entities and the key that they store."""

from __future__ import annotations

from engine.errors import Code, SpecError, wrong
from engine.generators.parent import Address
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, follows, listed, nearest
from engine.plan.several import whose
from engine.types import INT8

ADDRESS = "\0address"
"""The column that a way to a row holds where no table keeps it; no spec can write a NUL."""

MAX_LEVELS = 3
"""Levels of `per`: a row's lineage has 20 bits for each in 64."""


def find_parents(draft: Draft) -> None:
    """Check every `per`: the parent is there, and chains of parents end."""
    while orphans := [e for e in draft.entities.values() if e.parent and e.parent not in draft.entities]:
        for entity in orphans:
            draft.report(_unknown(draft, str(entity.parent)), "entities", entity.name, "per", "parent")
            del draft.entities[entity.name]
    for entity in draft.entities.values():
        if _depth(draft, entity) == MAX_LEVELS + 1:
            error = wrong(
                Code.INFEASIBLE,
                f"'{entity.name}' is {MAX_LEVELS + 1} levels below an entity with a `count`; {MAX_LEVELS} are the most",
                hint=f"give '{entity.name}' a `count` and a reference to '{entity.parent}', or one level less",
            )
            draft.report(error, "entities", entity.name, "per", "parent")


def _depth(draft: Draft, entity: EntityDraft) -> int:
    depth = 0
    while entity.parent is not None and depth <= MAX_LEVELS + 1:
        entity, depth = draft.entities[entity.parent], depth + 1
    return depth


def find_keys(draft: Draft) -> None:
    """Decide which column of each entity references store: what the foreign key names, else the primary key."""
    for entity in draft.entities.values():
        key = entity.table.primary_key
        if entity.spec.virtual and "id" in entity.columns:
            key = ("id",)
        entity.key_column = key[0] if len(key) == 1 and key[0] in entity.columns else None
        slotted = any(e.parent == entity.name and e.spec.per and e.spec.per.calendar for e in draft.entities.values())
        if slotted or entity.key_column is None or len(entity.table.primary_key) != 1:
            entity.columns[ADDRESS] = ColumnDraft(ADDRESS, type=INT8, hidden=True, kernel=Address())


def find_targets(draft: Draft) -> None:
    """Check every reference: its entity is there, has a `count`, and its key is made by the spec."""
    for entity in draft.entities.values():
        for column in entity.columns.values():
            if column.target is None:
                continue
            try:
                key_of(draft, entity, column.name)
            except SpecError as error:
                draft.report(error, *column_place(entity, column.name))
                column.target = None if column.target not in draft.entities else column.target


def key_of(draft: Draft, entity: EntityDraft, column: str) -> str:
    """The column of the target that `entity.column` stores.

    Raises SpecError: UNKNOWN_ENTITY, or NOT_WRITABLE where the spec does not make that key.
    """
    name = entity.columns[column].target
    target = draft.entities.get(name or "")
    if target is None:
        raise _unknown(draft, name or "")
    own = whose(column)
    named = own in entity.spec.references and target.key_column is None
    if entity.columns[own].hidden and (named or len(target.table.primary_key) != 1):
        return ADDRESS
    key = _foreign_key(entity, target, own) or target.key_column
    if target.unsettled and key not in target.columns:
        raise follows()
    if key is None and len(target.table.primary_key) != 1:
        many = listed(target.table.primary_key)
        raise wrong(
            Code.WRONG_KIND,
            f"'{entity.name}.{own}' is one column, and '{target.spec.table or name}' has "
            + (f"a key of several: {many}" if many else "no table" if target.spec.virtual else "no primary key"),
            hint="add `hidden: true`, so that it is only a way to those rows, and copy what you need of them: "
            f"{{attribute: {own}.…}}",
        )
    if key is None or key not in target.columns:
        wanted = key or target.table.primary_key[0]
        raise wrong(
            Code.MISSING_COLUMN,
            f"'{entity.name}.{own}' stores {name}.{wanted}, which the spec leaves to PostgreSQL",
            hint=f"make it: {wanted}: {{sequence: 1}} or {{uuid7: …}} under '{name}'",
        )
    return key


def _foreign_key(entity: EntityDraft, target: EntityDraft, column: str) -> str | None:
    for key in entity.table.foreign_keys:
        if key.columns == (column,) and key.target == (target.table.schema, target.table.name):
            return key.target_columns[0]
    return None


def _unknown(draft: Draft, name: str) -> SpecError:
    known = tuple(draft.scenario.entities)
    if name in known:
        return follows()  # what is wrong with that entity itself is told there
    hint = nearest(name, known) or f"declared are {listed(known)}"
    return wrong(Code.UNKNOWN_ENTITY, f"no entity is called '{name}'", hint=hint)
