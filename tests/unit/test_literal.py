"""A scalar of the spec is read as exactly the value it spells, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import SpecError
from engine.generators.literal import Scalar, literal
from engine.types import PgType

WIDE = PgType("numeric", precision=38, scale=10)
MONEY = PgType("numeric", precision=12, scale=2)


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("1234567890123456789012345678.0123456789", WIDE),  # 38 digits; Python's own context keeps 28
        ("-9999999999999999999999999999.9999999999", WIDE),
        ("9999999999.99", MONEY),
        (19.99, MONEY),
        (0, MONEY),
    ],
)
def test_a_decimal_is_kept_to_the_last_digit(written: Scalar, type_: PgType):
    assert literal(written, type_, "UTC").as_py() == Decimal(str(written))


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("12345678901234567890123456789.0", WIDE),
        ("10000000000", MONEY),
        (0.005, MONEY),
        ("1e999999", MONEY),
        ("NaN", MONEY),
        (True, MONEY),
    ],
)
def test_a_decimal_that_does_not_fit_is_refused(written: Scalar, type_: PgType):
    with pytest.raises(SpecError, match="is not a value of type"):
        literal(written, type_, "UTC")


@pytest.mark.parametrize(("written", "value"), [("1e3", 1000), (2**31 - 1, 2**31 - 1), (7.0, 7), ("-0", 0)])
def test_a_whole_number_may_be_written_in_any_way(written: Scalar, value: int):
    assert literal(written, PgType("int4"), "UTC").as_py() == value


@pytest.mark.parametrize("written", [2**31, 1.5, True, "seven", "1e999999999", "NaN", "Infinity"])
def test_what_is_no_whole_number_of_the_type_is_refused(written: Scalar):
    with pytest.raises(SpecError, match="is not a value of type"):
        literal(written, PgType("int4"), "UTC")


TEXTS = PgType("text", array=True)


@pytest.mark.parametrize(
    ("written", "type_", "value"),
    [
        ("{}", TEXTS, []),
        (" { a , b c } ", TEXTS, ["a", "b c"]),
        (r'{"a, b",NULL,"NULL","","q\"x","\\",a\,b}', TEXTS, ["a, b", None, "NULL", "", 'q"x', "\\", "a,b"]),
        ("{1,null,-3}", PgType("int4", array=True), [1, None, -3]),
        ("{(1,2),(3,4);(5,6),(7,8)}", PgType("box", array=True), ["(1,2),(3,4)", "(5,6),(7,8)"]),
        ("{1.5,2}", PgType("numeric", 6, 2, array=True), [Decimal("1.50"), Decimal("2.00")]),
        (r'{"{\"a\": 1}"}', PgType("jsonb", array=True), ['{"a": 1}']),
        ("{sad}", PgType("mood", labels=("sad", "ok"), array=True), ["sad"]),
    ],
)
def test_an_array_is_read_as_postgresql_writes_it(written: str, type_: PgType, value: list[object]):
    assert literal(written, type_, "UTC").as_py() == value


@pytest.mark.parametrize(
    "written", ["a", "{a,}", "{,a}", "{{a},{b}}", '{"a}', "[1:1]={a}", '{a"b"}', '{"a"b}', "{a}}", "{a} b"]
)
def test_what_is_no_array_of_one_dimension_is_refused(written: str):
    with pytest.raises(SpecError, match="is not a value of type"):
        literal(written, TEXTS, "UTC")


def test_an_array_of_very_many_elements_is_read_at_once():
    assert len(literal("{" + "a," * 100_000 + "a}", TEXTS, "UTC").as_py()) == 100_001


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("[1,2,3]", PgType("vector", length=3, schema="public")),
        ("10.0.0.1", PgType("inet")),
        ("[1,5)", PgType("int4range")),
        ("101", PgType("bit", length=3)),
        ("", PgType("varbit", length=3)),
        ('(1,"a b")', PgType("pair", fields=(("a", PgType("int4")), ("b", PgType("text"))), schema="public")),
        ("what it is nobody knows", PgType("mystery", schema="public")),
    ],
)
def test_other_types_are_taken_in_postgresqls_text_form(written: str, type_: PgType):
    assert literal(written, type_, "UTC").as_py() == written


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("10", PgType("bit", length=3)),
        ("1011", PgType("varbit", length=3)),
        ("abc", PgType("bit", length=3)),
        ("x", PgType("oid")),
        ("{x}", PgType("mood", labels=("sad", "ok"), array=True)),
        (0.01, PgType("numeric", 3, 5)),
        (1250, PgType("numeric", 3, -2)),
    ],
)
def test_what_a_type_cannot_hold_is_refused(written: Scalar, type_: PgType):
    with pytest.raises(SpecError, match="is not a value of type"):
        literal(written, type_, "UTC")


@pytest.mark.parametrize(("written", "type_"), [(0.00999, PgType("numeric", 3, 5)), (99_900, PgType("numeric", 3, -2))])
def test_a_scale_outside_the_precision_is_kept(written: Scalar, type_: PgType):
    assert literal(written, type_, "UTC").as_py() == Decimal(str(written))
