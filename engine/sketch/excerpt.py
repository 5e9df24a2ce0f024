"""As much of a draft as is needed to make the columns that CHECKs read: the rest would be compiled for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.sketch.made import Made
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.wish import TableKey
from engine.types import Family

_WORD = re.compile(r"\w+")
_PLAIN = frozenset({"faker", "pattern", "choice", "constant", "uniform", "bernoulli", "unique", "null_fraction"})
"""What is said of a column without the name of another."""
_READING = frozenset({"attribute", "expr", "case", "reference", "template"})
_DEAR = ("faker", "pattern", "template")


def excerpt(sketch: Sketch, tables: frozenset[TableKey], tried: frozenset[TableKey]) -> Sketch:
    """A sketch of these tables and of what the rules of those that are tried need; its columns have the same values.

    A column is needed that such a rule reads, that rows are told apart by or that others point to, and one whose name
    another says. Of the rest, those that may be left out are, and texts are all the same.
    """
    sheets = {key: sheet for key, sheet in sketch.sheets.items() if key in tables}
    pointers = [pointer for sheet in sheets.values() for pointer in sheet.pointers.values()]
    elsewhere = {word for sheet in sheets.values() for text in _about_others(sheet) for word in _WORD.findall(text)}
    shortened = {}
    for key, sheet in sheets.items():
        needed = {name for pointer in pointers if pointer.key.target == key for name in pointer.key.target_columns}
        needed |= {*_keys(sheet), *(_read_by_rules(sheet) if key in tried else ())}
        own = {word for text in _about_columns(sheet) for word in _WORD.findall(text)}
        shortened[key] = _shortened(sheet, needed, own | elsewhere)
    return replace(sketch, sheets=shortened, lost={})


def _about_columns(sheet: Sheet) -> Iterator[str]:
    """What is said of a table in which the names of its columns may stand."""
    for made in (*sheet.columns.values(), *sheet.hidden.values()):
        if not isinstance(made.said, Mapping) or not set(made.said) <= _PLAIN:
            yield str(made.said)
    yield from (str(condition.when) for condition in sheet.conditions.values())


def _about_others(sheet: Sheet) -> Iterator[str]:
    """What is said of a table in which the names of other tables' columns may stand: what is read by a reference."""
    for made in (*sheet.columns.values(), *sheet.hidden.values()):
        if isinstance(made.said, Mapping) and not _READING.isdisjoint(made.said):
            yield str(made.said)
    yield from (str(pointer) for pointer in sheet.pointers.values())


def _shortened(sheet: Sheet, needed: set[str], said: set[str]) -> Sheet:
    columns: dict[str, Made] = {}
    for name, made in sheet.columns.items():
        if name in needed or not said.isdisjoint(_WORD.findall(name)):
            columns[name] = Made(made.said)
        elif sheet.column(name).required:
            columns[name] = _plainly(sheet, name, made)
    hidden = {name: Made(made.said) for name, made in sheet.hidden.items()}
    return replace(sheet, columns=columns, hidden=hidden, left={}, notes=[])


def _read_by_rules(sheet: Sheet) -> Iterator[str]:
    """Columns of CHECKs, domains, EXCLUDEs and what is computed, and those that are filled so that they hold."""
    table = sheet.table
    yield from (name for check in table.checks for name in check.columns)
    yield from (column.name for column in table.columns if column.domain_checks)
    for one in table.exclusions:
        yield from (*one.columns, *_WORD.findall(one.where or ""))
    yield from (name for index in table.indexed for name in index.columns)
    yield from (word for column in table.columns for word in _WORD.findall(column.expression or ""))
    yield from sheet.conditions


def _keys(sheet: Sheet) -> Iterator[str]:
    if sheet.moment is not None:
        yield sheet.moment
    yield from sheet.table.primary_key
    yield from sheet.alone
    yield from sheet.filled_by
    yield from (name for group in sheet.groups for name in group)
    yield from (name for unique in sheet.table.uniques for name in unique.columns)
    yield from (name for unique in sheet.table.expression_uniques for name in unique.columns)


def _plainly(sheet: Sheet, name: str, made: Made) -> Made:
    """A text that nobody reads, without what it costs to make it."""
    pg = sheet.column(name).type
    dear = isinstance(made.said, Mapping) and next(iter(made.said), "") in _DEAR
    plain = pg.family is Family.TEXT and not pg.array and not pg.labels
    return Made({"constant": "x"} if dear and plain else made.said)
