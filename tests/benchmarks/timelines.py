"""Compiling ten years of minutes, beside numpy's Poisson draws for as many; and what it costs in memory."""

from __future__ import annotations

import time

import numpy as np

from tests.benchmarks.measure import Benchmark
from tests.decade import compiled, weighed

BINS = 5_260_000
DICE = np.random.default_rng(1)
MEANS = np.ones(BINS)

BENCHMARKS = (
    Benchmark("ten years of minutes", compiled, lambda: DICE.poisson(MEANS), "numpy's poisson of as many", BINS),
)


def main() -> None:
    """Print how long ten years of minutes take to compile, and how much memory."""
    compiled()
    began = time.process_time()
    compiled()
    seconds = time.process_time() - began
    rate, kept, peak = weighed()
    print(
        f"{len(rate.weights):,} bins in {seconds:.2f} CPU s (hoped for: ≤ 1), keeping {kept:.0f} MiB "
        f"(hoped for: ≤ 100), at most {peak:.0f} MiB while they are made"
    )
