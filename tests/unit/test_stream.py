"""The random streams: uniform, independent of their neighbours in every direction, and the same for ever."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.stream import below, bits, descend, stream_key, uniform, unit, within

N = 1 << 17
INDEX = np.arange(N, dtype=np.uint64)
KEY = stream_key(1, "orders", "total")
LEAST_P = 1e-4
"""A fixed stream passes or fails for ever; one test in 10,000 good ones would fail here."""


def test_the_streams_are_these_for_ever():
    rows = np.array([0, 1, 2, 1 << 40, (1 << 64) - 1], np.uint64)
    assert (KEY.first, KEY.second) == (12887443475910200403, 695567356072087732)
    assert (KEY.child("x", 3).first, KEY.child("x", 3).second) == (10446313760688172616, 15835055134825196482)
    assert bits(KEY, rows).tolist() == [
        2056877877387879437,
        14333714529868882408,
        645046522373459618,
        13325168933813286031,
        13426428814742471946,
    ]
    assert [u.hex() for u in uniform(KEY, rows[:2]).tolist()] == ["0x1.c8b7f881c1068p-4", "0x1.8dd72ad7e1615p-1"]
    assert below(KEY, rows, 1000).tolist() == [111, 777, 34, 722, 727]
    assert within(KEY, rows, 1000).tolist() == [111, 777, 34, 722, 727]
    assert descend(rows[:2], np.arange(2), KEY).tolist() == [9344584736945983116, 7031561158910829677]


def test_unit_never_reaches_0_or_1():
    ends = unit(np.array([0, (1 << 64) - 1], np.uint64))
    assert ends.tolist() == [2.0**-53, 1 - 2.0**-53]


@pytest.mark.parametrize("index", [INDEX, INDEX * 65_536, INDEX << np.uint64(40), bits(KEY, INDEX)])
def test_draws_are_uniform(index: np.ndarray):
    u = uniform(KEY.child("uniform"), index)
    assert stats.kstest(u, "uniform").pvalue > LEAST_P
    assert stats.chisquare(np.bincount((u * 4096).astype(int), minlength=4096)).pvalue > LEAST_P


def test_low_digits_are_uniform_too():
    low = bits(KEY, INDEX) & np.uint64(4095)
    assert stats.chisquare(np.bincount(low.astype(int), minlength=4096)).pvalue > LEAST_P


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 64, 1000, 65_536])
def test_a_row_says_nothing_of_its_neighbours(lag: int):
    u = uniform(KEY, INDEX)
    assert independent(u[:-lag], u[lag:])


@pytest.mark.parametrize(
    "other",
    [
        stream_key(2, "orders", "total"),
        stream_key(0, "orders", "total"),
        stream_key(1, "orders", "totam"),
        stream_key(1, "order", "stotal"),
        stream_key(1, "orders", "total", ""),
        KEY.child("nulls"),
        KEY.child(0),
    ],
    ids=["seed + 1", "seed - 1", "column", "where a name ends", "purpose", "child", "numbered child"],
)
def test_a_stream_says_nothing_of_another(other):
    assert independent(uniform(KEY, INDEX), uniform(other, INDEX))
    assert independent(uniform(KEY, INDEX)[1:], uniform(other, INDEX)[:-1])


def test_a_thousand_columns_are_independent_of_each_other():
    rows = np.arange(4096, dtype=np.uint64)
    table = np.stack([uniform(stream_key(1, "t", f"c{i}"), rows) for i in range(1000)])
    correlation = np.corrcoef(table)[np.triu_indices(1000, 1)] * np.sqrt(len(rows))
    assert abs(correlation).max() < 5.9  # P(|z| > 5.9) · 500,000 pairs = 0.002
    assert stats.kstest(correlation[::97], "norm").pvalue > LEAST_P


def test_a_thousand_seeds_give_their_first_row_uniformly():
    u = np.array([uniform(stream_key(seed, "t", "c"), np.zeros(1, np.uint64))[0] for seed in range(4000)])
    assert stats.kstest(u, "uniform").pvalue > LEAST_P
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) * np.sqrt(len(u)) < 4


def test_every_bit_is_set_in_half_of_the_rows():
    ones = shares(bits(KEY, INDEX))
    assert abs(ones - 0.5).max() * 2 * np.sqrt(N) < 4.8


@pytest.mark.parametrize("flipped", range(64))
def test_one_bit_of_the_address_changes_half_of_the_bits(flipped: int):
    rows = INDEX[: 1 << 13]
    changed = bits(KEY, rows) ^ bits(KEY, rows ^ np.uint64(1 << flipped))
    assert abs(shares(changed) - 0.5).max() * 2 * np.sqrt(len(rows)) < 5.5


def test_siblings_draw_independently_of_each_other_and_of_their_parent():
    parents = INDEX[: 1 << 16]
    born = [descend(parents, np.full(len(parents), i), KEY) for i in range(3)]
    draws = [uniform(KEY, family) for family in (parents, *born)]
    assert all(independent(a, b) for i, a in enumerate(draws) for b in draws[:i])
    assert len(np.unique(np.concatenate(born))) == 3 * len(parents)


def test_below_and_within_are_uniform_over_few_values():
    for n in (2, 3, 7, 1000):
        for drawn in (below(KEY, INDEX, n), within(KEY, INDEX, n)):
            assert drawn.min() == 0
            assert drawn.max() == n - 1
            assert stats.chisquare(np.bincount(drawn)).pvalue > LEAST_P


@pytest.mark.parametrize("n", [1, 10, (1 << 32) - 1, 1 << 32, 10**17 + 3, (1 << 63) - 1])
def test_within_is_the_upper_word_of_a_product(n: int):
    rows = INDEX[:1000]
    assert within(KEY, rows, n).tolist() == [(int(raw) * n) >> 64 for raw in bits(KEY, rows)]


def test_any_rows_alone_draw_what_they_draw_among_others():
    some = np.array([5, 3, 99_999, 3], np.int64)
    assert (uniform(KEY, INDEX)[some] == uniform(KEY, INDEX[some])).all()


def independent(a: np.ndarray, b: np.ndarray) -> bool:
    """Neither correlated, nor their squares, nor unevenly spread over a 32 × 32 grid."""
    root = np.sqrt(len(a))
    linear = abs(np.corrcoef(a, b)[0, 1]) * root
    folded = abs(np.corrcoef(abs(a - 0.5), abs(b - 0.5))[0, 1]) * root
    cells = np.bincount((a * 32).astype(int) * 32 + (b * 32).astype(int), minlength=1024)
    return bool(linear < 4.5 and folded < 4.5 and stats.chisquare(cells).pvalue > LEAST_P)


def shares(raw: np.ndarray) -> np.ndarray:
    """How often each of the 64 bits is set."""
    return np.array([((raw >> np.uint64(i)) & np.uint64(1)).mean() for i in range(64)])
