"""Columns as they travel (Arrow) to columns as expressions compute them, and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import GenerateError
from engine.expressions import clock, exact
from engine.expressions.column import Column, Numbers, spelled
from engine.expressions.decimals import limited
from engine.expressions.strings import truth
from engine.types import I64, Bool, Family, PgType, value_type
from engine.views import mask_of, micros_of

UNLIMITED_SCALE = 10
"""The decimal places of a numeric column that declares none, as `types.value_type` has it."""


def load(array: pa.Array, type_: PgType) -> Column:
    """An Arrow column of a row; `type_` is one of the expression's own (see `promotion.read_as`)."""
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    nulls = mask_of(array)
    data = _data(array, type_)
    if nulls is not None and isinstance(data, np.ndarray):
        data[nulls] = 0
    return Column(data, nulls)


def _data(array: pa.Array, type_: PgType) -> Numbers | pa.Array:
    match type_.name:
        case "numeric":
            return _units(array, type_.scale or 0)
        case "int2" | "int4" | "int8":
            return _plain(array, pa.int64()).copy()
        case "float4" | "float8":
            return _plain(array, pa.float64()).copy()
        case "bool":
            return truth(array)
        case "date":
            return _plain(array.cast(pa.date32()).cast(pa.int32()), pa.int64()).copy()
        case "timestamp" | "timestamptz" | "time":
            return micros_of(array).copy()
        case "interval":
            micros = micros_of(array)
            return clock.interval(np.zeros_like(micros), np.zeros_like(micros), micros)
        case "bpchar":
            return pc.utf8_rtrim(array, characters=" ")
    return array


def _plain(array: pa.Array, type_: pa.DataType) -> Numbers:
    if array.type == pa.int64() == type_:
        return micros_of(array)
    found = array if array.type == type_ else array.cast(type_)
    return np.asarray((pc.fill_null(found, 0) if found.null_count else found).to_numpy(zero_copy_only=False))


def _units(array: pa.Array, scale: int) -> Numbers:
    """A decimal128 array as units: the low words alone where the high ones only repeat their sign."""
    if array.type.scale != scale or not pa.types.is_decimal128(array.type):
        array = array.cast(pa.decimal128(38, scale))
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[0::2], words[1::2]
    nulls = mask_of(array)
    if nulls is not None:
        low, high = np.where(nulls, 0, low), np.where(nulls, 0, high)
    if (high == low >> 63).all():
        return low.copy()
    wide: Numbers = high.astype(object) * (1 << 64) + low.view(np.uint64).astype(object)
    return wide


def store(column: Column, type_: PgType, size: int) -> pa.Array:
    """A column of `size` rows in the Arrow type `value_type(type_)`.

    Raises GenerateError where a value has no place there.
    """
    column = column.spread(size)
    nulls = column.nulls
    arrow = value_type(type_)
    if isinstance(column.data, pa.Array):
        (text,) = spelled(column) if size != 1 else (_one(column),)
        return text if text.type == arrow else text.cast(arrow)
    match type_.family:
        case Family.DECIMAL:
            return _decimals(column.data, arrow, nulls)
        case Family.INTERVAL:
            return pa.array(_micros(column.data, nulls), arrow, mask=nulls)
        case Family.DATE:
            return pa.array(column.data.astype(np.int32), arrow, mask=nulls)
        case Family.TIMESTAMP | Family.TIME:
            return pa.array(column.data, pa.int64(), mask=nulls).view(arrow)
    return pa.array(column.data.astype(arrow.to_pandas_dtype(), copy=False), arrow, mask=nulls)


def _one(column: Column) -> pa.Array:
    (value,) = spelled(column)
    return pa.array([value.as_py()], value.type)


def _decimals(units: Numbers, arrow: pa.DataType, nulls: Bool | None) -> pa.Array:
    units = limited(arrow.precision, arrow.scale, nulls, units)
    words = np.empty((len(units), 2), np.int64)
    if units.dtype == object:
        whole = np.array([int(unit) for unit in units], object)
        words[:, 0] = (whole & ((1 << 64) - 1)).astype(np.uint64).view(np.int64)
        words[:, 1] = (whole >> 64).astype(np.int64)
    else:
        words[:, 0] = units
        words[:, 1] = units >> 63
    validity = None if nulls is None else pa.array(~nulls).buffers()[1]
    return pa.Array.from_buffers(arrow, len(units), [validity, pa.py_buffer(words)])


def _micros(intervals: I64, nulls: Bool | None) -> Numbers:
    months = intervals[:, 0] != 0
    if months.any() and (months if nulls is None else months & ~nulls).any():
        raise GenerateError("a month has no fixed length, and an interval column of this engine holds days and less")
    found = clock.span(intervals * np.array([0, 1, 1]))
    if exact.magnitude(found) >= 1 << 63:
        raise GenerateError("an interval too long")
    return found.astype(np.int64)
