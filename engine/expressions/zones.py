"""Time zones as tables: instants to wall time and back, for whole columns, by PostgreSQL's rules."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np

from engine.types import I64, SECOND
from engine.units import zone

LAST_YEAR = 2100
"""Past it the clock no longer changes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_STEP = timedelta(days=20)  # two changes of a clock under a yearly rule are further apart than this
_HEADER = struct.Struct(">4sc15x6l")


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """The changes of one zone's clock: before `instants[i]` holds `offsets[i]`, from it on `offsets[i + 1]` (µs)."""

    name: str
    instants: I64
    offsets: I64

    def offset(self, instant: I64) -> I64:
        """What must be added to UTC at each instant, (n,), microseconds."""
        return self.offsets[np.searchsorted(self.instants, instant, side="right")]

    def wall(self, instant: I64) -> I64:
        """Wall time of instants, (n,)."""
        return instant + self.offset(instant)

    def instant(self, wall: I64) -> I64:
        """Instants of wall times, (n,).

        A time that is skipped is read with the offset before the change, one that comes twice with the offset
        after it (PostgreSQL's `DetermineTimeZoneOffset`): so the new offset holds from `instant + new offset` on.
        """
        return wall - self.offsets[np.searchsorted(self.instants + self.offsets[1:], wall, side="right")]


@cache
def zone_table(name: str) -> Zone:
    """The table of a zone from the pinned tzdata, up to the year 2100. Raises ValueError for an unknown name."""
    clock = zone(name)
    raw = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    instants, offsets, yearly = _recorded(raw)
    if yearly:
        start = datetime.fromtimestamp(instants[-1], timezone.utc) if instants else _EPOCH
        _foretell(clock, start, instants, offsets)
    return Zone(name, np.array(instants, np.int64) * SECOND, np.array(offsets, np.int64) * SECOND)


def _recorded(raw: bytes) -> tuple[list[int], list[int], bool]:
    """The changes that a TZif file (RFC 8536, version 2 on) lists, and whether a yearly rule follows them."""
    first = _HEADER.unpack_from(raw)
    is_utc, is_std, leaps, times, types, chars = first[2:]
    at = _HEADER.size + times * 5 + types * 6 + chars + leaps * 8 + is_std + is_utc
    is_utc, is_std, leaps, times, types, chars = _HEADER.unpack_from(raw, at)[2:]
    at += _HEADER.size
    instants = list(struct.unpack_from(f">{times}q", raw, at))
    kinds = struct.unpack_from(f">{times}B", raw, at + times * 8)
    table = [struct.unpack_from(">l", raw, at + times * 9 + 6 * i)[0] for i in range(types)]
    footer = raw[at + times * 9 + types * 6 + chars + leaps * 12 + is_std + is_utc :]
    return instants, [table[0], *(table[kind] for kind in kinds)], b"," in footer


def _foretell(clock: ZoneInfo, here: datetime, instants: list[int], offsets: list[int]) -> None:
    """Append the changes that the yearly rule makes after `here`."""
    end = datetime(LAST_YEAR, 1, 1, tzinfo=timezone.utc)
    while here < end:
        there = here + _STEP
        if _offset(there, clock) != offsets[-1]:
            here = _change(here, there, clock)
            instants.append((here - _EPOCH) // timedelta(seconds=1))
            offsets.append(_offset(here, clock))
        else:
            here = there


def _offset(instant: datetime, clock: ZoneInfo) -> int:
    return (instant.astimezone(clock).utcoffset() or timedelta()) // timedelta(seconds=1)


def _change(before: datetime, after: datetime, clock: ZoneInfo) -> datetime:
    """The first second in (before, after] with the offset of `after`."""
    old = _offset(before, clock)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        before, after = (middle, after) if _offset(middle, clock) == old else (before, middle)
    return after
