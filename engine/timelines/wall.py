"""Local wall time as instants: where the offset from UTC changes, and a grid of local minutes between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

from engine.errors import Code, wrong
from engine.types import DAY, I64, SECOND
from engine.units import zone

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
MOST_BINS = 6_000_000
"""Bins are a minute up to 11.4 years; longer windows get 2, 3, … 60 minutes, so that there are never more."""

_WIDTHS = tuple(MINUTE * n for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60))
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open span of instants in which local time is UTC + `offset`; all in microseconds."""

    start: int
    end: int
    offset: int


def stretches_between(start: int, end: int, timezone: str, *, step: int = DAY) -> tuple[Stretch, ...]:
    """A span cut where the zone's offset changes; microseconds.

    Offsets are asked for every `step`, and a change between two is found by halving, to the second: all that
    is missed is a pair of changes that cancel within a step.
    """
    local = zone(timezone)
    found: list[Stretch] = []
    begun, at, offset = start, start, _offset(local, start)
    while at < end:
        ahead = min(at + step, end)
        if _offset(local, ahead) == offset:
            at = ahead
            continue
        at = _change(local, at, ahead, offset)
        if at >= end:
            break
        found.append(Stretch(begun, at, offset))
        begun, offset = at, _offset(local, at)
    return (*found, Stretch(begun, end, offset))


def bin_width(length: int) -> int:
    """The bins of a span of this length, all in microseconds: a divisor of an hour.

    Raises SpecError (OUT_OF_RANGE) over 684 years, and where the span is empty.
    """
    if length <= 0:
        raise wrong(Code.OUT_OF_RANGE, "the span of time ends before it begins")
    for width in _WIDTHS:
        if length <= width * MOST_BINS:
            return width
    raise wrong(Code.OUT_OF_RANGE, f"a span of {length // (365 * DAY)} years is too long; 684 are the most")


def grid(parts: tuple[Stretch, ...], width: int) -> I64:
    """Edges (bins + 1,) at every whole `width` of local time and wherever the offset changes, ascending."""
    edges: list[I64] = []
    for part in parts:
        first = part.start - (part.start + part.offset) % width + width
        edges.append(np.array([part.start], np.int64))
        edges.append(np.arange(first, part.end, width, dtype=np.int64))
    edges.append(np.array([parts[-1].end], np.int64))
    return np.concatenate(edges)


def cut(edges: I64, moments: I64) -> I64:
    """The edges with more edges at these moments; those outside, or there already, add nothing."""
    inside = np.unique(moments[(moments > edges[0]) & (moments < edges[-1])])
    place = np.searchsorted(edges, inside)
    new = edges[place] != inside
    return np.insert(edges, place[new], inside[new]) if new.any() else edges


def _offset(local: ZoneInfo, micros: int) -> int:
    found = (_EPOCH + timedelta(microseconds=micros)).astimezone(local).utcoffset()
    return found // timedelta(microseconds=1) if found is not None else 0


def _change(local: ZoneInfo, low: int, high: int, offset: int) -> int:
    """The first whole second in (low, high] whose offset is not `offset`."""
    low //= SECOND
    high = -(-high // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(local, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND
