"""Decimals as whole units."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from engine.decimals import from_units, to_units
from engine.errors import GenerateError


def test_units_become_decimals_of_the_scale() -> None:
    assert from_units(np.array([1, -250, 0]), 12, 2).to_pylist() == [Decimal("0.01"), Decimal("-2.50"), Decimal("0.00")]


def test_marked_rows_become_null() -> None:
    made = from_units(np.array([1, 2]), 12, 2, np.array([False, True]))
    assert made.to_pylist() == [Decimal("0.01"), None]


def test_a_value_with_too_many_digits_is_refused() -> None:
    with pytest.raises(GenerateError, match=r"does not fit numeric\(4,2\)"):
        from_units(np.array([9999, 10000]), 4, 2)


def test_decimals_become_units_and_back() -> None:
    values = pa.array([Decimal("12.34"), Decimal("-0.01"), None, Decimal("99999999999999.99")], pa.decimal128(16, 2))
    units = to_units(values)
    assert units[[0, 1, 3]].tolist() == [1234, -1, 9999999999999999]


def test_a_slice_is_read_from_its_own_start() -> None:
    values = pa.array([Decimal("1.00"), Decimal("2.00"), Decimal("3.00")], pa.decimal128(12, 2))
    assert to_units(values.slice(1, 2)).tolist() == [200, 300]


def test_more_than_64_bits_are_refused() -> None:
    with pytest.raises(GenerateError, match="18 digits"):
        to_units(pa.array([Decimal(10) ** 25], pa.decimal128(38, 2)))
