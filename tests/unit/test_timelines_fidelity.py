"""Over 1,000 seeds, the rows of a spiky timeline are what its words say: mean, scatter, independence and peak."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.types import F64, I64
from tests.fidelity import HOURS, SPAN, hourly, misfits, neighbours, rate, shares, uniform_misfit
from tests.timelines import HOUR

SEEDS, ROWS = range(1000), 20_000
HOUR_MARKS = SPAN.start + np.arange(HOURS + 1) * HOUR


@pytest.fixture(scope="module")
def share() -> F64:
    return shares()


@pytest.fixture(scope="module")
def counts() -> I64:
    return hourly(rate(), SEEDS, ROWS)


def test_the_rate_is_what_a_reader_of_the_story_would_say(share: F64):
    np.testing.assert_allclose(rate().expected(1, HOUR_MARKS), share, rtol=1e-4)  # a ramp is flat within each minute


def test_the_p_values_of_1000_seeds_are_uniform(counts: I64, share: F64):
    assert uniform_misfit(misfits(counts, share)) > 1e-3


def test_no_hour_is_off_in_the_mean(counts: I64, share: F64):
    error = np.sqrt(ROWS * share * (1 - share) / len(SEEDS))
    off = (counts.mean(axis=0) - ROWS * share) / error
    assert np.abs(off).max() < 4.5
    assert stats.kstest(off, "norm").pvalue > 1e-3


@pytest.mark.parametrize("apart", [1, 2, 24])
def test_hours_are_tied_by_the_total_alone(counts: I64, share: F64, apart: int):
    off = neighbours(counts, share, apart)
    assert abs(off.mean()) < 4 / np.sqrt(len(off))
    assert stats.kstest(off, "norm").pvalue > 1e-3


def test_planned_and_actual_peaks_fall_in_the_same_hour(counts: I64, share: F64):
    planned = np.argmax(rate().expected(ROWS, HOUR_MARKS))
    assert planned == np.argmax(share)
    assert (np.argmax(counts, axis=1) == planned).all()
