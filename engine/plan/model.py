"""The plan: everything decided, nothing made; frozen, picklable, and small however many rows it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from engine.batch import Partition, TableId
from engine.catalog.model import Table
from engine.faults.draw import Lot
from engine.generators.base import Kernel, Window
from engine.generators.condition import Condition, Test
from engine.stream import Key
from engine.timelines.moments import Moments
from engine.types import PgType

LABELS = "labels"
"""What the rows of the label table are counted under."""


@dataclass(frozen=True, slots=True)
class Nulls:
    """The share of a column's rows that are null, and the stream that decides which."""

    key: Key
    fraction: float


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of one entity. `target` is the entity it refers to, `server` that PostgreSQL fills it."""

    name: str
    type: PgType
    kernel: Kernel
    hidden: bool = False
    nulls: Nulls | None = None
    target: str | None = None
    reads: tuple[tuple[str, str], ...] = ()  # (entity, column) pairs that it is made from, in order
    note: str = ""  # what the generator is, for `engine plan`


@dataclass(frozen=True, slots=True)
class FanOut:
    """How many children each parent has: a law, or a column of the parent read through `path`."""

    kernel: Kernel
    mean: float
    maximum: int


@dataclass(frozen=True, slots=True)
class Change:
    """Other values for one column of the rows that a fault takes."""

    column: str
    type: PgType
    kernel: Kernel


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One fault: which rows, what changes in them, or with `again` in a second copy of each."""

    name: str
    kind: str
    draw: Lot
    changes: tuple[Change, ...]
    asked: float  # rows; about so many where each is drawn on its own
    where: Condition | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """The table that says what faults changed: its columns for fault, table, key, column and clean value."""

    table: Table
    columns: tuple[str, str, str, str, str]

    @property
    def schema(self) -> pa.Schema:
        """Five columns of text."""
        return pa.schema([pa.field(name, pa.string()) for name in self.columns])


@dataclass(frozen=True, slots=True)
class Filled:
    """A table that a run writes into: under which name it counts, which columns, and about how many rows."""

    name: str
    table: Table
    written: tuple[str, ...]
    expected_rows: float


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """One population of rows. A root has `count`; a child has `parent`, `parent_column` and `fan_out`."""

    name: str
    table: Table
    key: Key
    columns: Mapping[str, ColumnPlan]
    schema: pa.Schema  # of what is written: the table's columns in the spec's order
    expected_rows: float
    row_bytes: int
    count: int | None = None
    parent: str | None = None
    parent_column: str | None = None
    fan_out: FanOut | None = None
    moments: Moments | None = None
    moment_column: str | None = None
    children: tuple[str, ...] = ()
    server_columns: tuple[str, ...] = ()  # columns of the table that PostgreSQL fills
    keep: Test | None = None  # only rows for which it holds are made
    virtual: bool = False  # nothing of it is written; `table` is empty, or holds its rows already
    existing: bool = False  # its rows are in the table already
    series: tuple[str, ...] = ()  # columns that go on from row to row of a family, also over rows that are left out
    by_time: bool = False  # the rows of a partition are sent in the order of their moments
    faults: tuple[FaultPlan, ...] = ()
    key_columns: tuple[str, ...] = ()  # what a label calls a row by
    suspends_triggers: bool = False  # whether the triggers of its table are off during the load
    dealt: tuple[tuple[str, ...], ...] = ()  # columns, or sets of them, whose values are dealt out so that none repeats
    offset: int = 0  # what `row` counts from, where the table holds rows
    passed: tuple[int, ...] = ()  # places in what is dealt out that rows have which were there before, ascending

    @property
    def loaded_rows(self) -> float:
        """Rows that are expected in the table: those of the entity, and the copies of duplicated ones."""
        return self.expected_rows + sum(fault.asked for fault in self.faults if fault.again)

    @property
    def table_id(self) -> TableId:
        """The table's two names."""
        return TableId(self.table.schema, self.table.name)

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that are sent, in order."""
        return tuple(self.schema.names)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one row's column costs beyond itself: columns recomputed elsewhere, and through what."""

    entity: str
    column: str
    values_per_row: float
    through: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Roots that may be made at the same time, and why not before."""

    roots: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole scenario, compiled. `entities` are in the order of the stages, parents before children."""

    scenario: str
    seed: int
    window: Window
    entities: Mapping[str, EntityPlan]
    stages: tuple[Stage, ...]
    partition_rows: Mapping[str, int]  # root entity → roots in one partition
    costs: tuple[Cost, ...] = ()
    notes: tuple[str, ...] = ()
    labels: LabelPlan | None = None
    postponed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by entity: filled when all rows are there

    @property
    def filled(self) -> tuple[Filled, ...]:
        """Everything that is written, in loading order: a table for each entity that has one, and the one of labels."""
        found = [Filled(e.name, e.table, e.written, e.loaded_rows) for e in self.entities.values() if not e.virtual]
        if self.labels is not None:
            rows = sum(f.asked * len(f.changes) for e in self.entities.values() for f in e.faults)
            found.append(Filled(LABELS, self.labels.table, self.labels.columns, rows))
        return tuple(found)

    def partitions(self, entity: str) -> range:
        """The numbers of a root's partitions; a range, so that a plan never holds a list of them."""
        count, size = self.entities[entity].count or 0, self.partition_rows[entity]
        return range(-(-count // size))

    def partition(self, entity: str, number: int) -> Partition:
        """Which rows of the root the n-th partition holds."""
        count, size = self.entities[entity].count or 0, self.partition_rows[entity]
        return Partition(entity, number, number * size, min(count, (number + 1) * size))

    def lineage(self, entity: str) -> tuple[str, ...]:
        """A root and the entities between it and this one, which comes last."""
        parent = self.entities[entity].parent
        return (entity,) if parent is None else (*self.lineage(parent), entity)

    def family(self, root: str) -> tuple[str, ...]:
        """A root and everything that hangs on it by `per`, parents first."""
        found = [root]
        for name in found:
            found.extend(self.entities[name].children)
        return tuple(found)
