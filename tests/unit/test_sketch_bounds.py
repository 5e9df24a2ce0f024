"""Laws that are cut to what a type of numbers holds, to its last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.pgtype import parse_type
from engine.sketch.bounds import Span, number


@pytest.mark.parametrize(
    ("type_", "high"),
    [
        ("numeric(29,29)", "0." + "9" * 29),
        ("numeric(30,29)", "9." + "9" * 29),
        ("numeric(38,35)", "999." + "9" * 35),
        ("numeric(4,2)", "99.99"),
        ("numeric(3,0)", "999"),
    ],
)
def test_a_span_ends_with_the_last_number_of_its_type(type_: str, high: str):
    span = Span.of(parse_type(type_))
    assert (span.low.copy_negate(), span.high) == (Decimal(high), Decimal(high))


def test_a_span_is_cut_on_its_steps_however_many_digits_it_has():
    assert Span.of(parse_type("numeric(29,29)"), 2).high == Decimal("0.99")


@pytest.mark.parametrize("text", ["0." + "9" * 29, "-0." + "9" * 29, "99999999." + "9" * 20])
def test_a_number_is_never_written_larger_than_it_is(text: str):
    written = number(Decimal(text))
    assert abs(Decimal(str(written))) < abs(Decimal(text).to_integral_value("ROUND_UP"))


@pytest.mark.parametrize("text", ["0.1", "-0.3", "19.99", "5"])
def test_a_number_of_few_digits_is_written_as_it_is(text: str):
    assert str(number(Decimal(text))) == text
