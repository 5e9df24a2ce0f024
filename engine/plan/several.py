"""References to several entities of one table: a hidden way to each, and the column that takes one of them."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import Code, SpecError, wrong
from engine.generators.reference import Reference
from engine.generators.several import Several
from engine.plan.draft import ColumnDraft, Draft, listed

WAY = "\0to "
"""Between a column's name and the entity's, in the name of a way."""


def ways_of(draft: Draft, made: ColumnDraft, said: Reference) -> tuple[ColumnDraft, ...]:
    """The ways of a column that refers to several entities; the column itself becomes the choice among them.

    Raises SpecError (CONFLICT, WRONG_KIND).
    """
    names = tuple(said.reference)
    _require_alike(draft, said)
    ways = [
        replace(
            made,
            name=f"{made.name}{WAY}{name}",
            generator=said.model_copy(update={"reference": name}),
            hidden=True,
            nulls=None,
            unique=False,
            target=name,
        )
        for name in names
    ]
    made.generator, made.target = Several(ways=tuple(way.name for way in ways), entities=names), None
    return tuple(ways)


def whose(way: str) -> str:
    """The column that a way belongs to; any other column is its own."""
    return way.partition(WAY)[0]


def _require_alike(draft: Draft, said: Reference) -> None:
    """Refuse entities of different tables, and what is of one entity alone."""
    found = [draft.entities[name].table for name in said.reference if name in draft.entities]
    tables = dict.fromkeys((table.schema, table.name) for table in found)
    if len(tables) > 1:
        raise wrong(
            Code.WRONG_KIND,
            f"a reference to several entities is to rows of one table, and these are of {len(tables)}: "
            + listed(".".join(filter(None, table)) for table in tables),
            path=("reference",),
            hint="make a reference, and a column, for each",
        )
    for key, told in (("capacity", said.capacity), ("tree", not isinstance(said.pick, str) and said.pick.tree)):
        if told:
            path = ("capacity",) if key == "capacity" else ("pick", "tree")
            raise wrong(Code.CONFLICT, f"`{key}` is for a reference to one entity", path=path)


def under(error: SpecError, *, to: bool) -> SpecError:
    """The same error where a named reference says `to` for `reference`."""
    return SpecError(
        replace(d, path=("to", *d.path[1:])) if to and d.path[:1] == ("reference",) else d for d in error.diagnostics
    )
