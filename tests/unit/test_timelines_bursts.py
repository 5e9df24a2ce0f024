"""Bursts: their share, their clustering, their offspring, and that events neither move nor make them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import SpecError
from engine.stream import Key, stream_key
from engine.timelines.bursts import Bursts, begun, carried, with_bursts
from engine.timelines.moments import moments
from engine.timelines.rate import Rate
from engine.types import F64, I64
from tests.timelines import DAY, HOUR, MINUTE, rate_of, window

WEEK = window("2025-10-30", "2025-11-06")  # with a change of the clock
BURSTS = {"per_day": 6, "share": "20%", "decay": "15m", "branching": 0.5}
TAU, DAYS = 15, 8
EDGES = np.arange(DAYS * 1440 + 1) * MINUTE
FLAT = Rate(EDGES[::60], np.ones(DAYS * 24))


def bursts(**keys: object) -> Bursts:
    return Bursts.model_validate({**BURSTS, **keys})


def key(seed: int = 1) -> Key:
    return stream_key(seed, "bursts")


def slow(begin: I64, decay: int, edges: I64) -> F64:
    """What each burst brings to each bin, one by one: the part of e^-t between the bin's ends."""
    found = np.zeros(len(edges) - 1)
    for at in begin.tolist():
        over = 1 - np.exp(-np.maximum(edges - at, 0) / decay)
        found += np.diff(over)
    return found


@pytest.mark.parametrize("decay", [2 * MINUTE, 15 * MINUTE, 9 * HOUR])
def test_what_bursts_bring_is_what_a_slow_loop_over_them_says(decay: int):
    edges = np.unique(np.concatenate([EDGES[: 2 * 1440], [61 * MINUTE + 17, 500 * MINUTE + 1]]))
    begin = np.sort(np.concatenate([begun(bursts(per_day=20), FLAT, key())[:90], edges[[0, 7, 7, -1]]]))
    np.testing.assert_allclose(carried(begin, decay, edges), slow(begin, decay, edges), rtol=1e-9, atol=1e-12)


def test_each_burst_sets_off_as_many_others_as_asked():
    calm = Rate(np.arange(201) * DAY, np.ones(200))
    first = 200 * 6
    for branching in (0.0, 0.5, 0.9):
        mean, sd = 1 / (1 - branching), np.sqrt(branching / (1 - branching) ** 3)  # of all that come of one (Borel)
        found = len(begun(bursts(branching=branching), calm, key()))
        assert found == pytest.approx(first * mean, abs=4 * sd * np.sqrt(first) + 0.01 * first * mean)


def test_offspring_come_an_exponential_delay_after_their_burst():
    short = Rate(np.array([0, 1]), np.array([1.0]))
    far = Rate(np.array([0, 1, 30 * DAY]), np.array([1.0, 0.0]))
    assert len(begun(bursts(per_day=1), short, key())) == 1
    found = begun(bursts(per_day=2000, branching=0.1), far, key()) / (TAU * MINUTE)
    assert (found < 1e-6).sum() == 60_000
    later = found[found > 1e-6]
    assert len(later) == pytest.approx(60_000 / 9, rel=0.05)
    assert later.mean() == pytest.approx(1 / 0.9, rel=0.05)  # k-th generation after k delays: mean 1 / (1 - b)


def test_bursts_bring_exactly_their_share_and_the_rest_is_as_it_was():
    plain, burst = (rate_of(WEEK, daily="web", **more) for more in ({}, {"bursts": BURSTS}))
    assert burst.weights.sum() == pytest.approx(plain.weights.sum())
    rest = (burst.weights / plain.weights).min()
    assert rest == pytest.approx(0.8, abs=1e-3)
    assert (burst.weights - 0.8 * plain.weights).sum() / plain.weights.sum() == pytest.approx(0.2)


def test_counts_cluster_at_the_scale_of_the_decay_as_shot_noise_does_and_not_beyond():
    made, rows = bursts(branching=0, share="50%", per_day=24), 30_000
    rate, step = DAYS * 24 / (DAYS * 1440), 15  # bursts a minute
    counts = []
    for seed in range(40):
        weights = with_bursts(made, FLAT, EDGES, np.ones(DAYS * 1440), key(seed))
        placed = moments(Rate(EDGES, weights), rows, stream_key(seed, "rows"))
        counts.append(np.diff(placed.offsets[::step]))
    found = np.array(counts, float)
    each = 0.5 * rows / (DAYS * 24)
    extra = rate * each**2 * (step - TAU * (1 - np.exp(-step / TAU)))  # the variance of integrated shot noise
    fano = found.var() / found.mean()
    assert fano == pytest.approx(1 + extra / found.mean(), rel=0.1)
    assert fano > 10
    standard = found - found.mean()
    apart = {lag: (standard[:, lag:] * standard[:, :-lag]).mean() / found.var() for lag in (1, 2, 8, 12)}
    assert apart[1] > 2 * apart[2] > 0.2
    assert abs(apart[8]) < 0.03
    assert abs(apart[12]) < 0.03


def test_an_event_multiplies_bursts_and_moves_none():
    sale = {"sale": {"on": "2025-11-03", "starts": "10h7m30s", "peak": 5, "hold": "2h"}}
    down = {"down": {"at": "2025-11-04 09:00", "for": "30m"}}
    calm = rate_of(WEEK, daily="web", bursts=BURSTS, noise=0.1)
    told = rate_of(WEEK, daily="web", bursts=BURSTS, noise=0.1, spikes=sale, outages=down)
    ratio = told.expected(1, calm.edges) / calm.expected(1, calm.edges)
    usual = np.median(ratio)
    assert (np.isclose(ratio, usual, rtol=1e-6)).sum() >= len(ratio) - 2 * 60 - 30 - 2
    assert np.isclose(ratio.max(), 5 * usual)
    assert ratio.min() < 1e-12


def test_where_nothing_happens_no_burst_brings_rows():
    shop = [0] * 9 + [1] * 11 + [0] * 4
    plain, burst = (rate_of(WEEK, daily=shop, **more) for more in ({}, {"bursts": {**BURSTS, "decay": "6h"}}))
    assert (burst.weights[plain.weights == 0] == 0).all()
    assert (plain.weights == 0).any()


def test_other_seeds_have_other_bursts():
    one, other = (rate_of(WEEK, seed=seed, bursts=BURSTS).weights for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2


def test_more_bursts_than_memory_is_for_are_refused_with_the_arithmetic():
    with pytest.raises(SpecError, match=r"10000 a day in 8 days, 10 of each: 800,000 bursts; 250,000 are the most"):
        begun(bursts(per_day=10_000, branching=0.9), FLAT, key())
