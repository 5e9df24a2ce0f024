"""Two columns that together point to rows of several tables: ``commentable_type`` and ``commentable_id``."""

from __future__ import annotations

import re
from collections import Counter

from engine.catalog.model import Column
from engine.sketch.entities import free
from engine.sketch.made import Made
from engine.sketch.members import keys_of
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import TableKey
from engine.sketch.words import stem, tokens
from engine.sqltext import quote
from engine.types import Family

_ENDS = ("_type", "_kind", "_table", "_class", "_model")
MOST_TABLES = 16
MOST_GUESSED = 3


def find_polymorphic(sketch: Sketch) -> None:
    """Where a CHECK or an enum names tables, rows point to those; where nothing does, to some that they could."""
    for key, sheet in sketch.sheets.items():
        for column in sheet.table.columns:
            kind = _kind_of(sheet, column)
            if kind is None:
                continue
            labels = _labels(sheet, kind)
            targets = _targets(sketch, key, column, labels) if labels else _guessed(sketch, key, column, kind)
            if targets and not labels:
                sheet.columns[kind.name] = Made({"choice": list(targets)}, "what such tables are called in programs")
                sheet.solid.add(kind.name)
            if targets:
                _point(sketch, sheet, column, kind, targets)


def _kind_of(sheet: Sheet, column: Column) -> Column | None:
    """The column beside ``x_id`` that says of which table its row is."""
    if not column.name.endswith("_id") or column.name in sheet.filled_by or column.type.array:
        return None
    if any(column.name in key.columns for key in keys_of(sheet)):
        return None  # what keeps rows apart is made so that it does
    stem_ = column.name.removesuffix("_id")
    found = next((c for end in _ENDS if (c := sheet.table.column(stem_ + end)) is not None), None)
    taken = found is not None and (found.name in sheet.filled_by or found.type.array or found.generated)
    return None if taken or column.generated else found


def _labels(sheet: Sheet, kind: Column) -> tuple[str, ...]:
    facts = sheet.facts.columns.get(kind.name)
    said = facts.one_of if facts is not None and facts.one_of else kind.type.labels
    return tuple(str(value) for value in said)


def _targets(sketch: Sketch, key: TableKey, column: Column, labels: tuple[str, ...]) -> dict[str, TableKey]:
    """The table that each label means; none where one of them means no table that the column could point to."""
    known = {_plain(other[1]): other for other in reversed(tuple(sketch.sheets)) if _fits(sketch.sheets[other], column)}
    known |= {_plain(other[1]): other for other in known.values() if other[0] == key[0]}
    found = {label: known[name] for label in labels if (name := _plain(label)) in known}
    return found if 0 < len(found) == len(labels) <= MOST_TABLES else {}


def _guessed(sketch: Sketch, key: TableKey, column: Column, kind: Column) -> dict[str, TableKey]:
    """Tables by what a program calls a row of them: the one that the column is named after, else those most needed."""
    if kind.type.family is not Family.TEXT or not is_open(sketch.sheets[key].facts.columns.get(kind.name)):
        return {}
    needed = Counter(p.key.target for sheet in sketch.sheets.values() for p in sheet.pointers.values())
    able = [
        k for k, there in sketch.sheets.items() if k[0] == key[0] and _fits(there, column) and _apart(sketch, k, key)
    ]
    named = [k for k in able if _plain(k[1]) == _plain(column.name.removesuffix("_id"))]
    others = sorted((k for k in able if needed[k]), key=lambda k: (-needed[k], k))
    found = {_class_of(k[1]): k for k in (named or others[:MOST_GUESSED])}
    return found if all(len(name) <= (kind.type.length or len(name)) for name in found) else {}


def _class_of(table: str) -> str:
    """``blog_posts`` are of the class BlogPost."""
    words = list(tokens(table))
    last = words[-1]
    for end, one in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if last.endswith(end) and not last.endswith("ss"):
            words[-1] = last.removesuffix(end) + one
            break
    return "".join(word.capitalize() for word in words)


def _apart(sketch: Sketch, start: TableKey, end: TableKey) -> bool:
    """Whether rows of a table can be made before those of another: nothing leads from it there."""
    names = {sheet.name: key for key, sheet in sketch.sheets.items()}
    waiting, seen = [start], {start}
    while waiting:
        sheet = sketch.sheets.get(waiting.pop())
        if sheet is None:
            continue
        led = {p.key.target for p in sheet.pointers.values()} | {names[name] for name in sheet.ways.values()}
        waiting.extend(led - seen)
        seen |= led
    return end not in seen


def _plain(name: str) -> str:
    """``BlogPost``, ``app.blog_post`` and ``blog_posts`` are the same."""
    return "_".join(stem(word) for word in tokens(re.split(r"[.:]+", name)[-1]))


def _fits(sheet: Sheet, column: Column) -> bool:
    key = sheet.table.primary_key
    own = sheet.table.column(key[0]) if len(key) == 1 else None
    return own is not None and own.type.family is column.type.family and own.name not in sheet.filled_by


def _point(sketch: Sketch, sheet: Sheet, column: Column, kind: Column, targets: dict[str, TableKey]) -> None:
    """A reference to each table, and a case that reads the one that the row's kind names."""
    arms: list[object] = []
    for label, target in targets.items():
        there = sketch.sheets[target]
        way = free(_plain(label) or "other", [*(c.name for c in sheet.table.columns), *sheet.pointers, *sheet.ways])
        sheet.ways[way] = there.name
        value = "'" + label.replace("'", "''") + "'"
        read = {"attribute": f"{way}.{there.table.primary_key[0]}"}
        arms.append({"when": f"{quote(kind.name)} = {value}", "then": read})
    sheet.columns[column.name] = Made({"case": arms}, f"a row of the table that {kind.name} names")
