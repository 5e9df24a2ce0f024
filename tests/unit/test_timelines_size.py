"""What a long timeline costs in memory."""

from __future__ import annotations

import numpy as np

from tests.decade import weighed
from tests.timelines import MINUTE


def test_ten_years_of_minutes_with_everything_keep_less_than_100_mib():
    rate, kept, peak = weighed()
    assert np.diff(rate.edges).max() == MINUTE
    assert len(rate.weights) > 10 * 365 * 24 * 60
    assert kept < 100
    assert peak < 250  # while it is made
