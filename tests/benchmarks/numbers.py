"""Random streams, keyed orders and our own mathematics, beside numpy's and scipy's."""

from __future__ import annotations

import numpy as np
from scipy import special

from engine import maths
from engine.permutation import permute
from engine.stream import stream_key, uniform
from tests.benchmarks.measure import Benchmark

ROWS = 1_000_000
KEY = stream_key(1, "benchmarks", "numbers")
INDEX = np.arange(ROWS, dtype=np.uint64)
UNIT = uniform(KEY, INDEX)
LOGS = (UNIT - 0.5) * 40
DICE = np.random.default_rng(1)

BENCHMARKS = (
    Benchmark("uniform", lambda: uniform(KEY, INDEX), lambda: DICE.random(ROWS), "numpy's Generator.random", ROWS, 0.5),
    Benchmark(
        "permute", lambda: permute(KEY, INDEX, ROWS), lambda: DICE.permutation(ROWS), "numpy's permutation", ROWS
    ),
    Benchmark("log", lambda: maths.log(UNIT), lambda: np.log(UNIT), "numpy's log", ROWS),
    Benchmark("exp", lambda: maths.exp(LOGS), lambda: np.exp(LOGS), "numpy's exp", ROWS),
    Benchmark("normal quantile", lambda: maths.ndtri(UNIT), lambda: special.ndtri(UNIT), "scipy's ndtri", ROWS),
)
