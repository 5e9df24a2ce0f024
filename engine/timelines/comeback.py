"""What comes back after an outage: a share of what was lost, on top of the rate that is there then."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.timelines.model import Outage, Timeline
from engine.timelines.occurrence import Occurrence, middle
from engine.timelines.tree import total
from engine.types import F64, I64


def corners(timeline: Timeline, times: Mapping[str, tuple[Occurrence, ...]]) -> list[int]:
    """Where a surge ends, microseconds UTC."""
    surges = ((outage.catch_up, times[name]) for name, outage in timeline.outages.items())
    return [once.end + catch_up.over.micros for catch_up, found in surges if catch_up is not None for once in found]


def lost_before(timeline: Timeline, times: Mapping[str, tuple[Occurrence, ...]]) -> list[int]:
    """Where the outages begin whose rows come back, microseconds UTC: what they lost must be known."""
    return [once.start for name, outage in timeline.outages.items() if outage.catch_up for once in times[name]]


def comebacks(timeline: Timeline, times: Mapping[str, tuple[Occurrence, ...]], edges: I64, before: F64) -> F64 | None:
    """What is added to each bin, (bins,), from the weights as they were before the outages; None where nothing is.

    The surge falls along a straight line to nothing; where an outage is on, its share of the surge is lost.
    """
    if all(outage.catch_up is None for outage in timeline.outages.values()):
        return None
    added, open_share = np.zeros(len(before)), np.ones(len(before))
    for name, outage in timeline.outages.items():
        for once in times[name]:
            once.apply(edges, open_share)
            if outage.catch_up is not None:
                _surge(outage, once, edges, before, added)
    found: F64 = added * open_share
    return found


def _surge(outage: Outage, once: Occurrence, edges: I64, before: F64, added: F64) -> None:
    assert outage.catch_up is not None
    over = outage.catch_up.over.micros
    places = np.searchsorted(edges, (once.start, once.end, once.end + over))
    first, last, stop = np.clip(places, 0, len(before)).tolist()
    lost = total(before[first:last]) * outage.drop * outage.catch_up.share if last > first else 0.0
    left = 1.0 - (middle(edges, last, stop) - once.end) / over
    parts = left * np.diff(edges[last : stop + 1])
    added[last:stop] += parts * (lost / (over * 0.5))
