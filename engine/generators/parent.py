"""Kernels for the two columns that the shape of an entity makes: its parent's key and its moment."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from engine.generators.base import Rows
from engine.timelines.moments import Moments
from engine.types import PgType, value_type


@dataclass(frozen=True, slots=True)
class ParentKey:
    """Fills the column of `per … as` with the parent's key."""

    column: str
    key: str

    def values(self, rows: Rows) -> pa.Array:
        """The parents' keys, (n,)."""
        return rows.read((self.column, self.key))


@dataclass(frozen=True, slots=True)
class MomentOf:
    """Fills the column that an entity's rows are sorted by."""

    moments: Moments
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The rows' moments, (n,); a column without time zone gets UTC."""
        return pa.array(self.moments.at(rows.index)).cast(value_type(self.type))
