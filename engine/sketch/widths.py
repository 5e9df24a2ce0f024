"""Keys are no wider than the columns that point to them: a name of 255 letters that 16 have to hold has 16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.catalog.model import Table
from engine.sketch.wish import TableKey
from engine.types import Family, PgType

_BYTES = {"int2": 2, "int4": 4, "int8": 8}
ROUNDS = 8
"""Over so many tables a width is handed on."""


def narrowed_keys(tables: Mapping[TableKey, Table]) -> Mapping[TableKey, Table]:
    """The tables, with the columns that foreign keys point to as narrow as the narrowest that points to them."""
    tables = dict(tables)
    for _ in range(ROUNDS):
        changed = False
        for table in tuple(tables.values()):
            for key in table.foreign_keys:
                for own, theirs in zip(key.columns, key.target_columns, strict=True):
                    changed = _narrow(tables, table, own, key.target, theirs) or changed
        if not changed:
            break
    return tables


def _narrow(tables: dict[TableKey, Table], table: Table, own: str, target: TableKey, theirs: str) -> bool:
    there = tables.get(target)
    one, other = tables[table.id].column(own), there.column(theirs) if there is not None else None
    if there is None or one is None or other is None or not _narrower(one.type, other.type):
        return False
    name = "varchar" if other.type.name == "text" else other.type.name
    whole = other.type.family is Family.INTEGER
    kind = one.type if whole else replace(other.type, name=name, length=one.type.length)
    columns = (replace(c, type=kind) if c.name == theirs else c for c in there.columns)
    tables[target] = replace(there, columns=tuple(columns))
    return True


def _narrower(one: PgType, other: PgType) -> bool:
    """Whether not every value of the other fits in the one."""
    if one.array or other.array or one.family is not other.family:
        return False
    if one.family is Family.INTEGER:
        return _BYTES.get(one.name, 8) < _BYTES.get(other.name, 8)
    if one.family is not Family.TEXT or one.length is None or one.name not in ("varchar", "bpchar"):
        return False
    return other.length is None or one.length < other.length
