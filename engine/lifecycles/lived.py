"""Rows at a step of their life: what the generators of `set` see."""

from __future__ import annotations

import pyarrow as pa

from engine.expressions import Curve
from engine.generators.base import Generator, Rows, Scope, Target
from engine.generators.lookup_table import LookupTable
from engine.lifecycles.model import MOMENT
from engine.stream import Key
from engine.types import I64, TIMESTAMPTZ, U64, ColumnPath, PgType, value_type


class LivedScope:
    """The names around an entity, and `moment`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def type_of(self, path: ColumnPath) -> PgType:
        """As of the entity; `moment` is a timestamptz. Raises SpecError."""
        return TIMESTAMPTZ if path == (MOMENT,) else self._scope.type_of(path)

    def target(self, entity: str, column: str) -> Target:
        """As of the entity."""
        return self._scope.target(entity, column)

    def child_type(self, entity: str, column: str) -> PgType:
        """As of the entity."""
        return self._scope.child_type(entity, column)

    def around(self, entity: str) -> Scope:
        """As of the entity."""
        return self._scope.around(entity)

    def leads_to(self, path: ColumnPath) -> tuple[str, ...]:
        """As of the entity."""
        return self._scope.leads_to(path)

    def parent_column(self) -> str | None:
        """As of the entity."""
        return self._scope.parent_column()

    def names(self) -> tuple[str, ...]:
        """The entity's columns, and `moment`."""
        return (*self._scope.names(), MOMENT)

    def parameter(self, name: str) -> int | float | str | bool | None:
        """As of the entity."""
        return self._scope.parameter(name)

    def thinned(self) -> bool:
        """As of the entity."""
        return self._scope.thinned()

    def span(self, event: str) -> tuple[tuple[int, int], ...]:
        """As of the entity."""
        return self._scope.span(event)

    def lookup(self, table: str) -> LookupTable:
        """As of the entity."""
        return self._scope.lookup(table)

    def made_by(self, column: str) -> Generator | None:
        """As of the entity."""
        return self._scope.made_by(column)

    def key(self, *names: str) -> Key:
        """As of the entity."""
        return self._scope.key(*names)

    def shared(self, *names: str) -> Key:
        """A stream of the scenario."""
        return self._scope.shared(*names)

    def curve(self, timeline: str) -> Curve:
        """As of the entity."""
        return self._scope.curve(timeline)


class LivedRows:
    """Some rows, each at the moment of one of its transitions; the identity tells repeated ones apart."""

    def __init__(self, rows: Rows, moments: I64, identity: U64) -> None:
        self._rows = rows
        self._moments = moments
        self.identity = identity

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.identity)

    @property
    def index(self) -> I64:
        """The rows' numbers."""
        return self._rows.index

    @property
    def place(self) -> I64:
        """The rows' places where values are dealt out."""
        return self._rows.place

    @property
    def lineage(self) -> I64:
        """The rows' places among siblings."""
        return self._rows.lineage

    @property
    def as_of(self) -> I64 | None:
        """The moment that the rows are seen at."""
        return self._rows.as_of

    @property
    def parent_position(self) -> I64:
        """Which parent row each belongs to."""
        return self._rows.parent_position

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of the rows; `moment` is the transition's."""
        if path == (MOMENT,):
            return pa.array(self._moments).view(value_type(TIMESTAMPTZ))
        return self._rows.read(path)

    def read_as_of(self, path: ColumnPath, moments: I64) -> pa.Array:
        """A column of the rows that these point to, as it was."""
        return self._rows.read_as_of(path, moments)

    def subset(self, positions: I64) -> LivedRows:
        """Some of these rows."""
        return LivedRows(self._rows.subset(positions), self._moments[positions], self.identity[positions])

    def children(self, entity: str) -> tuple[Rows, I64]:
        """The rows' children."""
        return self._rows.children(entity)

    def siblings(self) -> tuple[Rows, I64]:
        """The rows' families."""
        return self._rows.siblings()

    def at(self, entity: str, index: I64) -> Rows:
        """Rows of another entity."""
        return self._rows.at(entity, index)

    def seen_at(self, entity: str, index: I64, moments: I64) -> Rows:
        """Rows of another entity as they were."""
        return self._rows.seen_at(entity, index, moments)

    def firsts(self, entity: str) -> I64:
        """How many rows of another entity come before each of its parent's."""
        return self._rows.firsts(entity)
