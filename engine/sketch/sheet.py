"""The draft while it is being made: a sheet for each table, filled by one pass after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.catalog.model import Catalog, Check, Column, ExpressionUnique, ForeignKey, Table, Unique
from engine.sketch.checks import ColumnFacts, TableFacts
from engine.sketch.conditions import Condition
from engine.sketch.made import Made
from engine.sketch.wish import TableKey, Wish


@dataclass(slots=True)
class Pointer:
    """A foreign key that a reference keeps: under the name of its column, or one of its own where it has several."""

    name: str
    key: ForeignKey
    target: str  # the entity
    same: str | None = None  # the column by which it agrees with another pointer
    tree: bool = False
    even: bool = False
    differs: str | None = None  # the name of another pointer that leads elsewhere
    after: str | None = None  # the name of another pointer, to a row before
    nullable: bool = False
    way: str | None = None  # the name of the reference, where the column is filled from it under a condition
    also: list[ForeignKey] = field(default_factory=list)  # other keys of the column, whose tables have the same numbers
    skipped: tuple[str, ...] = ()  # columns of the key that another pointer fills with the same

    @property
    def single(self) -> bool:
        """Whether it is a column that holds a key."""
        return len(self.key.columns) == 1


@dataclass(slots=True)
class Sheet:
    """One table on its way to an entity."""

    table: Table
    name: str
    facts: TableFacts
    depth: int = 0
    conditions: Mapping[str, Condition] = field(default_factory=dict)  # columns that are there under a condition
    steps: dict[str, Condition] = field(default_factory=dict)  # those of them by what their names say, not a CHECK
    reach: Mapping[str, ColumnFacts] = field(default_factory=dict)  # what the keys of its partitions may be
    rows: int = 0
    part: tuple[TableKey, int] | None = None  # its rows are every n-th of another table
    ceiling: int | None = None  # more rows cannot be told apart
    why_rows: str = ""
    pointers: dict[str, Pointer] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)  # references without a foreign key, and their entities
    nulled: dict[str, str] = field(default_factory=dict)  # columns that stay null, and why
    fixed: dict[str, str] = field(default_factory=dict)  # columns that are the same everywhere, and why
    alone: dict[str, str] = field(default_factory=dict)  # columns that are unique on their own, and by what
    groups: list[tuple[str, ...]] = field(default_factory=list)  # names that are dealt out together
    costly: frozenset[str] = frozenset()  # partial uniques that leave hardly any rows
    outside: Mapping[Unique | ExpressionUnique, Check] = field(default_factory=dict)  # partial uniques without rows
    solid: set[str] = field(default_factory=set)  # columns that are never null
    spans: dict[str, int] = field(default_factory=dict)  # columns of groups that need so many values
    starts: dict[str, int] = field(default_factory=dict)  # where numbers begin that are above others
    moment: str | None = None
    timeline: str | None = None  # that its rows follow over the window
    span: tuple[date, date] | None = None  # over which they are spread, where they follow none
    lasting: bool = False  # whether its rows come about until the window ends, though others point to them
    height: int = 0  # generations of rows with moments that come after these
    columns: dict[str, Made] = field(default_factory=dict)
    hidden: dict[str, Made] = field(default_factory=dict)  # computed and never written
    left: dict[str, str] = field(default_factory=dict)  # columns that PostgreSQL fills, and why
    notes: list[str] = field(default_factory=list)  # what the author has to know
    broken: str | None = None  # why no row could be made

    @property
    def filled_by(self) -> dict[str, Pointer]:
        """The pointer that fills each column of a foreign key."""
        return {c: p for p in self.pointers.values() for c in p.key.columns if c not in p.skipped}

    def column(self, name: str) -> Column:
        """A column that is there."""
        found = self.table.column(name)
        assert found is not None
        return found

    def nullable(self, name: str) -> bool:
        """Whether a column may be null, also by its CHECKs."""
        facts = self.facts.columns.get(name)
        held = facts is not None and facts.null is False
        return self.column(name).nullable and not held and name not in self.solid


@dataclass(slots=True)
class Sketch:
    """Everything that the passes work on: the sheets by (schema, name), in the order in which they are written."""

    catalog: Catalog
    wish: Wish
    sheets: dict[TableKey, Sheet] = field(default_factory=dict)
    held: dict[TableKey, str] = field(default_factory=dict)  # entities of rows that are there already
    without: Mapping[TableKey, str] = field(default_factory=dict)  # tables that were tried, and why in vain
    avoided: Mapping[TableKey, frozenset[str]] = field(default_factory=dict)  # partial uniques that no row is to be in
    lost: dict[TableKey, str] = field(default_factory=dict)  # tables that are left out, and why
    timelines: dict[str, Mapping[str, object]] = field(default_factory=dict)
    lookups: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def entity(self, key: TableKey) -> str | None:
        """The name of the entity of a table, if it has one."""
        sheet = self.sheets.get(key)
        return sheet.name if sheet is not None else self.held.get(key)

    def left_out(self) -> Mapping[TableKey, str]:
        """The tables without an entity of which somebody would expect one, and why; views are not among them."""
        kinds = {key: self.catalog.tables[key].kind for key in self.lost}
        return {key: why for key, why in self.lost.items() if not kinds[key].endswith("view")}

    def named(self, entity: str) -> Sheet | None:
        """The sheet of an entity that is filled."""
        return next((sheet for sheet in self.sheets.values() if sheet.name == entity), None)

    def space(self, pointer: Pointer) -> int:
        """How many rows a pointer has to point to, so that all keys of its column hold."""
        return min(self.rows_of(key.target) for key in (pointer.key, *pointer.also))

    def rows_of(self, key: TableKey) -> int:
        """How many rows an entity has to point to."""
        sheet = self.sheets.get(key)
        return sheet.rows if sheet is not None else min(self.wish.held.get(key, 0), MOST_HELD)


MOST_HELD = 100_000
"""Rows that are there already of which a run reads no more: the default of `existing: {sample}`."""
