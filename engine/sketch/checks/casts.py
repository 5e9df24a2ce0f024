"""Texts that an index or a generated column casts to another type: what they must be like to be of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.catalog.model import Check, Column, Table
from engine.sqltext import quote
from engine.types import Family

_DIGITS = {"smallint": 3, "integer": 8, "bigint": 11}
"""How many digits may stand behind the first of a whole number."""
_LIKE = {
    "numeric": r"^[1-9][0-9]{0,4}$",
    "real": r"^[1-9][0-9]{0,4}$",
    "double precision": r"^[1-9][0-9]{0,4}$",
    "boolean": r"^(true|false)$",
    "uuid": r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "date": r"^202[0-5]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    "timestamp without time zone": r"^202[0-5]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) [01][0-9]:[0-5][0-9]:[0-5][0-9]$",
    **{name: rf"^[1-9][0-9]{{0,{more}}}$" for name, more in _DIGITS.items()},
}
_JSON = ("json", "jsonb")
_TYPES = "|".join((*_LIKE, *_JSON))
_KEY = re.compile(r"->>? '(\w+)'(?:::text)?(\)+::(?:smallint|integer|bigint|numeric|real|double precision)\b)?")


def cast_checks(table: Table) -> tuple[Check, ...]:
    """What the casts in a table's indexes and generated columns ask of its texts, as CHECKs would."""
    texts = [c for c in table.columns if c.type.family is Family.TEXT and not (c.type.array or c.type.labels)]
    found = (check for name, sql in _computed(table) for column in texts for check in _asked(name, sql, column))
    return tuple({check.columns: check for check in found}.values())


def _computed(table: Table) -> Iterator[tuple[str, str]]:
    """The SQL of what is computed of rows, by the name of what for."""
    yield from ((index.name, " ".join((*index.keys, index.where or ""))) for index in table.indexed)
    yield from ((column.name, column.expression) for column in table.columns if column.expression)


def _asked(name: str, sql: str, column: Column) -> Iterator[Check]:
    written = rf"\(?(?<![\w\".]){re.escape(quote(column.name))}(?![\w\"])\)?(?:::text\))?"
    bare = rf"\(?(?<![\w\".]){re.escape(column.name)}(?![\w\"])\)?(?:::text\))?"
    for found in re.finditer(rf"(?:{written}|{bare})::({_TYPES})\b", sql):
        pattern = _document(sql) if found[1] in _JSON else _LIKE[found[1]]
        yield Check(name, f"{quote(column.name)} ~ '{pattern}'", (column.name,))


def _document(sql: str) -> str:
    """Objects with the keys that are read, whose values are numbers where they are cast to such."""
    keys = {found[1]: bool(found[2]) for found in _KEY.finditer(sql)} or {"value": False}
    told = ", ".join(f'"{key}": "{"[1-9][0-9]{0,3}" if number else "[a-z]{3,8}"}"' for key, number in keys.items())
    return rf"^\{{{told}\}}$"
