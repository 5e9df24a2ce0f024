"""A pass over moments that follow each row's own clock: the columns behind them, and the zones that there may be."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Code, wrong
from engine.generators.base import Generator
from engine.generators.case import Case
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.local import Earliest, LocalMoment
from engine.generators.reference import Reference
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, forks, path_text
from engine.types import TIMESTAMPTZ, ColumnPath
from engine.units import zone

BASE, EARLIEST = "\0base", "\0earliest"
"""Ends of the names of columns that only the plan knows: the moment on the scenario's clock, and a bound below it."""


def find_zones(draft: Draft) -> None:
    """Give each moment with a `local_to` its columns, and the reference that leads to the zone a moment of its own.

    Else the circle would not end: which customer there is depends on the moment, and the moment on the customer's zone.
    """
    for entity in draft.entities.values():
        moment = entity.spec.moment
        if moment is None or moment.local_to is None or not moment.made or moment.column not in entity.columns:
            continue
        path = tuple(moment.local_to.split("."))
        zones = _zones(draft, entity, path)
        place = ("entities", entity.name, "moment")
        base = (moment.column + BASE,)
        shown = entity.columns[moment.column]
        shown.generator, shown.base = LocalMoment(base=base, zone=path), place
        made = ColumnDraft(base[0], type=TIMESTAMPTZ, hidden=True, place=(*place, "column"))
        entity.columns[base[0]] = made
        bound = Earliest(base=base, zones=zones)
        name = moment.column + EARLIEST
        entity.columns[name] = ColumnDraft(name, bound, TIMESTAMPTZ, hidden=True, place=(*place, "column"))
        for head in (path[0], *forks(entity, path[0])):
            _ask_earlier(entity.columns.get(head), moment.column, name)


def _ask_earlier(head: ColumnDraft | None, moment: str, bound: str) -> None:
    """Let the reference that leads to the zone ask who was there at the bound."""
    if head is not None and isinstance(head.generator, Reference) and head.generator.existing_at == moment:
        head.generator = head.generator.model_copy(update={"existing_at": bound})


def _zones(draft: Draft, entity: EntityDraft, path: ColumnPath) -> tuple[str, ...] | None:
    """The zones that the column at the end of a path may name; None where nobody knows. Reports those that are none."""
    end: EntityDraft | None = entity
    for name in path[:-1]:
        step = end.columns.get(name) if end is not None else None
        end = draft.entities.get(str(step.target)) if step is not None else None
    column = end.columns.get(path[-1]) if end is not None else None
    if end is None or column is None or column.generator is None:
        return None
    values = tuple(_values(column.generator))
    named = dict.fromkeys(value for value in values if isinstance(value, str))
    known = tuple(name for name in named if _is_zone(name))
    for value in (name for name in named if name not in known):
        message = f"'{path_text(path)}' may be '{value}', which is no time zone"
        hint = "zones are called as in the IANA database, such as Europe/Berlin or America/New_York"
        place = ("entities", entity.name, "moment", "local_to")
        draft.report(wrong(Code.BAD_UNIT, message, hint=hint), *place)
    return None if ... in values else known


def _values(made: Generator) -> Iterator[object]:
    """What a generator may make: scalars, or an ellipsis for what is not known beforehand."""
    match made:
        case Constant():
            yield made.constant
        case Choice():
            yield from (option.value for option in made.choice)
        case Case():
            for arm in made.case:
                yield from _values(arm.made) if arm.made is not None else ()
        case _:
            yield ...


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True
