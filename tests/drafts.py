"""Drafts of small catalogs: their text, the plan and rows that come of it, and rules of the catalog that they break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from engine.catalog.model import Catalog, Check, ForeignKey, Table, Unique
from engine.plan.compile import compile_plan
from engine.plan.model import Plan
from engine.sketch.draft import sketch_of, written
from engine.sketch.sheet import Sketch
from engine.sketch.wish import TableKey, Wish
from engine.spec.load import load
from engine.spec.source import read_source
from tests.worlds import catalog, rows_of

WISH = Wish(date(2025, 1, 1), date(2026, 1, 1), rows=100)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """What was drafted for a catalog."""

    catalog: Catalog
    sketch: Sketch

    @cached_property
    def text(self) -> str:
        """The spec."""
        return written(self.sketch)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The spec as plain data."""
        source, found = read_source(self.text, file="draft.yaml")
        assert not found
        assert isinstance(source.data, dict)
        return source.data

    @property
    def entities(self) -> dict[str, Any]:
        """Its entities."""
        found: dict[str, Any] = self.spec["entities"] or {}
        return found

    def columns(self, entity: str) -> dict[str, Any]:
        """The columns of an entity."""
        found: dict[str, Any] = self.entities[entity]["columns"]
        return found

    @property
    def lost(self) -> dict[str, str]:
        """The tables that are left out, and why."""
        return {name: why for (_, name), why in self.sketch.lost.items()}

    @cached_property
    def plan(self) -> Plan:
        """What it compiles to on the same catalog."""
        return compile_plan(load(self.text, file="draft.yaml"), self.catalog)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """All rows, by entity; what PostgreSQL would fill is not in them."""
        return {name: found.to_pylist() for name, found in rows_of(self.plan).items()}

    @property
    def broken(self) -> list[str]:
        """Rules that the rows break, looked at one by one: NOT NULL, unique keys, foreign keys."""
        return [fault for sheet in self.sketch.sheets.values() for fault in self._faults(sheet.table, sheet.name)]

    def _faults(self, table: Table, name: str) -> Iterator[str]:
        rows = self.rows[name]
        yield from (f"{name}: no rows" for _ in range(not rows))
        there = set(rows[0]) if rows else set()
        for column in table.columns:
            nulls = sum(row[column.name] is None for row in rows) if column.name in there else 0
            yield from (f"{name}.{column.name}: {nulls} nulls" for _ in range(not column.nullable and nulls > 0))
        own = Unique("primary key", table.primary_key)
        for unique in (own, *table.uniques):
            if unique.columns and there.issuperset(unique.columns):
                yield from (f"{name}: {unique.name} {key} twice" for key in _twice(rows, unique))
        for key in table.foreign_keys:
            target = self.sketch.sheets.get(key.target)
            if target is not None and there.issuperset(key.columns):
                yield from (
                    f"{name}: {key.name} {lost} leads nowhere" for lost in _nowhere(rows, key, self.rows[target.name])
                )


def _twice(rows: Sequence[Row], unique: Unique) -> Iterator[object]:
    seen = set()
    for row in rows:
        key = tuple(row[column] for column in unique.columns)
        if None in key and not unique.nulls_not_distinct:
            continue
        if key in seen:
            yield key
        seen.add(key)


def _nowhere(rows: Sequence[Row], key: ForeignKey, others: Sequence[Row]) -> Iterator[object]:
    there = {tuple(row[column] for column in key.target_columns) for row in others}
    for row in rows:
        found = tuple(row[column] for column in key.columns)
        nulls = found.count(None)
        if (nulls and not key.match_full) or nulls == len(found):
            continue
        if found not in there:
            yield found


def drafted(*tables: Table, held: Mapping[str, int] | None = None, **wish: Any) -> Draft:
    """The draft for these tables; `held` are tables of the schema public that hold so many rows already."""
    known = catalog(*tables)
    there: dict[TableKey, int] = {("public", name): rows for name, rows in (held or {}).items()}
    return Draft(known, sketch_of(known, replace(WISH, held=there, **wish)))


def to(target: str, *columns: str, key: Sequence[str] = ("id",), name: str = "", **more: Any) -> ForeignKey:
    """A foreign key to a table of the schema public."""
    return ForeignKey(name or f"{'_'.join(columns)}_fkey", columns, ("public", target), tuple(key), **more)


def rules(table: Table, *checks: str, **more: Any) -> Table:
    """The table with CHECKs, as PostgreSQL prints them, and whatever else is given."""
    return replace(table, checks=(*table.checks, *(_check(table, i, text) for i, text in enumerate(checks))), **more)


def _check(table: Table, number: int, text: str) -> Check:
    read = tuple(c.name for c in table.columns if re.search(rf'(?<!\w)"?{re.escape(c.name)}"?(?!\w)', text))
    return Check(f"{table.name}_check{number or ''}", text, read)
