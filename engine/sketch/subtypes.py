"""Tables of one kind each beside a table of all kinds: ``(kind, id)`` points there, and a CHECK says which kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.catalog.model import ForeignKey
from engine.sketch.checks import ColumnFacts
from engine.sketch.checks.facts import Value
from engine.sketch.made import Made
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sqltext import quote
from engine.types import Family


@dataclass(frozen=True, slots=True)
class _Subtype:
    """Of a key to the table of all kinds: the columns on both sides that hold the kind and the number."""

    key: ForeignKey
    there: Sheet
    kind: tuple[str, str]
    number: tuple[str, str]
    value: Value
    kinds: tuple[Value, ...]


def find_subtypes(sketch: Sketch) -> None:
    """Number the rows of all kinds in turn, so that those of one kind are every third, say, and known beforehand.

    Where they cannot be numbered so, there are rows of that kind only.
    """
    for sheet in sketch.sheets.values():
        for found in tuple(_subtypes(sketch, sheet)):
            if found.value in found.kinds and _plain(sheet, found.there, found.kind, found.number):
                _settle(sheet, found)
            elif not any(sheet.nullable(column) for column in found.key.columns):
                _narrow(sheet, found)


def _subtypes(sketch: Sketch, sheet: Sheet) -> Iterator[_Subtype]:
    whole = {sheet.table.primary_key, *(unique.columns for unique in sheet.table.uniques if not unique.partial)}
    for key in sheet.table.foreign_keys:
        there = sketch.sheets.get(key.target)
        if there is None or there is sheet or len(key.columns) != 2:
            continue
        both = tuple(zip(key.columns, key.target_columns, strict=True))
        for kind, number in (both, both[::-1]):
            facts, kinds = sheet.facts.columns.get(kind[0]), _kinds(there, kind[1])
            one = facts.one_of if facts is not None and facts.one_of and len(facts.one_of) == 1 else ()
            if one and kinds and (number[0],) in whole:
                yield _Subtype(key, there, kind, number, one[0], kinds)


def _kinds(there: Sheet, column: str) -> tuple[Value, ...]:
    facts = there.facts.columns.get(column)
    return tuple(facts.one_of if facts is not None and facts.one_of else there.column(column).type.labels)


def _plain(sheet: Sheet, there: Sheet, kind: tuple[str, str], number: tuple[str, str]) -> bool:
    """Whether the table of all kinds is numbered from 1 on, and nothing else says what the columns are."""
    counted = there.column(number[1]).type.family is Family.INTEGER and there.table.primary_key == (number[1],)
    theirs = {column for key in there.table.foreign_keys for column in key.columns}
    others = [key.columns for key in sheet.table.foreign_keys if {*key.columns} & {kind[0], number[0]}]
    free = theirs.isdisjoint((kind[1], number[1])) and all({*one} <= {kind[0], number[0]} for one in others)
    ruled = kind[1] in there.conditions or kind[1] in there.reach or number[1] in there.reach
    opened = is_open(sheet.facts.columns.get(number[0])) and is_open(there.facts.columns.get(number[1]))
    return counted and free and opened and not ruled


def _narrow(sheet: Sheet, found: _Subtype) -> None:
    """Each row is pointed to once, so that none can be chosen by its kind: they are all of it."""
    there, name = found.there, found.kind[1]
    if found.value not in found.kinds or name in there.columns:
        sheet.broken = f"it points to rows of {there.table.name} whose {name} is {found.value}, and there are none"
        return
    known = there.facts.columns.get(name, ColumnFacts())
    there.facts = replace(there.facts, columns={**there.facts.columns, name: replace(known, one_of=(found.value,))})


def _settle(sheet: Sheet, found: _Subtype) -> None:
    there, step, place = found.there, len(found.kinds), found.kinds.index(found.value)
    number = quote(found.number[1])
    arms: list[object] = [{"when": f"{number} % {step} = {(n + 1) % step}", "then": {"constant": value}}
                          for n, value in enumerate(found.kinds[:-1])]  # fmt: skip
    why = "in turn, so that tables of one kind know their rows"
    there.columns[found.kind[1]] = Made({"case": [*arms, {"else": {"constant": found.kinds[-1]}}]}, why)
    sheet.columns[found.kind[0]] = Made({"constant": found.value}, "as its CHECK says")
    own = {"sequence": {"start": place + 1, "step": step}}
    sheet.columns[found.number[0]] = Made(own, f"{found.key.name}: the rows of {there.name} of this kind")
    sheet.part = (there.table.id, step)
    kept = (key for key in sheet.table.foreign_keys if not {*key.columns} <= {*found.key.columns})
    sheet.table = replace(sheet.table, foreign_keys=tuple(kept))
