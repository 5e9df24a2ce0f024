"""Elementary functions: close to the true ones, and the same bits whatever the CPU can do."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from scipy import special

from engine import maths
from engine.stream import stream_key, uniform

U = uniform(stream_key(1, "maths"), np.arange(40_000, dtype=np.uint64))


def between(low: float, high: float) -> np.ndarray:
    return low + (high - low) * U


def ulps(found: np.ndarray, true: Callable[[float], float], at: np.ndarray) -> float:
    wanted = np.array([true(x) for x in at.tolist()])
    return float(np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted))))


@pytest.mark.parametrize("x", [2.0 ** between(-1070, 1023), between(0.5, 2), 1 + between(-1e-6, 1e-6)])
def test_log_is_good_to_one_ulp(x: np.ndarray):
    assert ulps(maths.log(x), math.log, x) <= 1


@pytest.mark.parametrize("x", [between(-708, 709.7), between(-1, 1), between(-1e-6, 1e-6)])
def test_exp_is_good_to_one_ulp(x: np.ndarray):
    assert ulps(maths.exp(x), math.exp, x) <= 1


def test_exp_fades_through_the_subnormals_to_0():
    x = between(-746, -708)
    assert np.max(np.abs(maths.exp(x) - [math.exp(v) for v in x.tolist()])) <= 2 * 5e-324


@pytest.mark.parametrize("x", [between(-40, 700), between(-1, 1), between(-1e-9, 1e-9)])
def test_expm1_keeps_its_digits_near_0(x: np.ndarray):
    assert ulps(maths.expm1(x), math.expm1, x) <= 4


@pytest.mark.parametrize("x", [between(-0.999, 50), between(-1e-9, 1e-9), 2.0 ** between(0, 1000)])
def test_log1p_keeps_its_digits_near_0(x: np.ndarray):
    assert ulps(maths.log1p(x), math.log1p, x) <= 4


@pytest.mark.parametrize("y", [-2.5, -1.0, 0.0, 0.3, 1.0, 2.0, 40.0])
def test_power_is_as_good_as_its_exponent_is_small(y: float):
    x = 10.0 ** between(-6, 6)
    wanted = np.array([v**y for v in x.tolist()])
    assert np.max(np.abs(maths.power(x, y) / wanted - 1)) <= 2.0**-53 * (4 + 2 * abs(y) * math.log(1e6))


def test_the_ends_of_the_functions_are_what_ieee_says():
    ends = np.array([-np.inf, -1.0, -0.0, 0.0, np.inf, np.nan])
    same = np.testing.assert_array_equal
    same(maths.exp(ends), [0, math.exp(-1), 1, 1, np.inf, np.nan])
    same(maths.exp(np.array([-1e9, 1e9])), [0, np.inf])
    same(maths.log(ends), [np.nan, np.nan, -np.inf, -np.inf, np.inf, np.nan])
    same(maths.expm1(ends[[0, 3, 4, 5]]), [-1, 0, np.inf, np.nan])
    same(maths.log1p(ends), [np.nan, -np.inf, 0, 0, np.inf, np.nan])
    same(maths.ndtri(np.array([0.0, 0.5, 1.0, -0.1, 1.1, np.nan])), [-np.inf, 0, np.inf, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("u", [U, 10.0 ** between(-300, -1), 1 - 10.0 ** between(-15.5, -1)])
def test_ndtri_is_the_normal_quantile(u: np.ndarray):
    wanted = np.array([NormalDist().inv_cdf(x) for x in u.tolist()])
    size = np.abs(wanted)
    assert np.max(np.abs(maths.ndtri(u) - wanted) / size) < 2e-15
    assert np.max(np.abs(maths.ndtri(u) - special.ndtri(u)) / size) < 2e-14


def test_ndtri_is_finite_at_the_first_and_last_draw_and_rises():
    ends = np.array([2.0**-53, 1 - 2.0**-53])
    assert np.isfinite(maths.ndtri(ends)).all()
    assert maths.ndtri(ends).sum() == 0
    assert (np.diff(maths.ndtri(np.sort(U))) >= 0).all()


def test_ndtr_is_the_share_below():
    x = np.concatenate([between(-37, 8)[:2000], between(-4, 4)[:2000]])
    assert np.max(np.abs(np.array([maths.ndtr(v) for v in x.tolist()]) / special.ndtr(x) - 1)) < 1e-12
    assert [maths.ndtr(v) for v in (-math.inf, 0.0, math.inf)] == [0, 0.5, 1]


def test_ties_are_rounded_away_from_zero():
    x = np.array([0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994, 2.0**52 + 1, 0.0])
    assert maths.half_away(x).tolist() == [1, -1, 2, 3, -3, 0, 0, 2.0**52 + 1, 0]


@pytest.mark.parametrize("places", [0, 1, 2, 3, 6])
def test_decimal_places_are_those_of_exact_arithmetic(places: int):
    near_ties = np.round(between(-1e4, 1e4), places) + 0.5 * 10.0**-places
    x = np.concatenate([near_ties, np.nextafter(near_ties, 0), between(-1e6, 1e6), [2.675, 1.005, -1.005, 0.125]])
    unit = Decimal(1).scaleb(-places)
    wanted = [int((Decimal(v).quantize(unit, ROUND_HALF_UP)) / unit) for v in x.tolist()]
    assert maths.scaled_half_away(x, places).tolist() == wanted


def test_long_arrays_are_worked_through_in_pieces_that_fit_together():
    assert (maths.exp(U) == np.concatenate([maths.exp(U[:12_345]), maths.exp(U[12_345:])])).all()


FINGERPRINT = """
import hashlib, numpy as np
from engine import maths
from engine.generators.beta import _curve as beta
from engine.generators.gamma import _curve as gamma
from engine.generators.poisson import _table
from engine.generators.zipf import ZipfLaw
from engine.stream import stream_key, uniform
u = uniform(stream_key(1, "maths"), np.arange(100_000, dtype=np.uint64))
x = (u - 0.5) * 200
made = [maths.exp(x), maths.log(u), maths.expm1(x), maths.log1p(u), maths.ndtri(u), maths.power(u * 9, 0.37),
        maths.half_away(x), maths.scaled_half_away(x, 2), gamma(2.5).quantile(u), beta(2.0, 5.0).quantile(u),
        _table(37.5)[1].edges, ZipfLaw(0.7, 10**6).quantile(u), ZipfLaw(1.0, 10**9).quantile(u),
        np.array([maths.ndtr(v) for v in x[:1000].tolist()])]
print(hashlib.sha256(b"".join(m.tobytes() for m in made)).hexdigest())
"""
KNOWN_BITS = "b36fd49a04e04d488471f538cf68f459f59a8d4d4b0601f8f0951f59c3fa03ea"
SWITCHED_ON = """
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print(*[name for name in __cpu_dispatch__ if __cpu_features__[name]])
"""


def printed(program: str, without: list[str]) -> str:
    """What a process prints that may not use these CPU features."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(without)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.strip()


def test_the_bits_are_the_same_with_and_without_the_cpus_features():
    enabled = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    assert printed(SWITCHED_ON, enabled) == ""
    assert printed(FINGERPRINT, enabled) == printed(FINGERPRINT, []) == KNOWN_BITS
