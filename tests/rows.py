"""The in-memory twin of what kernels and generators are given: rows, a scope, a context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import numpy as np
import pyarrow as pa

from engine.errors import Code, wrong
from engine.expressions import Curve
from engine.generators.base import NUMBER, Context, Generator, Target, Window
from engine.generators.lookup_table import LookupTable
from engine.stream import Key, stream_key
from engine.types import I64, U64, ColumnPath, PgType

JANUARY_2025, JANUARY_2026 = 1_735_689_600_000_000, 1_767_225_600_000_000
YEAR = Window(JANUARY_2025, JANUARY_2026, "UTC")


@dataclass(frozen=True)
class FakeRows:
    """Rows whose columns are given: ``FakeRows.of(3, price=[1, 2, 3])`` or by path in `columns`."""

    index: I64
    identity: U64
    lineage: I64
    columns: Mapping[ColumnPath, pa.Array] = field(default_factory=dict)
    groups: Mapping[str, tuple[FakeRows, I64]] = field(default_factory=dict)
    others: Mapping[str, FakeRows] = field(default_factory=dict)
    parents: I64 | None = None

    @staticmethod
    def of(count: int, **columns: Sequence[object] | pa.Array) -> FakeRows:
        """The first `count` rows of an entity with a `count`; ``a__b`` is the path (a, b)."""
        index = np.arange(count, dtype=np.int64)
        given = {tuple(k.split("__")): v if isinstance(v, pa.Array) else pa.array(v) for k, v in columns.items()}
        return FakeRows(index, index.astype(np.uint64), np.zeros(count, np.int64), given)

    @property
    def size(self) -> int:
        return len(self.index)

    @property
    def place(self) -> I64:
        return self.index

    def read(self, path: ColumnPath) -> pa.Array:
        if path in self.columns:
            return self.columns[path]
        if path in (("row",), (NUMBER,)):
            return pa.array(self.index + 1)
        if path == ("ordinal",):
            return pa.array((self.lineage & 0xFFFFF) + 1)
        raise KeyError(path)

    def siblings(self) -> tuple[FakeRows, I64]:
        return self, np.arange(self.size)

    def read_as_of(self, path: ColumnPath, moments: I64) -> pa.Array:
        raise NotImplementedError(f"{path} at {moments}")

    def subset(self, positions: I64) -> FakeRows:
        taken = {path: column.take(pa.array(positions)) for path, column in self.columns.items()}
        return replace(
            self,
            index=self.index[positions],
            identity=self.identity[positions],
            lineage=self.lineage[positions],
            columns=taken,
            parents=None if self.parents is None else self.parents[positions],
        )

    def children(self, entity: str) -> tuple[FakeRows, I64]:
        return self.groups[entity]

    def at(self, entity: str, index: I64) -> FakeRows:
        return self.others[entity].subset(index)

    def seen_at(self, entity: str, index: I64, moments: I64) -> FakeRows:
        raise NotImplementedError(f"{entity} {index} at {moments}")

    def firsts(self, entity: str) -> I64:
        return self.groups[entity][1]

    as_of: I64 | None = None

    @property
    def parent_position(self) -> I64:
        if self.parents is None:
            raise TypeError("these rows have no parent")
        return self.parents


@dataclass(frozen=True)
class FakeScope:
    """Names and types that are given."""

    types: Mapping[ColumnPath, PgType] = field(default_factory=dict)
    spans: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    parameters: Mapping[str, int | float | str | bool] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    parent: str | None = None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    lookups: Mapping[str, LookupTable] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)

    def type_of(self, path: ColumnPath) -> PgType:
        if path in self.types:
            return self.types[path]
        near = get_close_matches(path[0], [p[0] for p in self.types], 1)
        hint = f"did you mean '{near[0]}'?" if near else None
        raise wrong(Code.UNKNOWN_COLUMN, f"there is no column '{'.'.join(path)}'", hint=hint)

    def names(self) -> tuple[str, ...]:
        return tuple(path[0] for path in self.types if len(path) == 1)

    def parameter(self, name: str) -> int | float | str | bool | None:
        return self.parameters.get(name)

    def thinned(self) -> bool:
        return False

    def span(self, event: str) -> tuple[tuple[int, int], ...]:
        if event not in self.spans:
            raise wrong(Code.UNKNOWN_EVENT, f"there is no event '{event}'")
        return self.spans[event]

    def lookup(self, table: str) -> LookupTable:
        if table not in self.lookups:
            raise wrong(Code.UNKNOWN_LOOKUP, f"there is no table '{table}'")
        return self.lookups[table]

    def made_by(self, column: str) -> Generator | None:
        return self.generators.get(column)

    def key(self, *names: str) -> Key:
        return stream_key(1, "things", *names)

    def shared(self, *names: str) -> Key:
        return stream_key(1, "\0shared", *names)

    def curve(self, timeline: str) -> Curve:
        if timeline not in self.curves:
            raise wrong(Code.UNKNOWN_TIMELINE, f"there is no timeline '{timeline}'")
        return self.curves[timeline]

    def target(self, entity: str, column: str) -> Target:
        if entity not in self.targets:
            raise wrong(Code.UNKNOWN_ENTITY, f"there is no entity '{entity}' for '{column}'")
        return self.targets[entity]

    def around(self, entity: str) -> FakeScope:  # noqa: ARG002
        return self

    def leads_to(self, path: ColumnPath) -> tuple[str, ...]:
        return (self.targets[path[-1]].entity,) if path[-1] in self.targets else ()

    def child_type(self, entity: str, column: str) -> PgType:
        return self.type_of((entity, column))

    def parent_column(self) -> str | None:
        return self.parent


def context(pg: PgType, *, seed: int = 1, count: int | None = 1000, **more: object) -> Context:
    """What a generator is told when it is compiled, with defaults for everything but the type."""
    given = Context("things", "value", pg, stream_key(seed, "things", "value"), YEAR, FakeScope(), count=count)
    return replace(given, **more)  # type: ignore[arg-type]
