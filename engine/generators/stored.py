"""A column whose values are known before the run: those of rows that are in the table already."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from engine.generators.base import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Values by row number."""

    column: pa.Array

    def values(self, rows: Rows) -> pa.Array:
        """The rows' values, (n,)."""
        return self.column.take(pa.array(rows.index))
