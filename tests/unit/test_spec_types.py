"""PostgreSQL's types from their text."""

from __future__ import annotations

import pytest

from engine.pgtype import parse_type
from engine.types import PgType


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("integer", PgType("int4")),
        ("BIGINT", PgType("int8")),
        ("int", PgType("int4")),
        ("bigserial", PgType("int8")),
        ("numeric", PgType("numeric")),
        ("numeric(12,2)", PgType("numeric", precision=12, scale=2)),
        ("decimal( 5 )", PgType("numeric", precision=5, scale=0)),
        ("character varying(40)", PgType("varchar", length=40)),
        ("varchar", PgType("varchar")),
        ("char", PgType("bpchar", length=1)),
        ("character(3)", PgType("bpchar", length=3)),
        ('"char"', PgType("char")),
        ("timestamp with time zone", PgType("timestamptz")),
        ("timestamp(3) with time zone", PgType("timestamptz")),
        ("timestamp(6) without time zone[]", PgType("timestamp", array=True)),
        ("time with time zone", PgType("timetz")),
        ("double precision", PgType("float8")),
        ("float(10)", PgType("float4")),
        ("boolean", PgType("bool")),
        ("text[]", PgType("text", array=True)),
        ("integer[3][3]", PgType("int4", array=True)),
        ("interval day to second", PgType("interval")),
        ("bit varying(8)", PgType("varbit", length=8)),
        ("pg_catalog.int4", PgType("int4")),
        ("shop.order_status", PgType("order_status", schema="shop")),
        ('shop."Order Status"[]', PgType("Order Status", schema="shop", array=True)),
        ("shop.integer", PgType("integer", schema="shop")),
    ],
)
def test_aliases_become_the_catalogs_name(text: str, type_: PgType):
    assert parse_type(text) == type_


@pytest.mark.parametrize(
    "text",
    [
        "",
        "drop table",
        "int(4)",
        "text(3)",
        "numeric(2,5)",
        "numeric(0)",
        "varchar(0)",
        "text with time zone",
        "a.b.c",
        "x" * 300,
        "int4;",
    ],
)
def test_what_is_no_type_is_refused(text: str):
    with pytest.raises(ValueError, match=r"type|precision|length"):
        parse_type(text)


@pytest.mark.parametrize("name", ["int4", "numeric(12,2)", "varchar(40)", "bpchar(3)", "text[]", "timestamptz"])
def test_a_type_reads_back_from_what_it_prints(name: str):
    assert str(parse_type(name)) == name
