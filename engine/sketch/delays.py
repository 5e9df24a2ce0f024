"""How long one moment comes after another, by what ANALYZE found of both."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from engine.catalog.model import Column
from engine.catalog.statistics import Statistics
from engine.types import DAY

SECOND = 1_000_000
MONTH = 30 * DAY
LONGEST = 365 * DAY
SIGMA = 0.8
"""How unevenly delays are spread around their median: of parcels and payments 0.4 to 1.0."""

_LONG = re.compile(r"expir|until|valid_|retire|terminat|renew")
"""How moments are called that lie months ahead."""


def delay(low: Column, high: Column, least: int) -> dict[str, object]:
    """The law of a delay of at least `least` µs: up to a month, a year by some names, or as far as histograms lie."""
    apart = _apart(low.statistics, high.statistics)
    if apart is None and _LONG.search(high.name.lower()):
        return {"uniform": {"min": written(-(-least // DAY) * DAY + MONTH), "max": written(LONGEST)}}
    if apart is None or apart <= least:
        return {"uniform": {"min": written(least), "max": written(-(-least // DAY) * DAY + MONTH)}}
    median = min(apart, LONGEST)
    law = {"median": written(-(-median // SECOND) * SECOND), "sigma": SIGMA}
    return {"lognormal": law, "min": written(least), "max": written(-(-median // DAY) * 20 * DAY)}


def _apart(low: Statistics | None, high: Statistics | None) -> int | None:
    """The median of the differences between equal quantiles of two histograms, in microseconds."""
    one, other = _moments(low), _moments(high)
    if not one or not other:
        return None
    found = sorted(_at(other, share / 10) - _at(one, share / 10) for share in range(1, 10))
    return found[len(found) // 2]


def _moments(found: Statistics | None) -> list[int]:
    """The bounds of a histogram in microseconds since 1970; none where one of them is no moment of a calendar."""
    try:
        parsed = [datetime.fromisoformat(text) for text in (found.histogram if found is not None else ())]
    except ValueError:
        return []
    return [round(_aware(moment).timestamp() * SECOND) for moment in parsed]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _at(bounds: list[int], share: float) -> int:
    return bounds[min(int(share * len(bounds)), len(bounds) - 1)]


def written(micros: int) -> str:
    """A length of time as specs write it."""
    if micros % DAY == 0:
        return f"{micros // DAY}d"
    return f"{-(-micros // SECOND)}s"
