"""The ordinary rate of a timeline: what its curves are on average, without events, growth and noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.timelines.growth import Growth
from engine.timelines.hours import grown, seasons
from engine.timelines.model import Timeline
from engine.timelines.occurrence import Occurrence
from engine.timelines.tree import total
from engine.timelines.trend import Way

_CALENDAR = 146_097
"""Days of 400 years, after which months and weekdays come again; they are a whole number of weeks."""


def level(timeline: Timeline) -> float:
    """The mean of daily × weekly × monthly × yearly over the whole Gregorian calendar.

    The curve of each day has the mean 1, and so has the noise.
    """
    monday = 4  # 5 January 1970
    day = np.arange(monday, monday + _CALENDAR, dtype=np.int64)
    return total(seasons(timeline, day) * np.resize(np.array(timeline.weekly), _CALENDAR)) / _CALENDAR


def at_start(growth: Growth | Way, first: int, start: int, last: int) -> float:
    """The factor of the hour in which the window starts, of hours whose largest factor is 1."""
    return float(grown(growth, np.array([first, start, last], np.int64))[1])


def over(timeline: Timeline, times: Mapping[str, tuple[Occurrence, ...]], start: int) -> float:
    """What the steps that are over when the window starts multiply all of it by."""
    found = 1.0
    for name in timeline.steps:
        for once in times[name]:
            found *= once.factor if once.top <= start else 1.0
    return found
