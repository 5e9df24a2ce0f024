"""Values while an expression runs: numpy for what is counted, Arrow for what is spelled.

| type | `data` |
|---|---|
| int2, int4, int8 | int64 |
| numeric | whole units of the type's scale: int64, or Python integers (dtype object) past 18 digits |
| float8, bool | float64, bool |
| timestamp, timestamptz, time | int64 microseconds |
| date | int64 days since 1970 |
| interval | int64 (n, 3): months, days, microseconds |
| text and all else | an Arrow array |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.types import I64, Bool, ColumnPath, PgType
from engine.views import mask_of

Numbers: TypeAlias = npt.NDArray[Any]
"""A numpy array of one of the forms in the table above."""

Data: TypeAlias = Numbers | pa.Array

Read: TypeAlias = Callable[[ColumnPath], pa.Array]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of length n, or of length 1 that stand for n equal ones; `nulls` likewise, or None where there are none.

    What `data` holds at a null is arbitrary but harmless: never a reason to fail.
    """

    data: Data
    nulls: Bool | None = None

    def take(self, positions: I64) -> Column:
        """Some of the rows, (m,); a constant stays one."""
        if len(self.data) == 1 and (self.nulls is None or len(self.nulls) == 1):
            return self  # a column of one row, too, as nobody takes none
        data: Data = self.data
        if len(data) != 1:
            data = data.take(positions) if isinstance(data, pa.Array) else data.take(positions, axis=0)
        nulls = self.nulls if self.nulls is None or len(self.nulls) == 1 else self.nulls[positions]
        return Column(data, nulls)

    def spread(self, size: int) -> Column:
        """The same values, `size` of them, no longer a constant."""
        data, nulls = self.data, self.nulls
        if len(data) != size:
            data = pa.repeat(data[0], size) if isinstance(data, pa.Array) else np.repeat(data, size, axis=0)
        if nulls is not None and len(nulls) != size:
            nulls = np.repeat(nulls, size)
        return Column(data, nulls)


def union(masks: Iterable[Bool | None]) -> Bool | None:
    """Where any of the masks is true; None where all are None."""
    found: Bool | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found | mask
    return found


def spelled(*columns: Column) -> tuple[pa.Array | pa.Scalar, ...]:
    """Text columns as `pyarrow.compute` takes them: nulls set, constants as scalars."""
    found = []
    for column in columns:
        data: pa.Array = column.data
        if column.nulls is not None:
            nulls = pa.array(np.broadcast_to(column.nulls, max(len(data), len(column.nulls))))
            data = pc.if_else(nulls, pa.scalar(None, data.type), data[0] if len(data) == 1 else data)
        found.append(data[0] if len(data) == 1 else data)
    return tuple(found)


def from_spelled(result: pa.Array | pa.Scalar) -> Column:
    """What `pyarrow.compute` made, as a text column."""
    data = pa.array([result.as_py()], result.type) if isinstance(result, pa.Scalar) else result
    data = data.combine_chunks() if isinstance(data, pa.ChunkedArray) else data
    return Column(data, mask_of(data))


class Frame:
    """The rows that an expression runs over; columns are converted once, parts of it read through it."""

    __slots__ = ("_columns", "_load", "size")

    def __init__(self, load: Callable[[ColumnPath, PgType], Column], size: int) -> None:
        self._load = load
        self._columns: dict[ColumnPath, Column] = {}
        self.size = size

    def column(self, path: ColumnPath, type_: PgType) -> Column:
        """A column of these rows."""
        if path not in self._columns:
            self._columns[path] = self._load(path, type_)
        return self._columns[path]

    def at(self, positions: I64) -> Frame:
        """The frame of some of these rows, (m,)."""
        if len(positions) == self.size:
            return self
        return Frame(lambda path, type_: self.column(path, type_).take(positions), len(positions))


def gather(size: int, pieces: list[tuple[I64, Column]]) -> Column:
    """One column from pieces: each says which rows it fills, a later one wins; rows in none are null."""
    nulls: Bool = np.ones(size, bool)
    for rows, column in pieces:
        nulls[rows] = False if column.nulls is None else column.nulls
    data = _spelled_pieces if isinstance(pieces[0][1].data, pa.Array) else _counted_pieces
    return Column(data(size, pieces), nulls if nulls.any() else None)


def _counted_pieces(size: int, pieces: list[tuple[I64, Column]]) -> Numbers:
    first = pieces[0][1].data
    dtype = object if any(column.data.dtype == object for _, column in pieces) else first.dtype
    out = np.zeros((size, *first.shape[1:]), dtype)
    for rows, column in pieces:
        out[rows] = column.data
    return out


def _spelled_pieces(size: int, pieces: list[tuple[I64, Column]]) -> pa.Array:
    order = np.zeros(size, np.int64)
    arrays: list[pa.Array] = []
    offset = 0
    for rows, column in pieces:
        order[rows] = offset if len(column.data) == 1 else offset + np.arange(len(rows))
        arrays.append(column.data)
        offset += len(column.data)
    if offset == 0:
        return pa.nulls(size, arrays[0].type)
    return pa.concat_arrays(arrays).take(pa.array(order))
