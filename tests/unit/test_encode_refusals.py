"""What the sink refuses before the first byte: every pair of types in which `pgpq` would be silent, and a few more."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from engine.catalog.model import Column, Table
from engine.errors import LoadError
from engine.expressions.text_form import render
from engine.sink.accept import lossless
from engine.sink.encode import CopyFormat, TableEncoding, encoding_for
from engine.types import PgType, numeric


def one(pg: PgType) -> TableEncoding:
    return encoding_for(Table("shop", "orders", (Column("v", pg),)), ["v"])


def send(pg: PgType, column: pa.Array) -> bytes:
    batch = pa.RecordBatch.from_arrays([column], ["v"])
    return b"".join(buffer.to_pybytes() for buffer in one(pg).encode([batch]))


WRONG = [
    ("int64 stores 0.00 in a numeric", numeric(12, 2), pa.int64()),
    ("float64 in a numeric", numeric(12, 2), pa.float64()),
    ("a wider decimal", numeric(12, 2), pa.decimal128(14, 2)),
    ("a finer decimal", numeric(12, 2), pa.decimal128(12, 3)),
    ("float64 in int8", PgType("int8"), pa.float64()),
    ("float64 in timestamptz", PgType("timestamptz"), pa.float64()),
    ("int64 in timestamptz", PgType("timestamptz"), pa.int64()),
    ("text in int4", PgType("int4"), pa.string()),
    ("int8 in int4", PgType("int4"), pa.int64()),
    ("uint64 in int8", PgType("int8"), pa.uint64()),
    ("float8 in float4", PgType("float4"), pa.float64()),
    ("text in uuid", PgType("uuid"), pa.string()),
    ("text in bytea", PgType("bytea"), pa.string()),
    ("bytes in text", PgType("text"), pa.binary()),
    ("a wall time in timestamptz", PgType("timestamptz"), pa.timestamp("us")),
    ("an instant in timestamp", PgType("timestamp"), pa.timestamp("us", "UTC")),
    ("nanoseconds", PgType("timestamptz"), pa.timestamp("ns", "UTC")),
    ("date64 in date", PgType("date"), pa.date64()),
    ("int in interval", PgType("interval"), pa.int64()),
    ("int in bool", PgType("bool"), pa.int8()),
    ("a scalar in an array", PgType("int4", array=True), pa.int32()),
    ("int8s in int4[]", PgType("int4", array=True), pa.list_(pa.int64())),
    ("a nested list", PgType("int4", array=True), pa.list_(pa.list_(pa.int32()))),
    ("an int in inet", PgType("inet"), pa.int32()),
]


@pytest.mark.parametrize(("pg", "arrow"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_pair_of_types_is_refused_with_both_names(pg: PgType, arrow: pa.DataType) -> None:
    with pytest.raises(LoadError) as refused:
        one(pg).require(pa.schema([("v", arrow)]))
    assert str(refused.value) == f"shop.orders.v: {arrow} cannot go into {pg}, which takes {one(pg).targets[0].arrow}"


LOSSLESS = [
    (pa.int16(), pa.int64()),
    (pa.uint32(), pa.int64()),
    (pa.float32(), pa.float64()),
    (pa.decimal128(9, 2), pa.decimal128(12, 2)),
    (pa.decimal128(9, 0), pa.decimal128(12, 2)),
    (pa.large_string(), pa.string()),
    (pa.string_view(), pa.string()),
    (pa.dictionary(pa.int8(), pa.string()), pa.string()),
    (pa.timestamp("s", "Europe/Berlin"), pa.timestamp("us", "UTC")),
    (pa.time32("ms"), pa.time64("us")),
    (pa.duration("s"), pa.duration("us")),
    (pa.list_(pa.int16()), pa.list_(pa.int32())),
    (pa.null(), pa.decimal128(12, 2)),
]


@pytest.mark.parametrize(("given", "wanted"), LOSSLESS, ids=[f"{g} to {w}" for g, w in LOSSLESS])
def test_what_loses_nothing_is_cast(given: pa.DataType, wanted: pa.DataType) -> None:
    assert lossless(given, wanted)
    pa.nulls(3, given).cast(wanted)


def test_a_dictionary_of_texts_is_sent_as_texts() -> None:
    words = pa.array(["a", None, "b", "a"])
    assert send(PgType("text"), words.dictionary_encode()) == send(PgType("text"), words)


def test_a_text_with_a_nul_is_refused_with_its_row() -> None:
    with pytest.raises(LoadError, match=r"shop\.orders\.v: text value 2 of a batch holds a NUL"):
        send(PgType("text"), pa.array([None, "fine", "a\0b"]))


def test_a_nul_outside_the_slice_is_nobodys_business() -> None:
    assert send(PgType("text"), pa.array(["a\0b", "fine"]).slice(1)) == send(PgType("text"), pa.array(["fine"]))


@pytest.mark.parametrize(
    ("pg", "column"),
    [
        (PgType("timestamptz"), pa.array([-(2**63)], pa.int64()).cast(pa.timestamp("us", "UTC"))),
        (PgType("date"), pa.array([2**31 - 1], pa.int32()).cast(pa.date32())),
        (PgType("time"), pa.array([86_400_000_001], pa.int64()).cast(pa.time64("us"))),
    ],
    ids=["timestamptz", "date", "time"],
)
def test_a_moment_that_postgresql_cannot_store_is_refused(pg: PgType, column: pa.Array) -> None:
    with pytest.raises(LoadError, match=f"outside what {pg} can hold"):
        send(pg, column)


def test_a_year_without_text_form_is_refused() -> None:
    with pytest.raises(LoadError, match="years 1 to 9999"):
        render(pa.array([2_932_897], pa.int32()).cast(pa.date32()))


def test_an_unknown_column_is_refused_with_the_nearest_name() -> None:
    orders = Table("shop", "orders", (Column("placed_at", PgType("timestamptz")),))
    with pytest.raises(LoadError, match=r"shop\.orders has no column placed; did you mean placed_at\?"):
        encoding_for(orders, ["placed"])


def test_a_generated_column_is_refused() -> None:
    orders = Table("shop", "orders", (Column("total", numeric(12, 2), generated=True),))
    with pytest.raises(LoadError, match="generated by the server"):
        encoding_for(orders, ["total"])


def test_one_column_without_binary_layout_sends_its_table_as_csv_and_says_why() -> None:
    things = Table("shop", "things", (Column("id", PgType("int4")), Column("ip", PgType("inet"))))
    encoding = encoding_for(things, ["id", "ip"])
    assert encoding.format is CopyFormat.CSV
    assert encoding.reasons == ("shop.things.ip: inet has no binary layout here and is sent as PostgreSQL text",)
    assert encoding_for(things, ["id"]).format is CopyFormat.BINARY


def test_csv_tells_null_from_an_empty_text() -> None:
    assert send(PgType("tsvector"), pa.array(["", None, 'say "x"', "\\."])) == b'""\n\n"say ""x"""\n"\\."\n'


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([True, None, False]), ["true", None, "false"]),
        (pa.array([Decimal("-0.05"), None], pa.decimal128(12, 2)), ["-0.05", None]),
        (pa.array([bytes(range(16)), None], pa.binary(16)), ["00010203-0405-0607-0809-0a0b0c0d0e0f", None]),
        (pa.array([b"\x00\xff", None, b""]), ["\\x00ff", None, "\\x"]),
        (pa.array([datetime(2025, 1, 2, 3, 4, 5, 6, timezone.utc)]), ["2025-01-02 03:04:05.000006Z"]),
        (pa.array([date(1, 1, 1), None]), ["0001-01-01", None]),
        (pa.array([90_000_000, None], pa.int64()).cast(pa.duration("us")), ["90000000 microseconds", None]),
        (pa.array([["a", None, 'b"\\'], [], None]), ['{"a",NULL,"b\\"\\\\"}', "{}", None]),
        (pa.array([0.1, 1e300, None]), ["0.1", "1e+300", None]),
    ],
    ids=["bool", "numeric", "uuid", "bytea", "timestamptz", "date", "interval", "array", "float"],
)  # fmt: skip
def test_values_are_rendered_as_postgresql_text(column: pa.Array, expected: list[str | None]) -> None:
    assert render(column).to_pylist() == expected
    assert render(column.slice(1)).to_pylist() == expected[1:]
