"""References to the same rows that a CHECK compares: a friend is not oneself, the lower number comes first."""

from __future__ import annotations

from engine.sketch.checks.facts import Compare
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.types import Family

ORDERED = (Family.INTEGER, Family.UUID, Family.DATE, Family.TIMESTAMP)
"""Keys that the engine can put in the order in which PostgreSQL puts them."""


def relate_pointers(sketch: Sketch) -> None:
    """Note of each such pair which reference looks at the other."""
    for sheet in sketch.sheets.values():
        for relation in sheet.facts.relations:
            if isinstance(relation, Compare) and not relation.offset:
                _relate(sheet, relation)


def _relate(sheet: Sheet, relation: Compare) -> None:
    one, other = sheet.filled_by.get(relation.column), sheet.filled_by.get(relation.other)
    if one is None or other is None or one.target != other.target or not (one.single and other.single):
        return
    if relation.op == "<>":
        later = one if _free(one) else other
        later.differs = (other if later is one else one).name
    elif relation.op in (">", ">="):
        one.after, one.tree, other.tree = other.name, False, False
    elif relation.op in ("<", "<="):
        other.after, one.tree, other.tree = one.name, False, False


def _free(pointer: Pointer) -> bool:
    return not (pointer.tree or pointer.same or pointer.even)


def space_of(sheet: Sheet, pointer: Pointer, rows: int) -> int:
    """For how many rows a reference can still be chosen when the other one of its pair is."""
    if pointer.after is not None:
        return max((rows - 1) // 2, 1)
    return max(rows - 1, 1) if pointer.differs is not None and pointer.differs in sheet.pointers else rows


def settle_pairs(sketch: Sketch, sheet: Sheet) -> None:
    """After groups are known: who is dealt out looks only at who is dealt out with it."""
    for pointer in tuple(sheet.pointers.values()):
        name = pointer.differs or pointer.after
        if name is None or name not in sheet.pointers:
            pointer.differs = pointer.after = None
            continue
        if pointer.after is not None and not _ordered(sketch, pointer):
            _give_up(sheet, pointer)
            continue
        other = sheet.pointers[name]
        mine, theirs = _group(sheet, pointer), _group(sheet, other)
        if mine is not None and mine == theirs:
            continue
        if pointer.after is not None:
            _deal_together(sheet, pointer, other, apart=mine is None and theirs is None)
        elif mine is not None:
            pointer.differs = None
            if theirs is None and _free(other):
                other.differs = pointer.name
            else:
                sheet.notes.append(f"{pointer.name} and {name} may come out the same, which a CHECK forbids")


def _ordered(sketch: Sketch, pointer: Pointer) -> bool:
    """Whether the keys of the table that a reference leads to have an order that we know."""
    there = sketch.catalog.tables.get(pointer.key.target)
    column = there.column(pointer.key.target_columns[0]) if there is not None else None
    return column is not None and column.type.family in ORDERED


def _give_up(sheet: Sheet, pointer: Pointer) -> None:
    """Of a pair whose order nobody knows, leave one null if it may be."""
    able = [p for p in (pointer, sheet.pointers[str(pointer.after)]) if sheet.nullable(p.name) and not _group(sheet, p)]
    why = f"whether it is less or greater than another of {pointer.target} is not known beforehand"
    pointer.after = None
    if able:
        del sheet.pointers[able[0].name]
        sheet.nulled[able[0].name] = why
    else:
        sheet.broken = f"a CHECK compares {pointer.name}, and {why}"


def _deal_together(sheet: Sheet, pointer: Pointer, other: Pointer, *, apart: bool) -> None:
    if apart:
        sheet.groups.append((other.name, pointer.name))
        return
    pointer.after = None
    sheet.notes.append(f"{other.name} may come out above {pointer.name}, which a CHECK forbids")


def _group(sheet: Sheet, pointer: Pointer) -> tuple[str, ...] | None:
    return next((group for group in sheet.groups if pointer.name in group), None)
