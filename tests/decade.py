"""Ten years in bins of a minute, with everything that a timeline may say."""

from __future__ import annotations

import tracemalloc

from engine.timelines.rate import Rate
from tests.timelines import rate_of, window

TEN_YEARS = window("2016-01-01", "2026-01-01")
EVERYTHING: dict[str, object] = {
    "daily": "online_retail",
    "weekly": {"sat": 1.3},
    "yearly": {"dec": 1.8},
    "trend": {"per_year": 1.2},
    "noise": 0.08,
    "bursts": {"per_day": 6, "share": "20%", "decay": "15m", "branching": 0.5},
    "counts": {"negative_binomial": {"size": 4}},
    "spikes": {"sale": {"on": "black_friday", "peak": 7, "rise": "8h", "hold": "14h", "decay": "10h"}},
    "outages": {"down": {"at": "2021-11-28 14:05:30", "for": "22m", "catch_up": {"share": "60%", "over": "2h"}}},
}


def compiled() -> Rate:
    """The rate."""
    return rate_of(TEN_YEARS, **EVERYTHING)


def weighed() -> tuple[Rate, float, float]:
    """The rate, the MiB that it keeps, and the MiB that it takes at most while it is made."""
    tracemalloc.start()
    try:
        rate = compiled()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return rate, kept / 2**20, peak / 2**20
