"""The bytes of a binary COPY, beside the slow twin `pgpq`, which writes the same rows one value at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pgpq
import pyarrow as pa
import pytest
from pgpq import encoders, schema

from engine.catalog.model import Column, Table
from engine.sink.encode import CopyFormat, encoding_for
from engine.sink.numeric_digits import NEGATIVE, digits
from engine.types import PgType, value_type

NOON = datetime(2025, 11, 28, 12, 30, tzinfo=timezone.utc)
TWINS: dict[str, list[Any]] = {
    "bool": [True, None, False],
    "int2": [1, -2, None],
    "int4": [None, 2**31 - 1, -1],
    "int8": [2**63 - 1, None, 0],
    "float4": [1.5, None, -0.0],
    "float8": [0.1, float("inf"), None],
    "text": ["", None, "é😀"],
    "json": ["{}", None, "[1]"],
    "jsonb": ["{}", None, "[1]"],
    "bytea": [b"", None, b"\x00\xff"],
    "uuid": [b"0123456789abcdef", None, bytes(16)],
    "timestamptz": [NOON, None, datetime(1969, 1, 1, tzinfo=timezone.utc)],
    "timestamp": [NOON.replace(tzinfo=None), None, datetime(2000, 1, 1)],
    "date": [date(2000, 1, 1), None, date(1, 1, 1)],
    "time": [time(23, 59, 59, 999999), None, time(0)],
    "interval": [timedelta(days=3, microseconds=1), None, timedelta(0)],
}


def table(**columns: PgType) -> Table:
    return Table("shop", "things", tuple(Column(name, pg) for name, pg in columns.items()))


def encoded(types: dict[str, PgType], batch: pa.RecordBatch) -> bytes:
    encoding = encoding_for(table(**types), batch.schema.names)
    assert encoding.format is CopyFormat.BINARY
    return b"".join(buffer.to_pybytes() for buffer in encoding.encode([batch]))


def twin(types: dict[str, PgType], batch: pa.RecordBatch) -> bytes:
    builders = {f.name: _builder(types[f.name], f) for f in batch.schema}
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(batch.schema, builders)
    return bytes(encoder.write_header()) + bytes(encoder.write_batch(batch)) + bytes(encoder.finish())


def _builder(pg: PgType, field: pa.Field) -> Any:
    if pg.name == "jsonb":
        return encoders.StringEncoderBuilder.new_with_output(field, schema.Jsonb())
    return pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(field)


def test_every_plain_type_is_written_as_the_twin_writes_it() -> None:
    types = {f"{name}_column": PgType(name) for name in TWINS}
    arrays = [pa.array(values, value_type(PgType(name))) for name, values in TWINS.items()]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(types))
    assert encoded(types, batch) == twin(types, batch)
    assert encoded(types, batch.slice(1)) == twin(types, batch.slice(1))


@pytest.mark.parametrize("name", TWINS)
def test_a_column_without_nulls_is_written_as_the_twin_writes_it(name: str) -> None:
    types = {"a": PgType("int4"), "v": PgType(name), "z": PgType("text")}
    values = [v for v in TWINS[name] if v is not None]
    arrays = [pa.array([7, 8], pa.int32()), pa.array(values, value_type(PgType(name))), pa.array(["x", "yy"])]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(types))
    assert encoded(types, batch) == twin(types, batch)


def test_rows_beyond_one_chunk_are_written_as_the_twin_writes_them() -> None:
    types = {"n": PgType("int4"), "s": PgType("text"), "m": PgType("int8"), "r": PgType("text")}
    numbers = range(20_000)
    columns = [
        pa.array([None if n % 7 == 0 else n for n in numbers], pa.int32()),
        pa.array([None if n % 5 == 0 else "x" * (n % 11) for n in numbers]),
        pa.array(numbers, pa.int64()),
        pa.array([None if n > 9_000 else str(n) for n in numbers]),
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=list(types))
    assert encoded(types, batch) == twin(types, batch)


def test_int_arrays_are_written_as_the_twin_writes_them() -> None:
    types = {"v": PgType("int4", array=True), "t": PgType("text", array=True)}
    lists = pa.array([[1, None], [3], None, [4, 5]], pa.list_(pa.int32()))
    batch = pa.RecordBatch.from_arrays([lists, pa.array([["a"], [None, ""], ["é"], None])], names=["v", "t"])
    assert len(encoded(types, batch)) == len(twin(types, batch))  # the twin says per array whether it holds nulls


def test_the_size_of_a_batch_changes_no_byte_but_where_numerics_differ_in_length() -> None:
    types = {"n": PgType("int8"), "s": PgType("text")}
    batch = pa.RecordBatch.from_arrays([pa.array(range(1000)), pa.array([str(n) for n in range(1000)])], ["n", "s"])
    encoding = encoding_for(table(**types), ["n", "s"])
    whole = b"".join(b.to_pybytes() for b in encoding.encode([batch]))
    parts = b"".join(b.to_pybytes() for b in encoding.encode([batch.slice(i, 77) for i in range(0, 1000, 77)]))
    assert whole == parts


def _read(number: Any) -> list[str]:
    """The slow twin of `digits`: put the base-10000 digits together again, row by row."""
    texts = []
    for row in range(len(number.sign)):
        total = sum(int(group[row]) * 10 ** (4 * (number.weight - i) + 40) for i, group in enumerate(number.groups))
        shown = f"{total:060d}"
        whole, fraction = shown[:-40].lstrip("0") or "0", shown[-40:]
        assert set(fraction[number.scale :]) <= {"0"}
        sign = "-" if number.sign[row] == NEGATIVE else ""
        texts.append(sign + whole + (f".{fraction[: number.scale]}" if number.scale else ""))
    return texts


@pytest.mark.parametrize("scale", range(19))
@pytest.mark.parametrize("precision", [19, 28, 38])
def test_numeric_digits_make_the_number_again(precision: int, scale: int) -> None:
    from_small = [0, 1, -1, 9_999, 10_000, -10_001, 10**precision - 1, -(10**precision) + 1, 2**63, -(2**63), 2**64 - 1]
    fitting = [n for n in from_small if abs(n) < 10**precision]
    for numbers in (fitting, fitting[:6], [0, 0], [5]):
        column = _decimals(numbers, precision, scale)
        assert _read(digits(column, None)) == [format(value, "f") for value in column.to_pylist()]


def _decimals(numbers: list[int], precision: int, scale: int) -> pa.Array:
    raw = b"".join(n.to_bytes(16, "little", signed=True) for n in numbers)
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(numbers), [None, pa.py_buffer(raw)])


def test_what_lies_under_a_null_is_not_read() -> None:
    raw = (10**37).to_bytes(16, "little") + (1).to_bytes(16, "little")
    column = pa.Array.from_buffers(pa.decimal128(12, 2), 2, [pa.py_buffer(b"\x02"), pa.py_buffer(raw)])
    clean = pa.array([None, column[1].as_py()], pa.decimal128(12, 2))
    types = {"v": PgType("numeric", 12, 2)}
    wrap: Callable[[pa.Array], pa.RecordBatch] = lambda a: pa.RecordBatch.from_arrays([a], ["v"])  # noqa: E731
    assert encoded(types, wrap(column)) == encoded(types, wrap(clean))


def test_an_empty_table_is_header_and_trailer() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([], pa.int32())], ["v"])
    assert encoded({"v": PgType("int4")}, batch) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"
