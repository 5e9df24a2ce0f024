"""How rows scatter around a rate: negative binomial in the dispersion asked for, or evenly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.errors import SpecError
from engine.stream import stream_key
from engine.timelines.gamma import log_gamma_draws
from engine.timelines.moments import moments
from engine.timelines.rate import Rate
from engine.timelines.scatter import Clumped, Even
from engine.timelines.wall import Stretch
from engine.types import F64, I64
from tests.fidelity import HOURS, SPAN, STORY
from tests.timelines import HOUR, local, rate_of

MARKS = np.arange(HOURS + 1) * HOUR
UTC = (Stretch(0, HOURS * HOUR, 0),)
WEIGHTS = 1 + np.arange(HOURS) % 24 / 12
ROWS = 5_000
CLUMPS = {"size": Clumped(UTC, HOUR, 4.0, None), "fano": Clumped(UTC, HOUR, None, 6.0)}


def scattered(clumps: Clumped, seeds: int) -> I64:
    """Rows in each hour, (seeds, HOURS)."""
    rate = Rate(MARKS, WEIGHTS, scatter=clumps)
    return np.array([np.diff(moments(rate, ROWS, stream_key(seed, "x")).offsets) for seed in range(seeds)])


@pytest.fixture(scope="module")
def by_size() -> I64:
    return scattered(CLUMPS["size"], 1000)


@pytest.fixture(scope="module")
def by_fano() -> I64:
    return scattered(CLUMPS["fano"], 1000)


MEAN: F64 = WEIGHTS / WEIGHTS.sum() * ROWS


def test_over_1000_seeds_the_size_is_the_one_asked_for(by_size: I64):
    size = MEAN**2 / (by_size.var(axis=0) - MEAN)
    assert np.median(size) == pytest.approx(4, rel=0.05)
    np.testing.assert_allclose(by_size.mean(axis=0), MEAN, rtol=5 * np.sqrt(0.3 / 1000))


def test_over_1000_seeds_the_fano_factor_is_the_one_asked_for_in_every_hour(by_fano: I64):
    fano = by_fano.var(axis=0) / (MEAN * (1 - MEAN / ROWS))
    assert fano.mean() == pytest.approx(6, rel=4 * np.sqrt(2.2 / 1000 / HOURS))
    np.testing.assert_allclose(fano, 6, rtol=5 * np.sqrt(2.2 / 1000))


def test_the_counts_have_the_negative_binomial_law(by_size: I64, by_fano: I64):
    dice = np.random.default_rng(1).random(1000)
    for hour in range(0, HOURS, 7):
        mean = MEAN[hour]
        for found, size in ((by_size[:, hour], 4), (by_fano[:, hour], mean / 5)):
            law = stats.nbinom(size, size / (size + mean))
            assert stats.kstest(law.cdf(found - 1) + dice * law.pmf(found), "uniform").pvalue > 1e-3


def test_hours_that_clump_are_independent_of_their_neighbours(by_size: I64, by_fano: I64):
    for counts in (by_size, by_fano):
        together = np.array([np.corrcoef(counts[:, h], counts[:, h + 1])[0, 1] for h in range(HOURS - 1)])
        assert abs(together.mean() + 1 / HOURS) < 4 / np.sqrt(1000 * HOURS)
        assert together.std() < 1.3 / np.sqrt(1000)


def test_gamma_draws_have_the_gamma_law_at_every_shape():
    where = np.arange(20_000, dtype=np.uint64)
    for shape in (0.02, 0.4, 1.0, 3.7, 1000.0):
        drawn = log_gamma_draws(np.full(20_000, shape), stream_key(3, "gamma"), where)
        assert stats.kstest(drawn, lambda x, a=shape: stats.gamma.cdf(np.exp(x), a)).pvalue > 1e-3
        some = np.array([19_999, 7, 12_345])
        again = log_gamma_draws(np.full(3, shape), stream_key(3, "gamma"), where[some])
        assert (again == drawn[some]).all()


def test_even_rows_are_where_the_rate_says_to_the_nearest_one():
    rate = rate_of(SPAN, **{**STORY, "counts": "even"})
    for count in (0, 1, 7, 20_000, 10**12):
        offsets = moments(rate, count, stream_key(1, "x")).offsets
        intended = np.concatenate([[0], np.cumsum(rate.weights)]) / rate.weights.sum() * count
        assert offsets[0] == 0
        assert offsets[-1] == count
        assert np.abs(offsets - intended).max() <= 0.5 + count * 1e-12


def test_even_rows_leave_closed_hours_empty():
    weights = np.array([0.0, 1e-9, 0.0, 3.0, 0.0, 2.0, 0.0])
    counts = np.diff(Even().offsets(np.arange(8) * HOUR, weights, 999_999_999, stream_key(1, "x")))
    assert not counts[weights == 0].any()
    assert counts.sum() == 999_999_999


def clumped(**keys: object) -> I64:
    rate = rate_of(SPAN, **{**STORY, "counts": {"negative_binomial": {"size": 0.5, **keys}}})
    return moments(rate, 10**6, stream_key(1, "x")).offsets


def test_bins_are_those_of_the_clock_on_the_wall():
    counts = np.diff(clumped(bin="1h"))
    plain = np.diff(moments(rate_of(SPAN, **STORY), 10**6, stream_key(1, "x")).offsets)
    edges = rate_of(SPAN, **STORY).edges
    hours = np.unique([f"{at:%d %H}" for at in local(edges[:-1])], return_inverse=True)[1]
    factor = np.bincount(hours, counts) / np.bincount(hours, plain)
    assert len(factor) == HOURS - 1  # the hour that comes twice is one bin
    assert factor.max() > 3
    assert factor.min() < 0.1
    within = counts / np.maximum(plain * factor[hours], 1)
    assert abs(np.median(within[plain > 100]) - 1) < 0.1


def test_a_clump_stays_where_it_is_without_an_event_that_is_elsewhere():
    law = Clumped(UTC, HOUR, 0.5, None)
    calm, raised = WEIGHTS.copy(), WEIGHTS.copy()
    raised[50] *= 20
    key = stream_key(1, "x")
    told, other = (law._clumps(MARKS, weights, ROWS, key) for weights in (raised, calm))
    elsewhere = np.arange(HOURS) != 50
    np.testing.assert_allclose((told / other)[elsewhere], (told / other)[0])


@pytest.mark.parametrize("count", [1, 6])
def test_a_fano_factor_that_so_few_rows_cannot_have_is_refused(count: int):
    with pytest.raises(SpecError, match="cannot have a Fano factor of 6"):
        moments(Rate(MARKS, WEIGHTS, scatter=CLUMPS["fano"]), count, stream_key(1, "x"))
    assert moments(Rate(MARKS, WEIGHTS, scatter=CLUMPS["fano"]), 0, stream_key(1, "x")).count == 0
