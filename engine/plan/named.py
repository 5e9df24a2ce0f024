"""References with names: a hidden way to a row, and columns that hold what that row does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.errors import Code, Path, SpecError, wrong
from engine.generators.attribute import Attribute
from engine.generators.reference import Reference
from engine.plan.draft import ColumnDraft, Draft, EntityDraft
from engine.plan.links import key_of
from engine.plan.model import Nulls
from engine.spec.entity import Entity
from engine.spec.named import NamedReference
from engine.types import ColumnPath

_LONGEST = 16
"""Tables through which a common column may be passed on."""

Copies = Mapping[str, ColumnPath]
"""Columns that only copy, and where each has its values from."""


def named_columns(draft: Draft, entity: EntityDraft) -> tuple[ColumnDraft, ...]:
    """The ways of an entity's references, and the columns that are read through them, if nothing else makes those."""
    found: list[ColumnDraft] = []
    made = set(entity.columns)
    for name, said in entity.spec.references.items():
        for own, theirs in said.as_.items():
            if own in made or own == said.same:
                continue
            made.add(own)
            copied = Attribute.model_construct(attribute=f"{name}.{theirs}", at=None)
            found.append(ColumnDraft(own, copied, place=_place(entity, name, "as", own)))
    copies = _copies((*entity.columns.values(), *found))
    for name, said in entity.spec.references.items():
        same = ".".join(_unfolded(draft, entity.spec, _origin(copies, said.same))) if said.same else None
        made_by = said.way(same)
        way = ColumnDraft(name, made_by, hidden=True, target=made_by.links(), place=_place(entity, name))
        if said.null_fraction:
            way.nulls = Nulls(draft.key(entity.name, name).child("null"), said.null_fraction)
        found.append(way)
    return tuple(found)


def require_agreement(draft: Draft) -> None:
    """Refuse columns of a reference that are made elsewhere, where nothing says that they hold the same."""
    for entity in draft.entities.values():
        for name, said in entity.spec.references.items():
            for own, theirs in said.as_.items():
                try:
                    _require(draft, entity, (name, own, theirs), said)
                except SpecError as error:
                    draft.report(error, *_place(entity, name))


def _require(draft: Draft, entity: EntityDraft, names: tuple[str, str, str], said: NamedReference) -> None:
    name, own, theirs = names
    column, target = entity.columns.get(own), draft.entities.get(said.to) if isinstance(said.to, str) else None
    if column is None:
        raise wrong(
            Code.UNKNOWN_COLUMN,
            f"nothing makes '{own}', which `same` reads",
            path=("same",),
            hint=f"make it: {own}: {{reference: …}}, or by the `as` of the reference that leads to it",
        )
    if column.place == _place(entity, name, "as", own):
        if said.null_fraction and not (column.nullable or column.hidden):
            message = f"'{own}' is NOT NULL, and where '{name}' points to none it would be null"
            raise wrong(Code.NULL_NOT_ALLOWED, message, path=("null_fraction",))
        return
    if target is None and isinstance(said.to, str):
        return
    copies = _copies(entity.columns.values())
    hangs = target is not None and (theirs == target.parent_column or _in_turn(target, theirs))
    if hangs and said.same and _origin(copies, own) == _origin(copies, said.same) and _agree(draft, entity, names):
        return
    raise wrong(
        Code.CONFLICT,
        f"'{own}' is made elsewhere too, and nothing says that the {_one_of(said.to)} row has the same '{theirs}'",
        path=("as", own),
        hint=f"add same: {own}, so that only rows that share it are picked"
        if hangs and not said.same
        else f"leave it out of `as`, or let '{name}' alone make it",
    )


def _in_turn(target: EntityDraft, column: str) -> bool:
    """Whether a column of the target goes round the rows that it points to."""
    made = target.columns[column].generator if column in target.columns else None
    return isinstance(made, Reference) and made.pick == "even"


def _one_of(to: str | tuple[str, ...]) -> str:
    return to if isinstance(to, str) else " or ".join(to)


def _agree(draft: Draft, entity: EntityDraft, names: tuple[str, str, str]) -> bool:
    """Whether the entity's own column stores the same key of the common row as that of the row pointed to."""
    name, own, theirs = names
    *through, last = _origin(_copies(entity.columns.values()), own)
    here: EntityDraft | None = entity
    for step in through:
        here = _behind(draft, here, step)
    there = _behind(draft, entity, name)
    if _behind(draft, here, last) is None or here is None or there is None:
        return True  # what is wrong with the columns themselves is told there
    try:
        return key_of(draft, here, last) == key_of(draft, there, theirs)
    except SpecError:
        return True


def _behind(draft: Draft, entity: EntityDraft | None, column: str) -> EntityDraft | None:
    """The entity that a column leads to."""
    if entity is None or column not in entity.columns:
        return None
    return draft.entities.get(str(entity.columns[column].target))


def _copies(columns: Iterable[ColumnDraft]) -> Copies:
    """Columns that are another one's values, never null on their own."""
    return {
        column.name: column.generator.reads()[0]
        for column in columns
        if isinstance(column.generator, Attribute) and column.generator.at is None and column.nulls is None
    }


def _origin(copies: Copies, path: str) -> ColumnPath:
    """Where a path's values come from, through columns that only copy."""
    found = tuple(path.split("."))
    for _ in copies:
        if len(found) > 1 or found[0] not in copies:
            break
        found = copies[found[0]]
    return found


def _unfolded(draft: Draft, spec: Entity, path: ColumnPath) -> ColumnPath:
    """A path whose last column is not one that a named reference of another entity copies, but where it has it from."""
    entities = draft.scenario.entities
    for _ in range(_LONGEST):
        here: Entity | None = spec
        for step in path[:-1]:
            here = entities.get(_leads_to(here, step) or "") if here is not None else None
        ways = here.references.items() if here is not None and len(path) > 1 else ()
        copied = next(((name, way.as_[path[-1]]) for name, way in ways if _copies_alone(way, path[-1])), None)
        if copied is None or (here is not None and path[-1] in here.columns):
            break
        path = (*path[:-1], *copied)
    return path


def _copies_alone(way: NamedReference, column: str) -> bool:
    return column in way.as_ and way.same != column


def _leads_to(spec: Entity, column: str) -> str | None:
    """The entity that a column or a named reference of a spec leads to."""
    if column in spec.references:
        to = spec.references[column].to
        return to if isinstance(to, str) else None
    if spec.per is not None and spec.per.as_ == column:
        return spec.per.parent
    made = spec.columns[column].generator if column in spec.columns else None
    return made.links() if made is not None else None


def _place(entity: EntityDraft, *names: str) -> Path:
    return ("entities", entity.name, "references", *names)
