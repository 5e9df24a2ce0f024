"""What the tests of timelines share: short ways to a window, a timeline and its rate."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np

from engine.generators.base import Window
from engine.timelines.compile import compile_timeline
from engine.timelines.model import Timeline
from engine.timelines.rate import Rate
from engine.types import I64
from engine.units import parse_moment, zone

NEW_YORK = "America/New_York"
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


def micros(text: str, timezone_name: str = NEW_YORK) -> int:
    """A local moment as microseconds UTC."""
    return parse_moment(text).micros(zone(timezone_name))


def window(start: str, end: str, timezone_name: str = NEW_YORK) -> Window:
    """A span between two local moments."""
    return Window(micros(start, timezone_name), micros(end, timezone_name), timezone_name)


def timeline(**keys: object) -> Timeline:
    """A timeline as a spec writes it."""
    return Timeline.model_validate(keys)


def rate_of(span: Window, seed: int = 1, name: str = "storefront", **keys: object) -> Rate:
    """The rate of a timeline over a span."""
    return compile_timeline(timeline(**keys), span, seed=seed, name=name)


def local(instants: I64, timezone_name: str = NEW_YORK) -> list[datetime]:
    """Instants as local wall time, one by one: the slow twin of everything that is vectorised."""
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return [(epoch + timedelta(microseconds=int(i))).astimezone(zone(timezone_name)) for i in instants]


def lengths(rate: Rate) -> I64:
    """The bins' lengths in microseconds."""
    return np.diff(rate.edges)
