"""A fixed count over bins: exact in number, multinomial in law, the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from engine.stream import stream_key
from engine.timelines.split import split
from engine.timelines.tree import levels, paired, total

GOLDEN_SMALL = [0, 91, 301, 589, 589, 1000]
GOLDEN_LARGE = [1181420558, 228896404783, 455823703501, 773252543765]
KEY = stream_key(1, "orders", "placed_at")


def hills(bins: int) -> np.ndarray:
    """Weights with a daily wave and a spike of five times."""
    hour = np.arange(bins)
    weights = 1.2 + np.abs(hour % 24 - 12) / 12
    weights[bins // 2 : bins // 2 + 24] *= 5
    return weights


@pytest.mark.parametrize("bins", [1, 2, 3, 5, 17, 64, 1000, 1441])
@pytest.mark.parametrize("count", [0, 1, 999, 10**12])
def test_the_counts_sum_to_the_count_exactly(bins: int, count: int):
    offsets = split(hills(bins), count, KEY)
    assert offsets[0] == 0
    assert offsets[-1] == count
    assert len(offsets) == bins + 1
    assert (np.diff(offsets) >= 0).all()


def test_bins_without_weight_get_no_rows():
    weights = hills(1000)
    weights[::3] = 0
    assert not np.diff(split(weights, 10**9, KEY))[::3].any()


def test_all_the_weight_in_one_bin_takes_all_rows():
    weights = np.zeros(777)
    weights[500] = 1e-300
    assert np.diff(split(weights, 10**6, KEY))[500] == 10**6


@pytest.mark.parametrize("weights", [[0.0, 0.0], [np.inf, 1.0], [1e308, 1e308]])
def test_weights_that_sum_to_nothing_or_too_much_are_refused(weights: list[float]):
    with pytest.raises(ValueError, match="finite"):
        split(np.array(weights), 10, KEY)


@pytest.mark.parametrize("count", [20_000, 1_000_000])
def test_counts_vary_as_much_as_a_multinomial_draw_and_no_less(count: int):
    weights = hills(2160)
    expected = weights / weights.sum() * count
    ratios = [
        ((np.diff(split(weights, count, stream_key(seed, "x"))) - expected) ** 2 / expected).sum() / (2160 - 1)
        for seed in range(60)
    ]
    # a stratified split scores 0.02 here; the mean of 60 has a standard error of sqrt(2 / 2159 / 60)
    assert np.mean(ratios) == pytest.approx(1, abs=4 * np.sqrt(2 / 2159 / 60))
    assert np.std(ratios) == pytest.approx(np.sqrt(2 / 2159), rel=0.4)


def test_two_bins_are_as_correlated_as_in_a_multinomial_draw():
    counts = np.array([np.diff(split(np.ones(4), 100, stream_key(seed, "x"))) for seed in range(1500)])
    off_diagonal = np.corrcoef(counts.T)[np.triu_indices(4, 1)]
    np.testing.assert_allclose(off_diagonal, -1 / 3, atol=0.1)


def test_the_split_is_this_one_for_ever():
    assert split(np.array([1.0, 2.0, 3.0, 0.0, 4.0]), 1000, KEY).tolist() == GOLDEN_SMALL
    assert split(hills(1000), 10**12, KEY)[[1, 250, 500, 750]].tolist() == GOLDEN_LARGE


def test_sums_by_pairs_are_sums():
    values = np.arange(1.0, 12.0)
    assert paired(values).tolist() == [3, 7, 11, 15, 19, 11]
    assert [len(level) for level in levels(values)] == [11, 6, 3, 2, 1]
    assert total(values) == levels(values)[-1][0] == 66
    assert total(np.array([])) == 0
