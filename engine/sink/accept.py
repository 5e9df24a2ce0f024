"""Which columns may go into which types: the exact carrier, or one that becomes it without loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import LoadError
from engine.types import PgType, value_type
from engine.views import fixed, mask_of

_RANK = {"s": 0, "ms": 1, "us": 2, "ns": 3}
_TEXTS = (pa.string(), pa.large_string(), pa.string_view())
_BYTES = (pa.binary(), pa.large_binary(), pa.binary_view())
_FLOATS = (pa.float32(), pa.float64())
_BOUNDS = {  # what PostgreSQL can store: 4714-11-24 BC up to what our carrier can hold, 5874897-12-31, a day
    "timestamp": (-210_866_803_200_000_000, 2**63 - 1),
    "timestamptz": (-210_866_803_200_000_000, 2**63 - 1),
    "date": (-2_440_588, 2_145_042_905),
    "time": (0, 86_400_000_000),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A column of a table, as the sink sees it; `where` is ``schema.table.column``."""

    where: str
    name: str
    type: PgType

    @property
    def arrow(self) -> pa.DataType:
        """The one type that it takes."""
        return value_type(self.type)


def require(target: Target, given: pa.DataType) -> None:
    """Refuse a type that is neither the carrier nor lossless on the way to it. Raises LoadError."""
    if not lossless(given, target.arrow):
        raise LoadError(f"{target.where}: {given} cannot go into {target.type}, which takes {target.arrow}")


def lossless(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether every value of `given` is a value of `wanted`."""
    if given == wanted or pa.types.is_null(given):
        return True
    if pa.types.is_dictionary(given):
        return lossless(given.value_type, wanted)
    if pa.types.is_list(wanted):
        is_list = pa.types.is_list(given) or pa.types.is_large_list(given)
        return bool(is_list) and lossless(given.value_type, wanted.value_type)
    if pa.types.is_decimal128(given) and pa.types.is_decimal128(wanted):
        spare = (wanted.precision - wanted.scale) - (given.precision - given.scale)
        return bool(given.scale <= wanted.scale and spare >= 0)
    if pa.types.is_integer(given) and pa.types.is_integer(wanted):
        return bool(given.bit_width < wanted.bit_width and pa.types.is_signed_integer(wanted))
    if any(given in group and wanted in group for group in (_TEXTS, _BYTES)):
        return True
    return _same_clock(given, wanted) or (given in _FLOATS and wanted == pa.float64())


def _same_clock(given: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_timestamp(given) and pa.types.is_timestamp(wanted):
        return (given.tz is None) == (wanted.tz is None) and _RANK[given.unit] <= _RANK[wanted.unit]
    for kind in (pa.types.is_time, pa.types.is_duration):
        if kind(given) and kind(wanted):
            return _RANK[given.unit] <= _RANK[wanted.unit]
    return False


def conform(target: Target, column: pa.Array) -> pa.Array:
    """The column in its carrier, (n,) → (n,), with the values checked that PostgreSQL cannot store.

    Raises LoadError for a wrong type, a moment out of range and a text that holds a NUL.
    """
    wanted = target.arrow
    if column.type != wanted:
        require(target, column.type)
        column = column.cast(wanted)
    _check_values(target, column)
    return column


def _check_values(target: Target, column: pa.Array) -> None:
    flat = column.flatten() if pa.types.is_list(column.type) else column
    if pa.types.is_string(flat.type) and _holds_nul(flat):
        row = pc.index(pc.match_substring(flat, "\0"), pa.scalar(value=True)).as_py()
        raise LoadError(f"{target.where}: text value {row} of a batch holds a NUL, which PostgreSQL cannot store")
    bounds = _BOUNDS.get(target.type.name)
    if bounds:
        words, nulls = fixed(flat, f"<i{flat.type.bit_width // 8}"), mask_of(flat)
        words = words if nulls is None else words[~nulls]
        if len(words) and not bounds[0] <= words.min() <= words.max() <= bounds[1]:
            raise LoadError(f"{target.where}: a value is outside what {target.type} can hold")


def _holds_nul(texts: pa.Array) -> bool:
    data = texts.buffers()[2]
    if data is None or not len(texts):
        return False
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    used = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return bool(len(used)) and bool(used.min() == 0)
