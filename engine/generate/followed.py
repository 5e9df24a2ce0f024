"""Where references lead: the rows pointed to, and which row points to which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.generate.selection import SomeRows
from engine.types import I64, Bool, ColumnPath

if TYPE_CHECKING:
    from engine.generate.rows import EntityRows


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a reference leads: rows of the target, which of them each row means, and which rows have none."""

    rows: EntityRows | SomeRows
    positions: I64 | None
    nulls: Bool | None

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of the target for each referring row, null where the reference is."""
        column = self.rows.read(path)
        if self.positions is None and self.nulls is None:
            return column
        positions = np.arange(len(column)) if self.positions is None else self.positions
        return column.take(pa.array(positions, mask=self.nulls))

    def seen(self, path: ColumnPath, moments: I64) -> pa.Array:
        """The same as it was at moments, (n,)."""
        places = np.arange(self.rows.size) if self.positions is None else self.positions
        rows = self.rows.cloned(places)
        rows.as_of = moments
        column = rows.read(path)
        return column if self.nulls is None else pc.if_else(pa.array(self.nulls), pa.scalar(None, column.type), column)


@dataclass(frozen=True, slots=True)
class Forked:
    """Where a reference to several entities leads: for each a part of the rows; `order` are these, part by part."""

    parts: tuple[Followed, ...]
    order: I64
    nulls: Bool | None

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of the rows pointed to, whichever entity they are of."""
        return self._joined([part.read(path) for part in self.parts])

    def seen(self, path: ColumnPath, moments: I64) -> pa.Array:
        """The same as it was at moments, (n,)."""
        sizes = [part.rows.size if part.positions is None else len(part.positions) for part in self.parts]
        each = np.split(moments[self.order], np.cumsum(sizes)[:-1])
        return self._joined([part.seen(path, at) for part, at in zip(self.parts, each, strict=True)])

    def _joined(self, columns: list[pa.Array]) -> pa.Array:
        back = np.empty(len(self.order), np.int64)
        back[self.order] = np.arange(len(self.order))
        return pa.concat_arrays(columns).take(pa.array(back, mask=self.nulls))
