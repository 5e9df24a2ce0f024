"""Our binomial draws have the binomial law, from one trial to a trillion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.stream import stream_key
from engine.timelines.binomial import BLOCK, binomial
from engine.types import I64

DRAWS = 200_000
BY_INVERSION = [(1, 0.3), (1, 0.99), (7, 0.5), (40, 0.2), (40, 0.24), (10**6, 3e-6), (10**12, 9.9e-12)]
BY_REJECTION = [(20, 0.5), (21, 0.5), (45, 0.25), (50, 0.8), (100, 0.11), (1000, 0.3), (10**5, 3e-4), (10**9, 4e-8)]
KEY = stream_key(7, "binomial")


def draws(n: int, p: float, *, count: int = DRAWS, seed: int = 7) -> I64:
    full = np.ones(count)
    key = stream_key(seed, "binomial")
    return binomial(np.full(count, n), full * p, full * (1 - p), key, np.arange(count, dtype=np.uint64))


@pytest.mark.parametrize(
    ("n", "p"),
    [*BY_INVERSION, *BY_REJECTION],
)
def test_small_and_middling_draws_fit_the_law_cell_by_cell(n: int, p: float):
    assert misfit(draws(n, p), n, p) > 1e-4


def misfit(found: I64, n: int, p: float) -> float:
    """The p-value of a chi-squared test over the values that are expected more than five times."""
    low, high = int(stats.binom.ppf(2e-4, n, p)), int(stats.binom.ppf(1 - 2e-4, n, p))
    cells = np.arange(low, high + 1)
    expected = stats.binom.pmf(cells, n, p)
    expected[0], expected[-1] = stats.binom.cdf(low, n, p), stats.binom.sf(high - 1, n, p)
    expected *= len(found)
    observed = np.bincount(np.clip(found, low, high) - low, minlength=len(cells))
    keep = expected > 5
    chi2 = ((observed - expected)[keep] ** 2 / expected[keep]).sum()
    return float(stats.chi2.sf(chi2, max(keep.sum() - 1, 1)))


@pytest.mark.parametrize(("n", "p"), [(10**6, 0.5), (10**10, 0.3), (10**12, 0.5), (10**12, 1e-4), (10**12, 0.9)])
def test_large_draws_fit_the_law_along_its_whole_curve(n: int, p: float):
    found = draws(n, p) + (stats.uniform.rvs(size=DRAWS, random_state=1) - 0.5)  # a continuous twin of a lattice
    sd = np.sqrt(n * p * (1 - p))
    standard = (found - n * p) / sd
    skew = (1 - 2 * p) / sd
    assert abs(standard.mean()) < 4 / np.sqrt(DRAWS)
    assert abs(standard.var() - 1) < 4 * np.sqrt(2 / DRAWS)
    assert stats.kstest(standard - skew * (standard**2 - 1) / 6, "norm").pvalue > 1e-4  # Cornish-Fisher


def test_the_tails_of_large_draws_are_as_heavy_as_they_should_be():
    standard = (draws(10**8, 0.5, count=1_000_000) - 5e7) / np.sqrt(2.5e7)
    for border in (2.0, 3.0, 4.0):
        expected = 2 * stats.norm.sf(border) * len(standard)
        assert abs((np.abs(standard) > border).sum() - expected) < 5 * np.sqrt(expected) + 1


def test_certain_draws_are_certain():
    n, ways = np.array([0, 5, 5, 0, 10**12]), np.arange(5, dtype=np.uint64)
    found = binomial(n, np.array([1.0, 0.0, 1.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0, 0.0]), KEY, ways)
    assert found.tolist() == [0, 0, 5, 0, 10**12]


def test_a_draw_depends_on_its_own_address_alone():
    size = 2 * BLOCK + 77
    n = np.arange(size) * 13
    p, address = np.linspace(0.0, 1.0, size), np.arange(size, dtype=np.uint64)
    every = binomial(n, p, 1 - p, KEY, address)
    some = np.arange(size)[::-101]
    assert (binomial(n[some], p[some], 1 - p[some], KEY, address[some]) == every[some]).all()


def test_draws_of_two_keys_or_neighbouring_addresses_are_unrelated():
    first, second = draws(1000, 0.3, seed=1), draws(1000, 0.3, seed=2)
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(DRAWS)
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 5 / np.sqrt(DRAWS)
