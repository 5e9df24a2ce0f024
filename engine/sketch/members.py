"""What could keep the rows of a table apart in each of its unique keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.catalog.model import Column
from engine.sketch.pairs import space_of
from engine.sketch.room import PLENTY, room
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.types import Family

REPEATED = 0.5
"""A column repeats its values where it has less than half as many as there are rows."""

DEALT = (Family.INTEGER, Family.DATE, Family.BOOLEAN, Family.TEXT)
"""Plain columns that can be dealt out together with others."""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Columns in which no two rows may agree, `where` it says so; `solid` where two nulls are the same, too."""

    name: str
    columns: tuple[str, ...]
    solid: bool = False
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """What keeps rows apart in a key: a plain column, or the reference that fills some of its columns."""

    name: str
    columns: tuple[str, ...]
    room: int
    pointer: Pointer | None = None
    dealable: bool = True


def keys_of(sheet: Sheet) -> Iterator[UniqueKey]:
    """The primary key, unique constraints and indexes, and exclusions that are nothing else."""
    table = sheet.table
    if table.primary_key:
        yield UniqueKey("the primary key", table.primary_key)
    for unique in table.uniques:
        yield UniqueKey(unique.name, unique.columns, unique.nulls_not_distinct, unique.where)
    for index in table.expression_uniques:
        yield UniqueKey(index.name, index.columns, where=index.where)
    for exclusion in table.exclusions:
        if all(sign == "=" for sign in exclusion.signs):
            yield UniqueKey(exclusion.name, exclusion.columns)


def members_of(sketch: Sketch, sheet: Sheet, key: UniqueKey) -> tuple[Member, ...]:
    """The plain columns of a key, and the references of which it has a copy that tells them apart."""
    found: dict[str, Member] = {}
    for column in key.columns:
        pointer = sheet.filled_by.get(column)
        if pointer is None:
            known = sheet.table.column(column)
            if known is None or known.generated:
                continue
            space = min(room(known, sheet.facts.columns.get(column)), seen(sketch, sheet, known))
            found[column] = Member(
                column, (column,), space, dealable=known.type.family in DEALT or bool(known.type.labels)
            )
            continue
        own = tuple(c for c in pointer.key.columns if c not in pointer.skipped)
        if (set(own) <= set(key.columns) or _tells(sketch, pointer, key)) and pointer.name not in found:
            free = not (pointer.same or pointer.even)
            space = space_of(sheet, pointer, sketch.space(pointer))
            found[pointer.name] = Member(pointer.name, own, space, pointer, free)
    return tuple(found.values())


def seen(sketch: Sketch, sheet: Sheet, column: Column) -> int:
    """How many values a column has where statistics say that they repeat; else there may be any number."""
    if not sketch.wish.profile or column.statistics is None or not sheet.table.estimated_rows:
        return PLENTY
    values = round(column.statistics.values_in(sheet.table.estimated_rows))
    few = 0 < values < sheet.table.estimated_rows * REPEATED and len(column.statistics.common) >= values
    return values if few else PLENTY


def copied(pointer: Pointer, key: UniqueKey) -> tuple[str, ...]:
    """The columns behind a reference of which a key has a copy."""
    both = zip(pointer.key.columns, pointer.key.target_columns, strict=True)
    return tuple(theirs for own, theirs in both if own in key.columns and own not in pointer.skipped)


def _tells(sketch: Sketch, pointer: Pointer, key: UniqueKey) -> bool:
    """Whether no two rows pointed to agree in what the key has of them."""
    theirs, table = {*copied(pointer, key)}, sketch.catalog.tables[pointer.key.target]
    there = sketch.sheets.get(pointer.key.target)
    whole = [table.primary_key, *(unique.columns for unique in table.uniques if not unique.partial)]
    return any(columns and theirs.issuperset(columns) for columns in whole) or (
        there is not None and not theirs.isdisjoint(there.alone)
    )
