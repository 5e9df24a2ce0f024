"""The measures by which two databases are compared, beside their textbook values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from tests.acceptance.likeness import kolmogorov_smirnov, variation


def test_variation_is_half_the_difference_of_shares():
    assert variation({"a": 1, "b": 3}, {"a": 10, "b": 30}) == 0
    assert variation({"a": 1}, {"b": 5}) == 1
    assert variation({"a": 50, "b": 50}, {"a": 80, "b": 10, None: 10}) == pytest.approx(0.4)


def test_nothing_is_like_nothing_and_unlike_anything_else():
    assert variation({}, {}) == 0
    assert variation({"a": 1}, {}) == 1
    assert kolmogorov_smirnov([], []) == 0
    assert kolmogorov_smirnov([1.0], []) == 1


@pytest.mark.parametrize(("shift", "size"), [(0.0, 500), (0.3, 500), (5.0, 40)])
def test_kolmogorov_smirnov_is_scipys(shift: float, size: int):
    one, other = np.sin(np.arange(500.0)), np.sin(np.arange(size) * 1.7) + shift
    assert kolmogorov_smirnov(list(one), list(other)) == pytest.approx(ks_2samp(one, other).statistic)
