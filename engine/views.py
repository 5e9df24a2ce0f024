"""Arrow columns as numpy sees them, without a call of an Arrow kernel: on a few thousand rows that is most of the cost.

On 5,200 rows: `cast` to int64 6.5 µs, `fill_null` 11 µs, `is_null` 9 µs; a view 0.6 µs, a mask from bits 3 µs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.types import I64, Bool


def fixed(column: pa.Array, dtype: str) -> npt.NDArray[Any]:
    """A read-only view of the values of a fixed-width column, (n,); what lies under a null is anything."""
    data = column.buffers()[1]
    if data is None or not len(column):
        return np.empty(0, dtype)
    view = np.frombuffer(data, dtype)[column.offset : column.offset + len(column)]
    view.flags.writeable = False
    return view


def micros_of(column: pa.Array) -> I64:
    """The 64-bit words of a timestamp, time, duration or int8 column, (n,), 0 where null; read-only where none is."""
    words: I64 = fixed(column, "<i8")
    nulls = mask_of(column)
    return words if nulls is None else np.where(nulls, 0, words)


def mask_of(column: pa.Array) -> Bool | None:
    """Where a column is null, (n,), or None where it has no nulls."""
    if column.null_count == 0:
        return None
    bitmap = column.buffers()[0]
    if bitmap is None or pa.types.is_null(column.type):  # types that keep their nulls elsewhere
        found: Bool = column.is_null().to_numpy(zero_copy_only=False)
        return found
    held: Bool = _bits(bitmap, column.offset, len(column)).view(np.bool_)
    return ~held


def truth_of(column: pa.Array) -> Bool:
    """A boolean column, (n,), false where null."""
    if not len(column):
        return np.empty(0, np.bool_)
    held: Bool = _bits(column.buffers()[1], column.offset, len(column)).view(np.bool_)
    nulls = mask_of(column)
    return held if nulls is None else held & ~nulls


def differ(old: pa.Array, new: pa.Array) -> Bool:
    """Where two columns are not the same, null being the same as null, (n,)."""
    if pa.types.is_nested(old.type):
        return np.array([a != b for a, b in zip(old.to_pylist(), new.to_pylist(), strict=True)], np.bool_)
    gone = pc.xor(old.is_null(), new.is_null())
    found: Bool = pc.or_(pc.not_equal(old, new).fill_null(fill_value=False), gone).to_numpy(zero_copy_only=False)
    return found


def as_column(words: I64) -> pa.Array:
    """64-bit words of each row, (n, k), as one column of fixed-size binary, from which rows are taken as from any."""
    buffer = pa.py_buffer(np.ascontiguousarray(words).tobytes())
    return pa.Array.from_buffers(pa.binary(8 * words.shape[1]), len(words), [None, buffer])


def as_words(column: pa.Array) -> I64:
    """The words of `as_column`, (n, k); read-only."""
    width = column.type.byte_width // 8
    words = np.frombuffer(column.buffers()[1], np.int64)
    return words[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)


def _bits(bitmap: pa.Buffer, offset: int, size: int) -> npt.NDArray[np.uint8]:
    first = offset >> 3
    octets = np.frombuffer(bitmap, np.uint8)[first : (offset + size + 7) >> 3]
    return np.unpackbits(octets, bitorder="little", count=offset - 8 * first + size)[offset - 8 * first :]
