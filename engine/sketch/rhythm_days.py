"""Rows by the hour, laid out by local days: one line for each day, one column for each hour of its clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from engine.types import F64, I64

_HOUR, _EPOCH = timedelta(hours=1), date(1970, 1, 1)
_APART, _FEW = timedelta(days=60), 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """`counts` of rows, and how many such `hours` there were: none or two where clocks change, both (days, 24)."""

    first: date
    counts: F64
    hours: F64

    @property
    def count(self) -> int:
        """How many days."""
        return len(self.counts)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.count - 1)

    @property
    def weekday(self) -> I64:
        """Monday 0 to Sunday 6 of each day, (days,)."""
        return (np.arange(self.count) + self.first.weekday()) % 7

    @property
    def weeks(self) -> F64:
        """Where each day lies, in weeks from the first, (days,)."""
        return np.arange(self.count) / 7


def laid_out(hours: Mapping[datetime, float], zone: str) -> Days:
    """Every hour from the first to the last, also those without a row."""
    local, (start, end) = ZoneInfo(zone), _busy(hours)
    hour = int(start.timestamp()) // 3600
    wall = _walls(hour, int(end.timestamp()) // 3600, local)
    first = int(wall[0]) // 24
    counts, there = np.zeros((2, int(wall[-1]) // 24 - first + 1, 24))
    rows = np.zeros(len(wall))
    for at, count in hours.items():
        if start <= at <= end:
            rows[int(at.timestamp()) // 3600 - hour] += count
    place = wall // 24 - first, wall % 24
    np.add.at(there, place, 1)
    np.add.at(counts, place, rows)
    return Days(_EPOCH + timedelta(days=first), counts, there)


def _walls(start: int, end: int, local: ZoneInfo) -> I64:
    """The local hour of each hour in UTC, both counted from 1970, (n,): asked day by day, but where clocks change."""
    hours = np.arange(start, end + 1)
    days = np.unique(np.append(hours // 24, end // 24 + 1))
    known = np.array([_offset(int(day) * 24, local) for day in days])
    offsets = known[np.searchsorted(days, hours // 24)]
    changed = np.flatnonzero(offsets != known[np.searchsorted(days, hours // 24) + 1])
    offsets[changed] = [_offset(int(hour), local) for hour in hours[changed]]
    return np.asarray(hours + offsets // 3600, np.int64)


def _offset(hour: int, local: ZoneInfo) -> int:
    """Seconds that clocks are ahead of UTC."""
    ahead = datetime.fromtimestamp(hour * 3600, local).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds())


def _busy(hours: Mapping[datetime, float]) -> tuple[datetime, datetime]:
    """From when to when rows are dense: a few that lie months from all others, such as 1970-01-01, do not count."""
    ordered = sorted(hours)
    total = sum(hours.values())
    few = total * _FEW
    start, end, seen = 0, len(ordered), 0.0
    for place, (one, after) in enumerate(pairwise(ordered), 1):
        seen += hours[one]
        if after - one > _APART and seen <= few:
            start = place
        if after - one > _APART and seen >= total - few:
            end = min(end, place)
    return ordered[start], ordered[end - 1]


def spread_out(bounds: list[datetime], rows: float) -> dict[datetime, float]:
    """Rows by the hour from the bounds of parts with equally many rows, evenly within each part."""
    found: dict[datetime, float] = {}
    share = rows / max(len(bounds) - 1, 1)
    for start, end in pairwise(bounds):
        at = start.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)
        length = max((end - start) / _HOUR, 1e-9)
        while at <= end:
            overlap = (min(end, at + _HOUR) - max(start, at)) / _HOUR
            found[at] = found.get(at, 0.0) + share * (overlap / length if length > 1e-6 else 1.0)
            at += _HOUR
    return found
