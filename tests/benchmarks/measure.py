"""What a benchmark is, how it is timed, and how its line is printed."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A piece of work beside the reference that it is compared with; both handle `items`.

    `at_least` is the ratio (reference time ÷ work time) that is hoped for; it is shown, never enforced.
    """

    name: str
    work: Work
    reference: Work
    against: str
    items: int
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """The median seconds of a benchmark's work and of its reference, taken in turns."""

    benchmark: Benchmark
    work_s: float
    reference_s: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the reference the work is."""
        return self.reference_s / self.work_s


def measure(benchmark: Benchmark, rounds: int = 7) -> Timing:
    """Time both sides in turns, after one warm-up each, so that a busy machine slows both."""
    benchmark.work()
    benchmark.reference()
    pairs = [(_seconds(benchmark.work), _seconds(benchmark.reference)) for _ in range(rounds)]
    work, reference = zip(*pairs, strict=True)
    return Timing(benchmark, statistics.median(work), statistics.median(reference))


def line(timing: Timing) -> str:
    """One line of the report: ratio first, then the rate on this machine."""
    b = timing.benchmark
    goal = "" if b.at_least is None else f"  (hoped for: {b.at_least:g})"
    rate = b.items / timing.work_s / 1e6
    return f"{b.name:<28} {timing.ratio:6.2f} x {b.against:<34} {rate:8.1f} M/s{goal}"


def _seconds(work: Work) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
