"""``python -m tests.benchmarks.fidelity [SEEDS]``: what tests/unit/test_timelines_fidelity.py asks, of more seeds."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from scipy import stats

from tests.fidelity import hourly, misfits, neighbours, rate, shares, uniform_misfit

ROWS = 20_000
LEAST = 1e-4
"""A p-value below this is no accident."""


def findings(seeds: int) -> Iterator[tuple[str, float]]:
    """What was asked, and the p-value of the answer."""
    share = shares()
    counts = hourly(rate(), range(seeds), ROWS)
    yield "chi-squared p-values are uniform (Kolmogorov-Smirnov)", uniform_misfit(misfits(counts, share))
    off = (counts.mean(axis=0) - ROWS * share) / np.sqrt(ROWS * share * (1 - share) / seeds)
    yield "the mean of every hour", float(stats.kstest(off, "norm").pvalue)
    for apart in (1, 2, 3, 4, 8, 16, 24, 48):
        tied = neighbours(counts, share, apart)
        yield f"hours {apart} apart are tied by the total alone", float(stats.kstest(tied, "norm").pvalue)
    yield "planned and actual peaks in the same hour", float((np.argmax(counts, axis=1) == np.argmax(share)).mean())


def main(seeds: int = 20_000) -> int:
    """Print every finding; 1 where one is no accident."""
    worst = 1.0
    for name, p_value in findings(seeds):
        print(f"{p_value:9.4f}  {name}", flush=True)
        worst = min(worst, p_value)
    print(f"{seeds:,} seeds, smallest {worst:.4g}: " + ("as it should be" if worst > LEAST else "NOT as it should be"))
    return int(worst <= LEAST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
