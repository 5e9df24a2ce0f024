"""Last pass: of rows that are kept out of a partial unique, as many are let in as surely differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.catalog.model import Check, ExpressionUnique, Unique
from engine.sketch.checks import TableFacts, read_table
from engine.sketch.columns import reference, settle
from engine.sketch.conditions import conditions_of
from engine.sketch.entities import free
from engine.sketch.made import Made
from engine.sketch.room import is_open
from engine.sketch.sheet import Pointer, Sheet, Sketch
from engine.sqltext import quote

NUMBER = "row_number"
"""What counts the rows of an entity whose key does not."""

_PLAIN = re.compile(r"([a-z]\w*_)?id")
"""Names that no language takes for a word of its own."""


@dataclass(frozen=True, slots=True)
class _Change:
    """How a column is made in the first rows, which are in the unique, and in the others."""

    column: str
    inside: Made
    outside: Made


def admit_rows(sketch: Sketch) -> None:
    """Let the first rows of a table into the partial uniques that none is in: each with another parent, or only one."""
    for sheet in sketch.sheets.values():
        for unique, outside in sheet.outside.items():
            others = [(one, check) for one, check in sheet.outside.items() if one is not unique]
            changes = _changes(sketch, sheet, unique, outside)
            changed = {change.column for change in changes}
            free = all(not changed & {*check.columns} or {*one.columns} >= {*unique.columns} for one, check in others)
            if changes and free and all(_able(sheet, change) for change in changes):
                _admit(sketch, sheet, unique, changes)


def _changes(sketch: Sketch, sheet: Sheet, unique: Unique | ExpressionUnique, outside: Check) -> tuple[_Change, ...]:
    """What is made in another way for a row that is in the unique; nothing where that is not understood."""
    wanted = _inside(sheet, unique, outside)
    if wanted is None:
        return ()
    inside = replace(sheet, facts=wanted, columns={}, nulled={}, left={}, notes=[], broken=None)
    return tuple(_made(sketch, sheet, inside, outside.columns))


def _inside(sheet: Sheet, unique: Unique | ExpressionUnique, outside: Check) -> TableFacts | None:
    """What is known of the rows in the unique, if all of it is understood and about the columns of its condition."""
    assert unique.where is not None
    asked = tuple(check for check in sheet.table.checks if check != outside)
    rest = conditions_of(replace(sheet.table, checks=asked)).left
    condition = Check(unique.name, unique.where, outside.columns)
    wanted = read_table(replace(sheet.table, checks=(*rest, condition)))
    if condition in wanted.opaque or len(wanted.opaque) > len(sheet.facts.opaque):
        return None
    both = {*wanted.columns, *sheet.facts.columns} - {*outside.columns}
    same = all(wanted.columns.get(name) == sheet.facts.columns.get(name) for name in both if name not in sheet.reach)
    return wanted if same and set(wanted.relations) == set(sheet.facts.relations) else None


def _made(sketch: Sketch, sheet: Sheet, inside: Sheet, columns: tuple[str, ...]) -> Iterator[_Change]:
    for name in columns:
        before = sheet.columns.get(name)
        if before is None or inside.facts.columns.get(name) == sheet.facts.columns.get(name):
            continue
        settle(sketch, inside, sheet.column(name))
        made = inside.columns.get(name)
        if made is not None and made.said != before.said:
            yield _Change(name, made, before)


def _able(sheet: Sheet, change: _Change) -> bool:
    """Whether a column can be made in two ways: no key, no reference, nothing that others are measured by."""
    name = change.column
    keys = {c for unique in sheet.table.uniques for c in unique.columns}
    keys |= {c for index in sheet.table.expression_uniques for c in index.columns}
    measured = {c for r in sheet.facts.relations for c in (r.column, getattr(r, "other", r.column))}
    read = {c for check in sheet.facts.opaque for c in check.columns}
    taken = {*keys, *sheet.table.primary_key, *sheet.filled_by, *sheet.alone, *sheet.conditions, *sheet.reach, *read}
    if name in {*taken, sheet.moment, *sheet.fixed} or any(name in group for group in sheet.groups):
        return False
    return change.inside.said is None or name not in measured


def _admit(sketch: Sketch, sheet: Sheet, unique: Unique | ExpressionUnique, changes: tuple[_Change, ...]) -> None:
    pointer, rows = _apart(sheet, unique), 1
    if pointer is not None:
        pointer.even = True
        pointer.nullable &= isinstance(unique, Unique) and not unique.nulls_not_distinct
        rows = max(min(sketch.space(pointer), sheet.rows), 1)
        if pointer.single:
            sheet.columns[pointer.name] = reference(sketch, sheet, pointer)
    when = f"{_number(sheet)} <= {rows}"
    told = f"so many differ in {', '.join(unique.columns)}, by {unique.name}" if rows > 1 else f"one, by {unique.name}"
    for change in changes:
        arms: list[object] = [{"when": when, "then": change.inside.said}, {"else": change.outside.said}]
        sheet.columns[change.column] = Made({"case": arms}, told)
    sheet.notes = [note for note in sheet.notes if not note.startswith(f"no row has {unique.where}: {unique.name} ")]


def _apart(sheet: Sheet, unique: Unique | ExpressionUnique) -> Pointer | None:
    """A reference that can go round, so that as many rows as it has to point to differ in it."""
    for pointer in sheet.pointers.values() if isinstance(unique, Unique) else ():
        bound = pointer.same or pointer.tree or pointer.differs or pointer.after or pointer.way or pointer.skipped
        seen = any(pointer.name in (p.same, p.differs, p.after) for p in sheet.pointers.values())
        dealt = any(pointer.name in group for group in sheet.groups)
        columns = pointer.key.columns
        free = all(is_open(sheet.facts.columns.get(c)) and c not in sheet.reach for c in columns)
        if not (bound or seen or dealt) and free and {*columns} <= {*unique.columns}:
            return pointer
    return None


def _number(sheet: Sheet) -> str:
    """The column by which rows are counted from 1 on."""
    for name in sheet.table.primary_key:
        made = sheet.columns.get(name)
        if made is not None and made.said == {"sequence": 1}:
            return name if _PLAIN.fullmatch(name) else quote(name)
    name = free(NUMBER, (column.name for column in sheet.table.columns))
    sheet.hidden[name] = Made({"sequence": 1, "hidden": True, "type": "int8"}, "counts the rows")
    return name
