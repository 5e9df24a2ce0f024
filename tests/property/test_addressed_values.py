"""For any key, size and rows: permutations lose nothing, and values belong to rows, not to batches."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.generators.choice import Shares, thresholds
from engine.generators.uniform import Uniform
from engine.maths import scaled_half_away
from engine.permutation import mix_halves, permute
from engine.stream import below, bits, stream_key, uniform, within
from engine.types import INT8, numeric
from tests.rows import FakeRows, context

seeds = st.integers(-(2**63), 2**63)
names = st.text(max_size=20)
words = st.integers(0, 2**64 - 1)


@given(seeds, names, st.integers(1, 3000))
def test_a_permutation_of_any_size_is_a_bijection(seed: int, name: str, n: int):
    assert (np.sort(permute(stream_key(seed, name), np.arange(n), n)) == np.arange(n)).all()


@given(seeds, st.integers(1, 2**62), st.lists(st.integers(0, 2**62), min_size=1, max_size=20, unique=True))
def test_a_permutation_of_any_domain_stays_inside_and_keeps_apart(seed: int, n: int, picked: list[int]):
    index = np.unique(np.array(picked, np.int64) % n)
    placed = permute(stream_key(seed), index, n)
    assert ((placed >= 0) & (placed < n)).all()
    assert len(np.unique(placed)) == len(index)


@given(seeds, st.integers(1, 63), st.lists(st.tuples(words, words), min_size=1, max_size=20))
def test_halves_of_any_width_are_mixed_without_loss(seed: int, width: int, pairs: list[tuple[int, int]]):
    cut = {(a >> (64 - width), b >> (64 - width)) for a, b in pairs}
    left, right = (np.array(side, np.uint64) for side in zip(*sorted(cut), strict=True))
    mixed = set(zip(*(side.tolist() for side in mix_halves(stream_key(seed), left, right, width)), strict=True))
    assert len(mixed) == len(cut)
    assert all(a < 1 << width and b < 1 << width for a, b in mixed)


@given(seeds, names, st.lists(words, min_size=1, max_size=30), st.integers(1, 2**48))
def test_a_draw_belongs_to_its_row_and_stays_in_bounds(seed: int, name: str, rows: list[int], n: int):
    key, index = stream_key(seed, name), np.array(rows, np.uint64)
    for draw in (bits, uniform, lambda k, i: below(k, i, n), lambda k, i: within(k, i, n)):
        alone = [draw(key, index[i : i + 1])[0] for i in range(len(rows))]
        assert draw(key, index).tolist() == alone
    u = uniform(key, index)
    assert ((u > 0) & (u < 1)).all()
    for drawn in (below(key, index, n), within(key, index, n)):
        assert ((drawn >= 0) & (drawn < n)).all()


@given(seeds, st.integers(-(2**53), 2**53), st.integers(0, 2**53))
def test_whole_numbers_stay_between_any_two(seed: int, low: int, span: int):
    kernel = Uniform.model_validate({"uniform": {"min": low, "max": low + span}}).compile(context(INT8, seed=seed))
    made = kernel.values(FakeRows.of(50)).to_numpy()
    assert low <= made.min() <= made.max() <= low + span


@given(seeds, st.integers(-(10**9), 10**9), st.integers(0, 5000), st.integers(0, 4))
def test_unique_amounts_are_unique_and_between_the_ends(seed: int, low: int, extra: int, places: int):
    unit = Decimal(1).scaleb(-places)
    least, most = low * unit, (low + 20 + extra) * unit
    written = {"uniform": {"min": float(least), "max": float(most)}}
    given_ = context(numeric(18, places), seed=seed, unique=True, count=21)
    made = Uniform.model_validate(written).compile(given_).values(FakeRows.of(21)).to_pylist()
    assert len(set(made)) == 21
    assert least <= min(made) <= max(made) <= most


@given(st.lists(st.fractions(0, 1000), min_size=1, max_size=40), st.lists(words, min_size=1, max_size=40))
def test_a_weight_of_nothing_is_never_picked(weights: list, raw: list[int]):
    if sum(weights):
        chosen = Shares.ending_at(thresholds(weights)).of(np.array(raw, np.uint64))
        assert all(weights[i] > 0 for i in chosen.tolist())


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), st.integers(0, 6))
def test_rounding_is_that_of_exact_arithmetic(values: list[float], places: int):
    unit = Decimal(1).scaleb(-places)
    wanted = [int(Decimal(v).quantize(unit, ROUND_HALF_UP) / unit) for v in values]
    assert scaled_half_away(np.array(values), places).tolist() == wanted
