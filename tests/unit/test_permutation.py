"""Keyed orders: every number once, none of the order to be seen."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from scipy import stats

from engine.permutation import LARGEST, mix_halves, permute
from engine.stream import stream_key

KEY = stream_key(1, "orders", "rank")
SIZES = [*range(1, 80), 99, 100, 101, 128, 997, 1000, 1024, 4096, 9409, 65_536, 99_991, 250_000, 1_000_003]


def test_the_orders_are_these_for_ever():
    assert permute(stream_key(1, "orders", "total"), np.arange(8), 8).tolist() == [0, 4, 1, 6, 7, 3, 2, 5]
    far = permute(stream_key(1, "orders", "total"), np.arange(5), 10**6)
    assert far.tolist() == [521884, 958534, 330010, 108577, 477933]


@pytest.mark.parametrize("n", SIZES)
def test_every_number_comes_exactly_once(n: int):
    assert (np.sort(permute(KEY, np.arange(n), n)) == np.arange(n)).all()


@pytest.mark.parametrize("n", [10**9 + 7, 1 << 40, 10**15, LARGEST])
def test_large_domains_stay_inside_and_apart(n: int):
    index = np.concatenate([np.arange(50_000), n - 1 - np.arange(50_000)])
    placed = permute(KEY, index, n)
    assert len(np.unique(placed)) == 100_000
    assert placed.min() >= 0
    assert placed.max() < n
    assert stats.kstest(placed / n, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("n", [64, 1000, 65_536, 1_000_003])
def test_where_a_number_goes_says_nothing_of_where_the_next_one_goes(n: int):
    placed = permute(KEY, np.arange(n), n)
    correlation = np.corrcoef(placed[1:], placed[:-1])[0, 1]
    assert abs(correlation) * np.sqrt(n) < 4.5
    assert abs(np.corrcoef(placed, np.arange(n))[0, 1]) * np.sqrt(n) < 4.5


@pytest.mark.parametrize("n", [5, 63, 64, 100, 1000])
def test_over_many_keys_every_place_is_equally_likely(n: int):
    keys = [KEY.child(i) for i in range(3000)]
    first = np.array([permute(key, np.array([0, n - 1]), n) for key in keys])
    for end in first.T:
        tens = np.bincount(end * min(n, 10) // n, minlength=min(n, 10))
        wanted = np.bincount(np.arange(n) * min(n, 10) // n) * len(keys) / n
        assert stats.chisquare(tens, wanted).pvalue > 1e-4


def test_all_orders_of_four_are_equally_likely():
    seen = [tuple(permute(KEY.child(i), np.arange(4), 4).tolist()) for i in range(4800)]
    counts = [seen.count(order) for order in permutations(range(4))]
    assert sum(counts) == 4800
    assert len(counts) == factorial(4)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_one_place_of_the_order_needs_no_other():
    some = np.array([77, 5, 77], np.int64)
    assert (permute(KEY, some, 1000) == permute(KEY, np.arange(1000), 1000)[some]).all()
    assert (permute(KEY, some.astype(np.uint64), 1000) == permute(KEY, some, 1000)).all()


@pytest.mark.parametrize(("index", "n"), [(5, 5), (0, 0), (0, -1), (0, LARGEST + 1)])
def test_what_lies_outside_is_refused(index: int, n: int):
    with pytest.raises(ValueError, match=r"below|permutation"):
        permute(KEY, np.array([index]), n)


@pytest.mark.parametrize("width", [1, 4, 6])
def test_pairs_of_halves_are_mixed_without_loss(width: int):
    size = 1 << width
    left, right = (side.ravel().astype(np.uint64) for side in np.meshgrid(np.arange(size), np.arange(size)))
    mixed = np.stack(mix_halves(KEY, left, right, width)).astype(np.int64)
    assert mixed.max() < size
    assert len(np.unique(mixed[0] * size + mixed[1])) == size * size


def test_halves_that_count_up_are_mixed_beyond_recognition():
    rows = np.arange(1 << 16, dtype=np.uint64)
    for half in mix_halves(KEY, rows, np.zeros_like(rows), 37):
        assert stats.kstest(half / 2**37, "uniform").pvalue > 1e-4
        assert abs(np.corrcoef(half[1:], half[:-1])[0, 1]) * 256 < 4.5
