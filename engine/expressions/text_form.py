"""Values as PostgreSQL text, a whole column at a time: what CSV and INSERT send where binary cannot."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import LoadError
from engine.views import mask_of

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), "S2")
_DASHES = (8, 13, 18, 23)
_YEAR_1, _YEAR_10000 = -719_162, 2_932_897  # days since 1970
_DAY_UNITS = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def render(column: pa.Array, delimiter: str = ",") -> pa.Array:
    """The column as PostgreSQL text, (n,) → (n,) string; nulls stay null. `delimiter` parts the elements of arrays.

    Dates and moments must lie in the years 1 to 9999. Raises LoadError where they do not, and for a type that has no
    text form here.
    """
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column.cast(pa.string())
    if pa.types.is_decimal(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _moment(column)
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_duration(kind):
        return pc.binary_join_element_wise(column.cast(pa.int64()).cast(pa.string()), "microseconds", " ")
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        return _uuid(column)
    if pa.types.is_binary(kind):
        return _bytes(column)
    if pa.types.is_list(kind):
        return _array(column, delimiter)
    raise LoadError(f"a column of {kind} has no PostgreSQL text form")


def _moment(column: pa.Array) -> pa.Array:
    unit = 1 if pa.types.is_date(column.type) else _DAY_UNITS[column.type.unit]
    whole = pa.int32() if pa.types.is_date(column.type) else pa.int64()
    bounds = pc.min_max(column.cast(whole)).as_py()
    if bounds["min"] is not None and (bounds["min"] < _YEAR_1 * unit or bounds["max"] >= _YEAR_10000 * unit):
        raise LoadError("a date or moment outside the years 1 to 9999 has no text form here")
    if (
        pa.types.is_timestamp(column.type) and column.type.tz is not None
    ):  # formatting with a zone takes 20 times as long
        plain = column.view(pa.timestamp(column.type.unit)).cast(pa.string())
        return pc.binary_join_element_wise(plain, "Z", "")
    return column.cast(pa.string())


def _uuid(column: pa.Array) -> pa.Array:
    raw = np.frombuffer(column.buffers()[1], np.uint8).reshape(-1, 16)[column.offset : column.offset + len(column)]
    hexed = _HEX[raw].view(np.uint8).reshape(-1, 32)
    text = np.full((len(column), 36), ord("-"), np.uint8)
    text[:, [i for i in range(36) if i not in _DASHES]] = hexed
    return _strings(np.arange(len(column) + 1, dtype=np.int32) * np.int32(36), text, column)


def _bytes(column: pa.Array) -> pa.Array:
    filled = column.fill_null(b"") if column.null_count else column
    ends = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset : filled.offset + len(filled) + 1]
    data = np.frombuffer(filled.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]
    hexed = _strings((ends - ends[0]) * np.int32(2), _HEX[data], column)
    return pc.binary_join_element_wise("\\x", hexed, "")


def _strings(ends: np.ndarray[tuple[int], np.dtype[np.int32]], data: object, like: pa.Array) -> pa.Array:
    nulls = mask_of(like)
    valid = None if nulls is None else pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(like), [valid, pa.py_buffer(ends), pa.py_buffer(data)])


def _array(column: pa.Array, delimiter: str) -> pa.Array:
    """``{"a","b\\"c",NULL}``: every element is quoted, so that nothing in it can end it."""
    nulls = mask_of(column)
    if nulls is not None:
        column = column.take(pa.array(np.arange(len(column))))
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    elements = render(column.values.slice(ends[0], ends[-1] - ends[0]))
    escaped = pc.replace_substring(pc.replace_substring(elements, "\\", "\\\\"), '"', '\\"')
    quoted = pc.binary_join_element_wise('"', escaped, '"', "").fill_null("NULL")
    rows = pa.ListArray.from_arrays(pa.array(ends - ends[0]), quoted)
    joined = pc.binary_join_element_wise("{", pc.binary_join(rows, delimiter), "}", "")
    return joined if nulls is None else pc.if_else(pa.array(nulls), pa.scalar(None, pa.string()), joined)
