"""What a timeline can be told of by statistics alone, where no table can be asked: growth, and days that stand out."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from engine.catalog.model import Column, Table
from engine.sketch.rhythm import Rhythm, rhythm
from engine.sketch.rhythm_days import spread_out
from engine.types import Family

_DAILY = timedelta(days=1)


def timeline_of(table: Table, column: Column, zone: str) -> Rhythm | None:
    """The timeline by the bounds of the histogram, of which each two have a hundredth of the rows between them.

    Days of the week are seen where a hundredth is less than a day; hours never are.
    """
    found = column.statistics
    if found is None or column.type.family not in (Family.DATE, Family.TIMESTAMP) or column.type.array:
        return None
    try:
        bounds = [_moment(text) for text in found.histogram]
        common = [(_moment(text), share) for text, share in found.common]
    except ValueError:
        return None
    filled = table.estimated_rows * (1 - found.null_fraction)
    rest = max(filled - sum(share for _, share in common) * table.estimated_rows, 0.0)
    hours = spread_out(bounds, rest) if len(bounds) > 1 else {}
    for moment, share in common:
        at = moment.replace(minute=0, second=0, microsecond=0)
        hours[at] = hours.get(at, 0.0) + share * table.estimated_rows
    if not hours:
        return None
    coarse = (bounds[-1] - bounds[0]) / (len(bounds) - 1) if len(bounds) > 1 else timedelta(0)
    local = zone if column.type.name == "timestamptz" else "UTC"
    return rhythm(hours, local, finest_hours=12.0 if coarse < _DAILY else 24.0)


def _moment(text: str) -> datetime:
    made = datetime.fromisoformat(text)
    return made.astimezone(timezone.utc) if made.tzinfo is not None else made.replace(tzinfo=timezone.utc)
