"""The fast arithmetic beside slow and obvious twins: numbers of any length, doubles to decimals, time zones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.errors import GenerateError
from engine.expressions import decimals, exact, floats
from engine.expressions.zones import zone_table
from engine.units import zone

LONG = st.integers(-(10**30), 10**30) | st.integers(-(2**63), 2**63 - 1) | st.integers(-100, 100)
PAIRS = st.lists(st.tuples(LONG, LONG), min_size=1, max_size=5)


def column(values: list[int]) -> np.ndarray:
    fits = all(-(1 << 63) <= value < 1 << 63 for value in values)
    return np.array(values, np.int64 if fits else object)


@given(PAIRS)
@example([(0, 1 << 62)])
def test_numbers_of_any_length_are_computed_as_pythons(pairs: list[tuple[int, int]]):
    a, b = (column(list(side)) for side in zip(*pairs, strict=True))
    nonzero = column([y or 1 for _, y in pairs])
    assert exact.add(a, b).tolist() == [x + y for x, y in pairs]
    assert exact.subtract(a, b).tolist() == [x - y for x, y in pairs]
    assert exact.multiply(a, b).tolist() == [x * y for x, y in pairs]
    assert exact.negate(a).tolist() == [-x for x, _ in pairs]
    assert exact.truncated(a, nonzero).tolist() == [int(Fraction(x, y or 1)) for x, y in pairs]
    assert exact.remainder(a, nonzero).tolist() == [x - (y or 1) * int(Fraction(x, y or 1)) for x, y in pairs]
    assert exact.rounded_quotient(a, nonzero).tolist() == [half_away(Fraction(x, y or 1)) for x, y in pairs]


def half_away(value: Fraction) -> int:
    size = int(abs(value) + Fraction(1, 2))
    return -size if value < 0 else size


def test_more_than_76_digits_are_refused():
    large = np.array([10**40], object)
    with pytest.raises(GenerateError, match="76 digits"):
        exact.multiply(large, large)


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(1, 10**14)), min_size=1, max_size=6))
@settings(max_examples=300)
def test_a_quotient_is_rounded_as_postgresql_rounds_it_whatever_way_it_is_computed(pairs: list[tuple[int, int]]):
    a, b = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    for scales, places in (((2, 0), 2), ((2, 4), 6), ((4, 2), 0), ((0, 6), 12)):
        fast = decimals.over(scales, places, None, a, b).tolist()
        assert fast == [decimals._divide_twice(x, y, scales, places) for x, y in pairs]


def test_a_quotient_near_a_tie_is_rounded_twice():
    # 0.005 less a very little: PostgreSQL's first rounding, to 20 places, makes a tie of it
    a, b = np.array([5 * 10**13 - 1], np.int64), np.array([10**16], np.int64)
    assert decimals.over((0, 0), 2, None, a, b).tolist() == [0]
    wide = np.array([5 * 10**24 - 1], object), np.array([10**27], object)
    assert decimals.over((0, 0), 2, None, *wide).tolist() == [1]


DOUBLES = st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda x: abs(x) < 1e40)


@given(
    st.lists(DOUBLES | st.integers(-(10**9), 10**9).map(lambda n: n / 1000), min_size=1, max_size=8), st.integers(0, 20)
)
@settings(max_examples=500)
def test_a_double_becomes_a_decimal_by_way_of_15_digits(values: list[float], scale: int):
    with localcontext() as context:
        context.prec = 80
        quantum = Decimal(1).scaleb(-scale)
        wanted = [int(Decimal(f"{x:.15g}").quantize(quantum, ROUND_HALF_UP).scaleb(scale)) for x in values]
    assert floats.to_units(scale, None, np.array(values)).tolist() == wanted


@given(st.lists(st.integers(-(10**25), 10**25), min_size=1, max_size=5), st.integers(0, 30))
def test_a_decimal_becomes_the_nearest_double(values: list[int], scale: int):
    found = decimals.to_float(scale, None, column(values)).tolist()
    assert found == [float(Fraction(value, 10**scale)) for value in values]


ZONES = ("America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC")


@pytest.mark.parametrize("name", ZONES)
def test_a_zones_table_is_pythons_zone(name: str):
    clock, table = zone(name), zone_table(name)
    seconds = [*range(-2_000_000_000, 4_000_000_000, 7_777_777), *(int(i) // 10**6 for i in table.instants[-40:])]
    instants = np.array(seconds) * 10**6
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    wanted = [(epoch + timedelta(seconds=s)).astimezone(clock).utcoffset() for s in seconds]
    assert table.offset(instants).tolist() == [
        round((offset or timedelta()) / timedelta(microseconds=1)) for offset in wanted
    ]


@pytest.mark.parametrize("name", ZONES)
def test_wall_time_leads_back_to_its_instant_except_where_the_clock_was_put_back(name: str):
    table = zone_table(name)
    instants = np.arange(1_700_000_000, 1_800_000_000, 1_799) * 10**6
    back = table.instant(table.wall(instants))
    late = back - instants
    assert set(late.tolist()) <= {0, 1_800_000_000, 3_600_000_000}
    assert (late != 0).mean() < 0.001
