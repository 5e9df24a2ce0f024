"""Laws of moments that hold for every table of bins, every count and every window."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.generators.base import Window
from engine.stream import stream_key
from engine.timelines.moments import Moments, moments
from engine.timelines.rate import Rate
from engine.timelines.split import split
from tests.timelines import DAY, HOUR, local, rate_of

KEYS = st.integers(0, 2**63).map(lambda seed: stream_key(seed, "rows"))
STARTS = st.one_of(st.integers(-(10**9), 10**9), st.just(-62_135_596_800_000_000), st.just(253_402_300_000_000_000))
LENGTHS = st.one_of(st.just(1), st.integers(1, 5), st.integers(1, 3_600_000_000))
SIZES = st.one_of(st.just(0), st.just(0), st.integers(0, 3), st.integers(0, 200), st.integers(0, 10**9))
BINS = st.lists(st.tuples(LENGTHS, SIZES), min_size=1, max_size=40)
SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=60)
ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"])


def placed_in(start: int, bins: list[tuple[int, int]], key: object) -> Moments:
    lengths, sizes = zip(*bins, strict=True)
    edges = start + np.concatenate([[0], np.cumsum(lengths)])
    return Moments(edges, np.concatenate([[0], np.cumsum(sizes)]), key)  # type: ignore[arg-type]


@given(STARTS, BINS, KEYS, SHARES)
def test_every_row_is_in_its_own_bin_and_after_those_before_it(start, bins, key, shares):
    placed = placed_in(start, bins, key)
    rows = np.unique((np.array(shares) * max(placed.count - 1, 0)).astype(np.int64))[: placed.count]
    at = placed.at(rows)
    own = np.searchsorted(placed.offsets, rows, side="right") - 1
    assert (at >= placed.edges[own]).all()
    assert (at < placed.edges[own + 1]).all()
    assert (np.diff(at) >= 0).all()


@given(STARTS, BINS, KEYS, SHARES)
def test_born_counts_the_row_itself_and_none_that_comes_later(start, bins, key, shares):
    placed = placed_in(start, bins, key)
    rows = (np.array(shares) * max(placed.count - 1, 0)).astype(np.int64)[: placed.count]
    at = placed.at(rows)
    born = placed.born(at)
    assert (born > rows).all()
    assert (placed.at(born - 1) <= at).all()
    later = born[born < placed.count]
    assert (placed.at(later) > at[born < placed.count]).all()
    assert (placed.born(at - 1) <= rows).all()


@given(STARTS, BINS, KEYS, SHARES)
def test_born_never_falls_and_is_none_before_and_all_after(start, bins, key, shares):
    placed = placed_in(start, bins, key)
    first, last = int(placed.edges[0]), int(placed.edges[-1])
    probes = np.sort(first - 2 + (np.array(shares) * (last - first + 4)).astype(np.int64))
    born = placed.born(probes)
    assert (np.diff(born) >= 0).all()
    assert placed.born(np.array([first - 1, last - 1, last])).tolist() == [0, placed.count, placed.count]


@given(STARTS, BINS.map(lambda bins: [(length, min(size, 150)) for length, size in bins]), KEYS)
def test_born_is_what_counting_says(start, bins, key):
    placed = placed_in(start, bins, key)
    at = placed.at(np.arange(placed.count))
    probes = np.unique(np.concatenate([at, at - 1, at + 1, placed.edges, placed.edges - 1]))
    assert (placed.born(probes) == np.searchsorted(at, probes, side="right")).all()


@given(SHARES.filter(any), st.integers(0, 10**12), KEYS)
def test_a_split_is_exact_and_spares_the_bins_of_no_weight(weights, count, key):
    offsets = split(np.array(weights), count, key)
    sizes = np.diff(offsets)
    assert (offsets[0], offsets[-1]) == (0, count)
    assert (sizes >= 0).all()
    assert not sizes[np.array(weights) == 0].any()


@given(SHARES.filter(any), st.integers(1, 10**5), KEYS)
def test_the_rows_of_a_rate_are_where_its_split_says(weights, count, key):
    rate = Rate(np.arange(len(weights) + 1) * 60_000_000, np.array(weights))
    placed = moments(rate, count, key)
    at = placed.at(np.arange(count))
    assert (np.bincount(at // 60_000_000, minlength=len(weights)) == np.diff(placed.offsets)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1_400_000_000, 1_900_000_000), st.integers(1, 40 * 24), st.integers(0, 10**6), ZONES)
def test_bins_fill_any_window_and_none_crosses_an_hour_of_the_wall_clock(start_s, hours, odd, zone_name):
    span = Window(start_s * 10**6 + odd, start_s * 10**6 + hours * HOUR, zone_name)
    rate = rate_of(span, daily="web", noise=0.1)
    assert (rate.edges[0], rate.edges[-1]) == (span.start, span.end)
    assert (np.diff(rate.edges) > 0).all()
    assert (rate.weights > 0).all()
    some = np.arange(0, len(rate.weights), 97)
    firsts, lasts = local(rate.edges[some], zone_name), local(rate.edges[some + 1] - 1, zone_name)
    assert [(a.date(), a.hour, a.minute) for a in firsts] == [(b.date(), b.hour, b.minute) for b in lasts]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2 * 365), st.integers(1, 30), st.integers(0, 200), st.integers(0, 200))
def test_noise_never_moves_with_the_window(day, days, before, after):
    start = 1_700_000_000_000_000 + day * DAY
    small = rate_of(Window(start, start + days * DAY, "Europe/Berlin"), noise=0.5)
    wide = rate_of(Window(start - before * HOUR, start + days * DAY + after * HOUR, "Europe/Berlin"), noise=0.5)
    middle = start + np.arange(0, days * 24) * HOUR + HOUR // 3
    ratio = small.at(middle) / wide.at(middle)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
