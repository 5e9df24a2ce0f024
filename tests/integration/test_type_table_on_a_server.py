"""Every line of the type table, and what goes as text beside it, on real servers: what is sent is what is stored."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg
import numpy as np
import pyarrow as pa
import pytest

from engine.batch import Batch, Partition, TableId
from engine.catalog.model import Catalog, Column, Table
from engine.generators.arbitrary import Arbitrary, ArbitraryArguments
from engine.sink.encode import CopyFormat
from engine.sink.postgres import PostgresSink, prepare
from engine.sink.type_table import ENTRIES
from engine.types import PgType, numeric, value_type
from tests.rows import FakeRows, context
from tests.servers import run_sql

I64_MIN, I64_MAX = -(2**63), 2**63 - 1
UUID = bytes.fromhex("0198c1f2a3b4d5e6f708192a3b4c5d6e")
UUID_TEXT = "0198c1f2-a3b4-d5e6-f708-192a3b4c5d6e"
AWKWARD = "a\"b\\c,{d}\n\r\t'é😀 "
LONG = "x" * 70_000
ENUM = PgType("mood", labels=("sad", "not so good", "null"), schema="public")

# (SQL type, PgType, values as Arrow takes them, what ::text must say)
BINARY: list[tuple[str, PgType, list[Any], list[str | None]]] = [
    ("bool", PgType("bool"), [True, False, None], ["true", "false", None]),
    ("int2", PgType("int2"), [-32768, 32767, 0, None], ["-32768", "32767", "0", None]),
    ("int4", PgType("int4"), [-(2**31), 2**31 - 1, None], ["-2147483648", "2147483647", None]),
    ("int8", PgType("int8"), [I64_MIN, I64_MAX, None], [str(I64_MIN), str(I64_MAX), None]),
    ("float4", PgType("float4"), [1.5, -0.0, math.inf, math.nan, None], ["1.5", "-0", "Infinity", "NaN", None]),
    (
        "float8",
        PgType("float8"),
        [0.1, 5e-324, 1.7976931348623157e308, -math.inf, math.nan, None],
        ["0.1", "5e-324", "1.7976931348623157e+308", "-Infinity", "NaN", None],
    ),
    (
        "numeric(12,2)",
        numeric(12, 2),
        [Decimal("0.01"), Decimal("-0.05"), Decimal("9999999999.99"), Decimal("-9999999999.99"), Decimal(0), None],
        ["0.01", "-0.05", "9999999999.99", "-9999999999.99", "0.00", None],
    ),
    ("numeric(4,4)", numeric(4, 4), [Decimal("0.0001"), Decimal("-0.9999")], ["0.0001", "-0.9999"]),
    ("numeric(9,0)", numeric(9, 0), [Decimal(10000), Decimal(999999999), Decimal(1)], ["10000", "999999999", "1"]),
    (
        "numeric(38,0)",
        numeric(38, 0),
        [Decimal("9" * 38), Decimal("-" + "9" * 38), Decimal(2**64), Decimal(-(2**63)), Decimal(0), None],
        ["9" * 38, "-" + "9" * 38, str(2**64), str(-(2**63)), "0", None],
    ),
    (
        "numeric(38,37)",
        numeric(38, 37),
        [Decimal("1." + "0" * 36 + "1"), Decimal("-9." + "9" * 37)],
        ["1." + "0" * 36 + "1", "-9." + "9" * 37],
    ),
    ("numeric(19,3)", numeric(19, 3), [Decimal("9" * 16 + ".999")], ["9" * 16 + ".999"]),
    ("numeric", PgType("numeric"), [Decimal("1.5"), None], ["1.5000000000", None]),
    ("text", PgType("text"), ["", AWKWARD, "NULL", "\\.", LONG, None], ["", AWKWARD, "NULL", "\\.", LONG, None]),
    ("varchar(5)", PgType("varchar", length=5), ["", "ééééé", None], ["", "ééééé", None]),
    ("char(4)", PgType("bpchar", length=4), ["ab", "abcd", None], ["ab", "abcd", None]),
    ("name", PgType("name"), ["pg_class", None], ["pg_class", None]),
    ("json", PgType("json"), ['{"a": [1, null]}', None], ['{"a": [1, null]}', None]),
    ("jsonb", PgType("jsonb"), ['{"b":1,"a":"é"}', "null", None], ['{"a": "é", "b": 1}', "null", None]),
    ("mood", ENUM, ["sad", "not so good", "null", None], ["sad", "not so good", "null", None]),
    ("bytea", PgType("bytea"), [b"", b"\x00\xff\\x", None], ["\\x", "\\x00ff5c78", None]),
    ("uuid", PgType("uuid"), [UUID, bytes(16), None], [UUID_TEXT, "00000000-0000-0000-0000-000000000000", None]),
    ("date", PgType("date"), [0, -2_440_588, 2_145_042_905], ["1970-01-01", "4714-11-24 BC", "5874897-12-31"]),
    ("time", PgType("time"), [0, 86_399_999_999, None], ["00:00:00", "23:59:59.999999", None]),
    (
        "timestamp",
        PgType("timestamp"),
        [1, -210_866_803_200_000_000, None],
        ["1970-01-01 00:00:00.000001", "4714-11-24 00:00:00 BC", None],
    ),
    ("timestamptz", PgType("timestamptz"), [1_764_338_700_000_001, None], ["2025-11-28 14:05:00.000001+00", None]),
    ("interval", PgType("interval"), [90_061_000_001, -1, None], ["25:01:01.000001", "-00:00:00.000001", None]),
    ("price", PgType("numeric", precision=8, scale=2, domain="price"), [Decimal("1.10"), None], ["1.10", None]),
    ("int4[]", PgType("int4", array=True), [[1, None, -3], [], None], ["{1,NULL,-3}", "{}", None]),
    ("text[]", PgType("text", array=True), [["a b", None, "", 'q"'], [], None], ['{"a b",NULL,"","q\\""}', "{}", None]),
    ("varchar(3)[]", PgType("varchar", length=3, array=True), [["abc"], None], ["{abc}", None]),
    ("mood[]", PgType("mood", labels=ENUM.labels, array=True, schema="public"), [["sad", "null"]], ['{sad,"null"}']),
    ("uuid[]", PgType("uuid", array=True), [[UUID], [None], []], [f"{{{UUID_TEXT}}}", "{NULL}", "{}"]),
    ("timestamptz[]", PgType("timestamptz", array=True), [[0, None]], ['{"1970-01-01 00:00:00+00",NULL}']),
    ("numeric(6,2)[]", PgType("numeric", 6, 2, array=True), [[Decimal("1.5"), Decimal(-9999)]], ["{1.50,-9999.00}"]),
    ("jsonb[]", PgType("jsonb", array=True), [["1", None]], ["{1,NULL}"]),
    ("jsonpath", PgType("jsonpath"), ["$.a[*] ? (@ > 1)", None], ['$."a"[*]?(@ > 1)', None]),
    ("jsonpath[]", PgType("jsonpath", array=True), [["$.a", None]], ['{"$.\\"a\\"",NULL}']),
    ("refcursor", PgType("refcursor"), ["c", None], ["c", None]),
    ("bool[]", PgType("bool", array=True), [[True, None, False]], ["{t,NULL,f}"]),
    ("bytea[]", PgType("bytea", array=True), [[b"\x01", b""]], ['{"\\\\x01","\\\\x"}']),
    ("date[]", PgType("date", array=True), [[0]], ["{1970-01-01}"]),
    ("interval[]", PgType("interval", array=True), [[1_000_000]], ["{00:00:01}"]),
]  # fmt: skip

READ: list[tuple[str, str, list[str | None], list[str | None]]] = [
    ("bit(3)", "bit", ["101", None], ["101", None]),
    ("bit(17)", "bit", ["1" * 16 + "0"], ["1" * 16 + "0"]),
    ("varbit", "varbit", ["1", "", "0" * 9 + "1", None], ["1", "", "0" * 9 + "1", None]),
    ("inet", "inet", ["10.0.0.1", "10.0.0.1/24", None], ["10.0.0.1/32", "10.0.0.1/24", None]),
    ("cidr", "cidr", ["10.0.0.0/8", None, "10.1.2.3"], ["10.0.0.0/8", None, "10.1.2.3/32"]),
    ("macaddr", "macaddr", ["08:00:2b:01:02:f3", None], ["08:00:2b:01:02:f3", None]),
    ("macaddr8", "macaddr8", [None, "08:00:2b:ff:fe:01:02:03"], [None, "08:00:2b:ff:fe:01:02:03"]),
    ("point", "point", ["(1,-2.5)", None, "(0.1,123456789012345.5)"], ["(1,-2.5)", None, "(0.1,123456789012345.5)"]),
    ("box", "box", ["(0,0),(1.5,2)", None], ["(1.5,2),(0,0)", None]),
    ("lseg", "lseg", ["[(0,0),(1,2)]"], ["[(0,0),(1,2)]"]),
    ("circle", "circle", ["<(1,2),3.25>", None], ["<(1,2),3.25>", None]),
    ("oid", "oid", ["42", "4294967295", None], ["42", "4294967295", None]),
    ("xid", "xid", [None, None], [None, None]),
]  # fmt: skip

AS_TEXT: list[tuple[str, str, list[str | None], list[str | None]]] = [
    ("timetz", "timetz", ["10:00:00+02", None], ["10:00:00+02", None]),
    ("tsvector", "tsvector", ["'a':1 'b':2", None], ["'a':1 'b':2", None]),
    ("inet", "inet", ["10.0.0.1", "::1/64", None], ["10.0.0.1/32", "::1/64", None]),
    ("cidr", "cidr", ["10.1"], ["10.1.0.0/16"]),
    ("macaddr", "macaddr", ["08002b:010203", None], ["08:00:2b:01:02:03", None]),
    ("varbit", "varbit", ["xF"], ["1111"]),
    ("oid", "oid", ["-1"], ["4294967295"]),
    ("point", "point", ["(1e300,2)", "3, 4"], ["(1e+300,2)", "(3,4)"]),
    ("int4range", "int4range", ["[1,5)", "empty", None], ["[1,5)", "empty", None]),
    ("money", "money", ["12.34"], ["$12.34"]),
    ('"char"', "char_", ["x"], ["x"]),
    ("pair", "pair", ['(1,"a,b")', None], ['(1,"a,b")', None]),
    ("interval[][]", "nested", ["{{1 day},{2 days}}"], ['{{"1 day"},{"2 days"}}']),
    ("tid", "tid", ["(0,1)"], ["(0,1)"]),
]

TREES = ("ltree", "lquery", "ltxtquery")

SETUP = """
drop table if exists t;
drop type if exists mood, pair;
drop domain if exists price;
create type mood as enum ('sad', 'not so good', 'null');
create type pair as (a int, b text);
create domain price as numeric(8,2);
"""


def column_of(pg: PgType, values: list[Any]) -> pa.Array:
    """Values in the carrier of a type; integers stand for moments, days and lengths of time."""
    arrow = value_type(pg)
    if pa.types.is_temporal(arrow):
        return pa.array(values, pa.int32() if arrow.bit_width == 32 else pa.int64()).cast(arrow)
    if pa.types.is_list(arrow) and pa.types.is_temporal(arrow.value_type):
        width = pa.int32() if arrow.value_type.bit_width == 32 else pa.int64()
        return pa.array(values, pa.list_(width)).cast(arrow)
    return pa.array(values, arrow)


async def store(
    dsn: str, column: tuple[str, PgType], values: pa.Array, *, text: bool = False, rls: bool = False
) -> Any:
    """Load one column, beside a row number and, with `text`, one that binary cannot carry; read ``::text`` back."""
    sql, pg = column
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        await connection.execute(SETUP)
        await connection.execute(f"create table t (n int4, v {sql}, w inet)")
        columns = [Column("n", PgType("int4")), Column("v", pg), Column("w", PgType("inet"))][: 3 if text else 2]
        table = Table("public", "t", tuple(columns), row_security=rls)
        arrays = [pa.array(np.arange(len(values), dtype=np.int32)), values, pa.array(["::1"] * len(values))]
        batch = pa.RecordBatch.from_arrays(arrays[: len(columns)], [c.name for c in columns])
        sink = PostgresSink(connection, Catalog({("public", "t"): table}))
        parcels = sink.pack([Batch("things", TableId("public", "t"), batch)])
        written = await sink.write(Partition("things", 0, 0, len(values)), parcels)
        assert written == {"things": len(values)}
        rows = await connection.fetch("select v::text as v from t order by n")
        return parcels[0].encoding.format, [row["v"] for row in rows]
    finally:
        await connection.close()


def test_every_line_of_the_table_has_a_case() -> None:
    assert set(ENTRIES) - {pg.name for _, pg, _, _ in BINARY} == {"citext", "xml", *TREES}  # tested below


@pytest.mark.parametrize(("sql", "pg", "values", "expected"), BINARY, ids=[case[0] for case in BINARY])
def test_a_binary_type_round_trips(
    each_database: str, sql: str, pg: PgType, values: list[Any], expected: list[str | None]
) -> None:
    sent, stored = asyncio.run(store(each_database, (sql, pg), column_of(pg, values)))
    assert sent is CopyFormat.BINARY
    assert stored == expected


@pytest.mark.parametrize("rls", [False, True], ids=["csv", "insert"])
@pytest.mark.parametrize(("sql", "pg", "values", "expected"), BINARY, ids=[case[0] for case in BINARY])
def test_a_binary_type_round_trips_as_text_too(
    database: str, sql: str, pg: PgType, values: list[Any], expected: list[str | None], rls: bool
) -> None:
    pairs = [
        (v, e)
        for v, e in zip(values, expected, strict=True)
        if not (e or "").endswith("BC") and (e or "")[:4] != "5874"
    ]
    sent, stored = asyncio.run(store(database, (sql, pg), column_of(pg, [v for v, _ in pairs]), text=True, rls=rls))
    assert sent is CopyFormat.CSV
    assert stored == [e for _, e in pairs]


@pytest.mark.parametrize(("sql", "name", "values", "expected"), AS_TEXT, ids=[case[0] for case in AS_TEXT])
def test_any_other_type_goes_as_text(
    each_database: str, sql: str, name: str, values: list[str | None], expected: list[str | None]
) -> None:
    sent, stored = asyncio.run(store(each_database, (sql, PgType(name)), pa.array(values, pa.string())))
    assert sent is CopyFormat.CSV
    assert stored == expected


@pytest.mark.parametrize(("sql", "name", "values", "expected"), READ, ids=[case[0] for case in READ])
def test_a_text_is_read_so_that_its_table_goes_as_binary(
    each_database: str, sql: str, name: str, values: list[str | None], expected: list[str | None]
) -> None:
    length = int(re.sub(r"\D", "", sql)) if sql.endswith(")") else None
    sent, stored = asyncio.run(store(each_database, (sql, PgType(name, length=length)), pa.array(values, pa.string())))
    assert sent is CopyFormat.BINARY
    assert stored == expected


@pytest.mark.parametrize("name", [*dict.fromkeys(name for _, name, _, _ in READ if name != "xid"), "vector"])
def test_what_is_read_is_what_the_server_reads(database: str, name: str) -> None:
    run_sql(database, *(["create extension vector"] if name == "vector" else []))
    pg = PgType(name, length=33 if name == "bit" else None)
    made = Arbitrary(arbitrary=ArbitraryArguments()).compile(context(pg)).values(FakeRows.of(1_000))
    values = pa.concat_arrays([made, pa.array([None], pa.string()), made[7:9]])
    sql = "bit(33)" if name == "bit" else name

    read = asyncio.run(store(database, (sql, pg), values))
    sent = asyncio.run(store(database, (sql, pg), values, text=True))

    assert (read[0], sent[0]) == (CopyFormat.BINARY, CopyFormat.CSV)
    assert read[1] == sent[1]


def test_xml_goes_as_binary(each_database: str) -> None:
    async def built_with_libxml() -> bool:
        connection = await asyncpg.connect(each_database)
        answer = await connection.fetchval("select setting from pg_config where name = 'CONFIGURE'")
        await connection.close()
        return "libxml" in answer

    if not asyncio.run(built_with_libxml()):
        pytest.skip("this server was built without libxml and has no xml values")
    stored = asyncio.run(store(each_database, ("xml", PgType("xml")), pa.array(["<a>é</a>", None])))
    assert stored == (CopyFormat.BINARY, ["<a>é</a>", None])


def test_citext_goes_as_binary(database: str) -> None:
    async def with_extension() -> Any:
        connection = await asyncpg.connect(database)
        await connection.execute("create extension citext")
        await connection.close()
        return await store(database, ("citext", PgType("citext", schema="public")), pa.array(["AbC", None]))

    assert asyncio.run(with_extension()) == (CopyFormat.BINARY, ["AbC", None])


@pytest.mark.parametrize("name", TREES)
def test_label_trees_go_as_binary(each_database: str, name: str) -> None:
    run_sql(each_database, "create extension ltree")
    pg = PgType(name, schema="public")
    for one, values, text in (
        (pg, ["a", None], ["a", None]),
        (replace(pg, array=True), [["a", None]], ["{a,NULL}"]),
    ):
        sql = f"{name}[]" if one.array else name
        assert asyncio.run(store(each_database, (sql, one), pa.array(values))) == (CopyFormat.BINARY, text)


def test_hstore_goes_as_text(database: str) -> None:
    async def with_extension() -> Any:
        connection = await asyncpg.connect(database)
        await connection.execute("create extension hstore")
        await connection.close()
        return await store(database, ("hstore", PgType("hstore", schema="public")), pa.array(['"a"=>"1"', None]))

    assert asyncio.run(with_extension()) == (CopyFormat.CSV, ['"a"=>"1"', None])


@pytest.mark.parametrize("precision", [1, 4, 9, 12, 17, 18, 19, 25, 38])
def test_numerics_of_every_size_are_stored_exactly(database: str, precision: int) -> None:
    for scale in sorted({0, 1, 2, 3, 4, 7, precision}):
        if scale > precision:
            continue
        digits = [
            Decimal(sign * (10**k - off)).scaleb(-scale)
            for k in range(precision + 1)
            for off in (0, 1)
            for sign in (1, -1)
        ]
        values = [d for d in digits if abs(d.scaleb(scale)) < 10**precision] + [None]
        pg = numeric(precision, scale)
        _, stored = asyncio.run(_in_own_table(database, pg, values))
        assert stored == values


async def _in_own_table(dsn: str, pg: PgType, values: list[Decimal | None]) -> tuple[CopyFormat, list[Decimal | None]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"drop table if exists t; create table t (n int4, v {pg})")
        columns = (Column("n", PgType("int4")), Column("v", pg))
        sink = PostgresSink(connection, Catalog({("public", "t"): Table("public", "t", columns)}))
        numbers = pa.array(np.arange(len(values), dtype=np.int32))
        batch = pa.RecordBatch.from_arrays([numbers, pa.array(values, value_type(pg))], ["n", "v"])
        parcels = sink.pack([Batch("things", TableId("public", "t"), batch)])
        await sink.write(Partition("things", 0, 0, len(values)), parcels)
        rows = await connection.fetch("select v from t order by n")
        return parcels[0].encoding.format, [row["v"] for row in rows]
    finally:
        await connection.close()
