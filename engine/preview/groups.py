"""Which rows are looked at: a bounded, even sample of all, of those inside each event, and of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.plan.model import EntityPlan, Plan
from engine.preview.calendar import before
from engine.preview.model import ALL, OTHERWISE, TimelineView, within
from engine.types import I64

SAMPLE_ROWS, EVENT_ROWS = 2_000, 600
FAMILY_ROWS = 60_000
"""About so many rows of a root and all its children are made in all."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a root that make one group: how many there are, and the numbers of those that are looked at."""

    name: str
    rows: int
    index: I64


def groups_of(plan: Plan, entity: EntityPlan, timelines: tuple[TimelineView, ...]) -> list[Rows]:
    """The groups of a root; those in which it has no row are left out."""
    count = entity.count or 0
    ranges: dict[str, I64] = {ALL: np.array([[0, count]], np.int64)}
    if entity.moments is not None and timelines:
        ranges |= _inside(entity, timelines)
    scale = min(1.0, FAMILY_ROWS / (SAMPLE_ROWS + EVENT_ROWS * len(ranges)) / weight(plan, entity))
    made = []
    for name, some in ranges.items():
        most = max(1, int((SAMPLE_ROWS if name == ALL else EVENT_ROWS) * scale))
        made.append(Rows(name, int(np.diff(some).sum()), _evenly(some, most)))
    return [rows for rows in made if rows.rows]


def weight(plan: Plan, root: EntityPlan) -> float:
    """Rows that one root brings along, itself included, on average."""
    return max(1.0, sum(plan.entities[name].expected_rows for name in plan.family(root.name)) / max(root.count or 0, 1))


def _inside(entity: EntityPlan, timelines: tuple[TimelineView, ...]) -> Mapping[str, I64]:
    """The ranges of rows inside each event, and the ranges outside all of them."""
    assert entity.moments is not None
    several = len(timelines) > 1
    found: dict[str, dict[tuple[int, int], None]] = {}  # each span once, though two timelines may have it
    for timeline in timelines:
        for event in timeline.events:
            name = within(timeline.name, event).event if several else event.event
            first, last = before(entity.moments, np.array([event.start, event.end], np.int64)).tolist()
            if first < last:
                found.setdefault(name, {})[first, last] = None
    if not found:
        return {}
    taken = sorted(span for spans in found.values() for span in spans)
    ranges = {name: np.array(list(spans), np.int64) for name, spans in found.items()}
    return {OTHERWISE: _outside(taken, entity.count or 0)} | ranges


def _outside(taken: list[tuple[int, int]], count: int) -> I64:
    free, reached = [], 0
    for first, last in taken:
        if first > reached:
            free.append((reached, first))
        reached = max(reached, last)
    if reached < count:
        free.append((reached, count))
    return np.array(free, np.int64).reshape(-1, 2)


def _evenly(ranges: I64, most: int) -> I64:
    """At most so many row numbers, evenly over half-open ranges (n, 2), in order."""
    sizes = np.diff(ranges)[:, 0]
    total = int(sizes.sum())
    size = min(total, most)
    if not size:
        return np.empty(0, np.int64)
    # the middles of equal parts, in whole numbers: a float could not tell the rows of 10**12 apart
    place = np.array([(2 * i + 1) * total // (2 * size) for i in range(size)], np.int64)
    ends = np.cumsum(sizes)
    which = np.searchsorted(ends, place, side="right")
    found: I64 = ranges[which, 0] + place - (ends - sizes)[which]
    return found
