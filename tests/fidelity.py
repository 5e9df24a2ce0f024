"""A spiky timeline, what it means as a plain function of the second, and what many seeds make of it."""

from __future__ import annotations

import numpy as np
from scipy import stats

from engine.stream import stream_key
from engine.timelines.moments import moments
from engine.timelines.rate import Rate
from engine.types import F64, I64
from tests.timelines import HOUR, rate_of, window

SPAN = window("2025-11-01", "2025-11-05")  # New York's clocks go back at 2:00 on the second day
HOURS = 97
STORY: dict[str, object] = {
    "daily": [1] * 8 + [3] * 16,
    "weekly": {"sat": 0.5},
    "trend": {"per_day": 1.1},
    "spikes": {"sale": {"at": "2025-11-03 12:00", "peak": 20, "rise": "1h", "hold": "1h", "decay": "2h"}},
    "outages": {"down": {"at": "2025-11-04 09:05:30", "for": "22m", "drop": "70%"}},
}


def intended(second: float) -> float:
    """The rate so many seconds after the window's start: what a reader of STORY would say, up to a constant."""
    elapsed = second / 3600
    wall = elapsed if elapsed < 26 else elapsed - 1  # 1:00 to 2:00 comes twice
    rate = 3.0 if wall % 24 >= 8 else 1.0
    rate *= 0.5 if wall < 24 else 1.0
    rate *= 1.1 ** (int(wall) / 24)
    if 60 <= wall < 61:
        rate *= 1 + 19 * (wall - 60)
    elif 61 <= wall < 62:
        rate *= 20
    elif 62 <= wall < 64:
        rate *= 1 + 19 * (64 - wall) / 2
    down = 81 * 3600 + 5 * 60 + 30
    if down <= wall * 3600 < down + 22 * 60:
        rate *= 0.3
    return rate


def shares(step: int = 10) -> F64:
    """Each hour's share of all rows, (HOURS,), summed in steps of so many seconds."""
    sums = [sum(intended(h * 3600 + at + step / 2) for at in range(0, 3600, step)) for h in range(HOURS)]
    return np.array(sums) / sum(sums)


def rate(**keys: object) -> Rate:
    """STORY's rate, with other keys beside it."""
    return rate_of(SPAN, **{**STORY, **keys})


def hourly(story: Rate, seeds: range, count: int) -> I64:
    """Rows in each hour, (seeds, HOURS), counted from the moments of the rows themselves."""
    rows = np.arange(count)
    found = np.empty((len(seeds), HOURS), np.int64)
    for place, seed in enumerate(seeds):
        at = moments(story, count, stream_key(seed, "orders", "placed_at")).at(rows)
        found[place] = np.bincount((at - SPAN.start) // HOUR, minlength=HOURS)
    return found


def misfits(counts: I64, share: F64) -> F64:
    """The p-value of each seed's chi-squared test against the shares, (seeds,): uniform for multinomial counts."""
    expected = counts.sum(axis=1, keepdims=True) * share
    found: F64 = stats.chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), counts.shape[1] - 1)
    return found


def uniform_misfit(p_values: F64) -> float:
    """The p-value of a Kolmogorov-Smirnov test that they are uniform."""
    return float(stats.kstest(p_values, "uniform").pvalue)


def neighbours(counts: I64, share: F64, apart: int = 1) -> F64:
    """For each pair of hours so far apart, how far their correlation over seeds is from a multinomial draw's.

    In standard errors, (HOURS - apart,): standard normal if all that ties the two is the fixed total.
    """
    scores = (counts - counts.sum(axis=1, keepdims=True) * share) / np.sqrt(counts.sum(axis=1, keepdims=True) * share)
    scores /= np.sqrt(1 - share)
    left, right = scores[:, :-apart], scores[:, apart:]
    tied = -np.sqrt(share[:-apart] * share[apart:] / ((1 - share[:-apart]) * (1 - share[apart:])))
    found: F64 = ((left * right).mean(axis=0) - tied) * np.sqrt(len(counts) / (1 + tied**2))
    return found
