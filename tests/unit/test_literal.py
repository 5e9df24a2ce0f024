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
