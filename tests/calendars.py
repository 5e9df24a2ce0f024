"""A calendar kept by hand: plain Python's clock, one day, one span of hours and one slot after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment.astimezone(timezone.utc) - EPOCH) // timedelta(microseconds=1)


@cache
def first_shown(day: date, minutes: int, local: ZoneInfo) -> datetime:
    """When a clock on the wall, looked at every minute, first shows so many minutes after midnight, or more."""
    wanted = datetime(day.year, day.month, day.day) + minutes * MINUTE
    at = wanted.replace(tzinfo=timezone.utc) - timedelta(hours=15)
    while at.astimezone(local).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


def opened(
    days: Sequence[date], hours: Sequence[tuple[int, int]], local: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """From when to when it is open; hours are minutes after midnight."""
    for day in days:
        for begin, end in sorted(hours):
            yield first_shown(day, begin, local), first_shown(day, end, local)


def slots_by_hand(
    days: Sequence[date], hours: Sequence[tuple[int, int]], local: ZoneInfo, length: int, gap: int
) -> list[int]:
    """Where the slots of these days begin, microseconds; a length and a gap in minutes."""
    spans, found = list(opened(days, hours, local)), []
    for number, (begin, end) in enumerate(spans):
        if number + 1 < len(spans):
            end = min(end, spans[number + 1][0] - gap * MINUTE)
        at = begin
        while at + length * MINUTE <= end:
            found.append(micros(at))
            at += (length + gap) * MINUTE
    return found


def days_between(first: date, last: date) -> list[date]:
    """Every day, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
