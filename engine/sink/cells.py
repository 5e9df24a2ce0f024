"""What one column adds to each row of a binary COPY: a fixed head, and for texts and arrays a tail of any length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.sink.numeric_digits import digits
from engine.sink.type_table import Wire, element, entry_for
from engine.types import Bool, PgType, value_type
from engine.views import fixed, mask_of, truth_of

Values: TypeAlias = npt.NDArray[Any]
Part: TypeAlias = tuple[str, int | None]
"""A big-endian field by its numpy format, and its value where that is the same in every row."""

_EPOCH_DAYS = 10_957  # 2000-01-01, where PostgreSQL counts from, since 1970
_EPOCH_MICROS = _EPOCH_DAYS * 86_400_000_000
_NOTHING = pa.py_buffer(b"")
_NO_SEPARATOR = pa.scalar(b"", pa.binary())
_NULL_LENGTH = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of some rows on the wire.

    `parts` describe the head, `values` (n,) fill those parts that are not constant; where `nulls` is set the head of
    those rows is replaced by the length -1. `tail` follows the head and is empty where the value is null.
    """

    parts: tuple[Part, ...]
    values: tuple[Values, ...]
    nulls: Bool | None = None
    tail: pa.Array | None = None


Writer: TypeAlias = Callable[[pa.Array], Cell]
"""Turns a column of the carrier type, (n,), into its cell."""


def writer_for(pg: PgType) -> Writer:
    """The writer of a type that has a line in the type table."""
    entry = entry_for(pg)
    if entry is None:
        raise ValueError(f"{pg} has no binary layout")
    if pg.array:
        return _array_writer(writer_for(element(pg)), entry.oid)
    if entry.wire is Wire.PLAIN:
        return _plain_writer(value_type(pg))
    return _WRITERS[entry.wire]


def _plain_writer(arrow: pa.DataType) -> Writer:
    if pa.types.is_boolean(arrow):
        return _write_bool
    if pa.types.is_fixed_size_binary(arrow):
        wire = native = f"V{arrow.byte_width}"
    else:
        width = arrow.bit_width // 8
        kind = "f" if pa.types.is_floating(arrow) else "i"
        wire, native = f">{kind}{width}", f"<{kind}{width}"
    parts = ((">i4", np.dtype(wire).itemsize), (wire, None))

    def write(column: pa.Array) -> Cell:
        return Cell(parts, (fixed(column, native),), mask_of(column))

    return write


def _write_bool(column: pa.Array) -> Cell:
    return Cell(((">i4", 1), ("u1", None)), (truth_of(column),), mask_of(column))


def _write_timestamp(column: pa.Array) -> Cell:
    return Cell(((">i4", 8), (">i8", None)), (fixed(column, "<i8") - _EPOCH_MICROS,), mask_of(column))


def _write_date(column: pa.Array) -> Cell:
    days = fixed(column, "<i4") - np.int32(_EPOCH_DAYS)
    return Cell(((">i4", 4), (">i4", None)), (days,), mask_of(column))


def _write_interval(column: pa.Array) -> Cell:
    parts = ((">i4", 16), (">i8", None), (">i4", 0), (">i4", 0))
    return Cell(parts, (fixed(column, "<i8"),), mask_of(column))


def _write_numeric(column: pa.Array) -> Cell:
    nulls = mask_of(column)
    number = digits(column, nulls)
    parts = _numeric_parts(len(number.groups), number.weight, number.scale)
    return Cell(parts, (number.sign, *number.groups), nulls)


@cache
def _numeric_parts(groups: int, weight: int, scale: int) -> tuple[Part, ...]:
    head: tuple[Part, ...] = ((">i4", 8 + 2 * groups), (">i2", groups), (">i2", weight), (">u2", None), (">i2", scale))
    return (*head, *(((">i2", None),) * groups))


def _lengths(column: pa.Array) -> Values:
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    return ends[1:] - ends[:-1]


def _without_nulls(column: pa.Array) -> pa.Array:
    """The same texts as bytes, (n,); empty where null."""
    raw = column.cast(pa.binary())
    return raw.fill_null(b"") if raw.null_count else raw


def _write_text(column: pa.Array) -> Cell:
    nulls, tail = mask_of(column), _without_nulls(column)
    lengths = _lengths(tail)
    if nulls is not None:
        lengths = np.where(nulls, np.int32(-1), lengths)
    return Cell(((">i4", None),), (lengths,), None, tail)


def _write_jsonb(column: pa.Array) -> Cell:
    tail = _without_nulls(column)
    return Cell(((">i4", None), ("u1", 1)), (_lengths(tail) + 1,), mask_of(column), tail)


def _array_writer(write_element: Writer, oid: int) -> Writer:
    """Arrays of one dimension: the elements are written once for all rows, then cut by row."""
    parts: tuple[Part, ...] = ((">i4", None), (">i4", 1), (">i4", 1), (">u4", oid), (">i4", None), (">i4", 1))

    def write(column: pa.Array) -> Cell:
        nulls = mask_of(column)
        if nulls is not None:  # what lies under a null must be empty
            column = column.take(pa.array(np.arange(len(column))))
        ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
        elements = join([write_element(column.values.slice(ends[0], ends[-1] - ends[0]))])
        cuts = np.frombuffer(elements.buffers()[1], np.int32)[ends - ends[0]]
        tail = _binary(cuts, elements.buffers()[2] or _NOTHING, None)
        return Cell(parts, (cuts[1:] - cuts[:-1] + 20, ends[1:] - ends[:-1]), nulls, tail)

    return write


_WRITERS: dict[Wire, Writer] = {
    Wire.TIMESTAMP: _write_timestamp,
    Wire.DATE: _write_date,
    Wire.INTERVAL: _write_interval,
    Wire.NUMERIC: _write_numeric,
    Wire.TEXT: _write_text,
    Wire.JSONB: _write_jsonb,
}


class Buffers:
    """Rows of fixed bytes that are filled again and again: the constants in them are written once."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, tuple[Part, ...]], Values] = {}

    def filled(self, place: int, parts: tuple[Part, ...], values: list[Values], size: int) -> Values:
        """Rows of these parts, (size,); valid until the next call for the same place."""
        rows = self._rows.get((place, parts))
        if rows is None or len(rows) < size:
            rows = self._rows[place, parts] = _blank(parts, size)
        rows = rows[:size]
        names = (name for name, (_, constant) in zip(rows.dtype.names or (), parts, strict=True) if constant is None)
        for name, column in zip(names, values, strict=True):
            rows[name] = column
        return rows


def _blank(parts: tuple[Part, ...], size: int) -> Values:
    rows = np.zeros(size, np.dtype([(f"f{i}", form) for i, (form, _) in enumerate(parts)]))
    for name, (_, constant) in zip(rows.dtype.names or (), parts, strict=True):
        if constant is not None:
            rows[name] = constant
    return rows


def join(cells: list[Cell], lead: tuple[Part, ...] = (), buffers: Buffers | None = None) -> pa.Array:
    """Rows as bytes, (n,): `lead`, then every cell in turn. Neighbouring heads are written as one."""
    buffers = buffers or Buffers()
    segments: list[pa.Array] = []
    parts, values = list(lead), list[Values]()
    size = len(cells[0].values[0])

    def flush(nulls: Bool | None = None) -> None:
        if parts:
            rows = buffers.filled(len(segments), tuple(parts), values, size)
            ends = np.arange(size + 1, dtype=np.int32) * np.int32(rows.dtype.itemsize)
            segments.append(_binary(ends, pa.py_buffer(rows), nulls))
            parts.clear()
            values.clear()

    for cell in cells:
        if cell.nulls is not None:
            flush()
        parts.extend(cell.parts)
        values.extend(cell.values)
        if cell.nulls is not None or cell.tail is not None:
            flush(cell.nulls)
        if cell.tail is not None:
            segments.append(cell.tail)
    flush()
    if len(segments) == 1 and not segments[0].null_count:
        return _own(segments[0])
    return pc.binary_join_element_wise(*segments, _NO_SEPARATOR, null_handling="replace", null_replacement=_NULL_LENGTH)


def _own(rows: pa.Array) -> pa.Array:
    """The same rows in memory that no later call fills again."""
    _, ends, data = rows.buffers()
    return pa.Array.from_buffers(rows.type, len(rows), [None, ends, pa.py_buffer(data.to_pybytes())])


def _binary(ends: Values, data: pa.Buffer, nulls: Bool | None) -> pa.Array:
    valid = None if nulls is None else pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    return pa.Array.from_buffers(pa.binary(), len(ends) - 1, [valid, pa.py_buffer(np.ascontiguousarray(ends)), data])
