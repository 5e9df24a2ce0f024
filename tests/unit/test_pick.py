"""How references choose: popularity by law, by weight, among those who exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import GenerateError
from engine.generators.pick import UniformPick, WeightedPick, ZipfPick, growing
from engine.generators.siblings import repeated
from engine.generators.zipf import ZipfLaw
from engine.permutation import scramble
from engine.stream import stream_key
from tests.rows import FakeRows

KEY = stream_key(1, "orders", "customer_id")
DRAWS = np.arange(200_000, dtype=np.uint64)
NOBODY = FakeRows.of(0)


@pytest.mark.parametrize("width", [0, 1, 2, 3, 5, 8, 13, 16])
def test_a_scramble_is_a_bijection_of_its_width(width: int):
    everything = np.arange(1 << width)
    found = scramble(KEY, everything, np.full(1 << width, width))
    assert np.array_equal(np.sort(found), everything)


def test_a_scramble_scatters_the_first_ranks():
    places = np.array([scramble(KEY.child("try", i), np.array([0, 1]), np.array([12, 12])) for i in range(500)])
    assert abs(places[:, 0].mean() - 2048) < 200
    assert abs(np.corrcoef(places[:, 0], places[:, 1])[0, 1]) < 0.15


def test_nobody_is_picked_before_he_exists():
    born = 1 + (DRAWS % 5_000).astype(np.int64)
    for picker in (UniformPick(), growing(0.8, 5_000, KEY)):
        index = picker.draw(NOBODY, KEY, DRAWS, born)
        assert index.min() >= 0
        assert (index < born).all()


def test_popularity_follows_zipfs_law_in_a_fixed_population():
    index = ZipfPick(ZipfLaw(0.8, 1_000), 1_000, KEY).draw(NOBODY, KEY, DRAWS, np.full(len(DRAWS), 1_000))
    shares = np.sort(np.bincount(index, minlength=1_000))[::-1] / len(DRAWS)
    weights = np.arange(1, 1_001) ** -0.8
    assert np.abs(np.cumsum(shares) - np.cumsum(weights / weights.sum())).max() < 0.01


def test_popularity_in_a_growing_population_is_as_steep_as_asked():
    index = growing(0.8, 4_095, KEY).draw(NOBODY, KEY, DRAWS, np.full(len(DRAWS), 4_095))
    counts = np.sort(np.bincount(index, minlength=4_095))[::-1]
    ranks = np.arange(20, 1_000)
    slope = np.polyfit(np.log(ranks), np.log(counts[ranks]), 1)[0]
    assert slope == pytest.approx(-0.8, abs=0.1)


def test_a_popular_row_stays_popular_while_the_population_grows():
    few, many = (
        np.bincount(growing(0.9, 8_000, KEY).draw(NOBODY, KEY, DRAWS, np.full(len(DRAWS), n)), minlength=8_000)
        for n in (1_000, 8_000)
    )
    best = np.argsort(few)[::-1][:20]
    assert (many[best] > np.median(many[:1_000]) * 3).all()


def test_another_final_size_moves_no_pick():
    born = np.full(len(DRAWS), 900)
    assert np.array_equal(
        growing(0.7, 1_000, KEY).draw(NOBODY, KEY, DRAWS, born),
        growing(0.7, 90_000, KEY).draw(NOBODY, KEY, DRAWS, born),
    )


def test_a_weight_is_the_chance_to_be_picked():
    rows = replace(FakeRows.of(0), others={"products": FakeRows.of(3, stock=[1.0, 0.0, 3.0])})
    index = WeightedPick("products", "stock", 3.0, 3).draw(rows, KEY, DRAWS, np.full(len(DRAWS), 3))
    assert (np.bincount(index, minlength=3) / len(DRAWS)).tolist() == pytest.approx([0.25, 0.0, 0.75], abs=0.01)


def test_a_weight_above_its_stated_maximum_ends_the_run():
    rows = replace(FakeRows.of(0), others={"products": FakeRows.of(2, stock=[1.0, 9.0])})
    with pytest.raises(GenerateError, match=r"'products.stock' is 9, above the stated max of 3"):
        WeightedPick("products", "stock", 3.0, 2).draw(rows, KEY, DRAWS[:50], np.full(50, 2))


def test_where_one_has_nearly_all_of_the_weight_the_others_are_picked_too():
    seats = np.full(3_000, 0.5)
    seats[1_700] = 2_000.0
    rows = replace(FakeRows.of(0), others={"tenants": FakeRows.of(3_000, seats=seats.tolist())})
    picker = WeightedPick("tenants", "seats", 2_000.0, 3_000)
    born = np.where(DRAWS[:60_000] % 2 == 0, 3_000, 1_500).astype(np.int64)

    index = picker.draw(rows, KEY, DRAWS[:60_000], born)

    late, early = index[born == 3_000], index[born == 1_500]
    assert abs((late == 1_700).mean() - 2_000 / 3_499.5) < 0.01
    assert early.max() < 1_500
    assert np.bincount(early // 150, minlength=10) == pytest.approx(np.full(10, 3_000), rel=0.08)
    assert np.array_equal(picker.draw(rows, KEY, DRAWS[500:900], born[500:900]), index[500:900])


def test_where_nobody_has_any_weight_nobody_can_be_picked():
    rows = replace(FakeRows.of(0), others={"tenants": FakeRows.of(2, seats=[0.0, 0.0])})
    with pytest.raises(GenerateError, match=r"of 'tenants' .* have a 'seats' of 0"):
        WeightedPick("tenants", "seats", 9.0, 2).draw(rows, KEY, DRAWS[:5], np.full(5, 2))


@pytest.mark.parametrize("siblings", [3, 50])
def test_repeated_finds_every_later_twin_and_no_first_one(siblings: int):
    rng = np.random.default_rng(5)
    parent = np.repeat(np.arange(40), rng.integers(1, siblings + 1, 40))
    index = rng.integers(0, 6, len(parent))
    seen: set[tuple[int, int]] = set()
    slow = []
    for row, pair in enumerate(zip(parent.tolist(), index.tolist(), strict=True)):
        slow += [row] if pair in seen else []
        seen.add(pair)
    assert repeated(parent, index).tolist() == slow
