"""Values that are wrong: none at all, another column's, or a key that no row has."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from engine.generators.base import Rows
from engine.generators.result import Result
from engine.stream import Key, within
from engine.types import ColumnPath


@dataclass(frozen=True, slots=True)
class Nothing:
    """Null for every row."""

    type: pa.DataType

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return pa.nulls(rows.size, self.type)


@dataclass(frozen=True, slots=True)
class Other:
    """The values of another column."""

    path: ColumnPath

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return rows.read(self.path)


@dataclass(frozen=True, slots=True)
class BeyondTheLast:
    """first + step · k for any k below `count`: numbers of a sequence that it does not reach."""

    first: int
    step: int
    count: int
    result: Result
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return self.result.units(within(self.key, rows.identity, self.count) * self.step + self.first)
