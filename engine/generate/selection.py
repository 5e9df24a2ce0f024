"""A selection of rows: read where they are, and taken from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from engine.types import I64, U64, ColumnPath

if TYPE_CHECKING:
    from engine.generate.rows import EntityRows


class SomeRows:
    """A selection of other rows; columns are read from those and taken."""

    __slots__ = ("_columns", "base", "positions")

    def __init__(self, base: EntityRows | SomeRows, positions: I64) -> None:
        self.base = base
        self.positions = positions
        self._columns: dict[ColumnPath, pa.Array] = {}

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.positions)

    @property
    def identity(self) -> U64:
        """The selected rows' stream addresses."""
        return self.base.identity[self.positions]

    @property
    def index(self) -> I64:
        """The selected rows' numbers."""
        return self.base.index[self.positions]

    @property
    def place(self) -> I64:
        """The selected rows' places where values are dealt out."""
        return self.base.place[self.positions]

    @property
    def lineage(self) -> I64:
        """The selected rows' places among siblings."""
        return self.base.lineage[self.positions]

    @property
    def as_of(self) -> I64 | None:
        """The moments that the selected rows are seen at."""
        return None if self.base.as_of is None else self.base.as_of[self.positions]

    @property
    def parent_position(self) -> I64:
        """The selected rows' parents."""
        return self.base.parent_position[self.positions]

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of the selected rows."""
        if path not in self._columns:
            self._columns[path] = self.base.read(path).take(pa.array(self.positions))
        return self._columns[path]

    def read_as_of(self, path: ColumnPath, moments: I64) -> pa.Array:
        """A column of the rows that the selected rows point to, as it was at the moments."""
        return self.cloned(np.arange(self.size)).read_as_of(path, moments)

    def cloned(self, positions: I64) -> EntityRows:
        """Some of the selected rows, with nothing read yet."""
        return self.base.cloned(self.positions[positions])

    def at(self, entity: str, index: I64) -> EntityRows | SomeRows:
        """Rows of another entity."""
        return self.base.at(entity, index)

    def seen_at(self, entity: str, index: I64, moments: I64) -> EntityRows:
        """Rows of another entity as they were."""
        return self.base.seen_at(entity, index, moments)

    def firsts(self, entity: str) -> I64:
        """How many rows of an entity come before each row of its parent."""
        return self.base.firsts(entity)

    def subset(self, positions: I64) -> SomeRows:
        """Some of the selected rows."""
        return SomeRows(self, positions)

    def siblings(self) -> tuple[EntityRows, I64]:
        """The selected rows' families, and where they stand in them."""
        rows, positions = self.base.siblings()
        return rows, positions[self.positions]

    def children(self, entity: str) -> tuple[EntityRows | SomeRows, I64]:
        """The children of the selected rows."""
        rows, offsets = self.base.children(entity)
        counts = np.diff(offsets)[self.positions]
        starts = np.concatenate(([0], np.cumsum(counts)))
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
        return SomeRows(rows, np.repeat(offsets[:-1][self.positions], counts) + within), starts
