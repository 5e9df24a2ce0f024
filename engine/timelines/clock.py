"""What the clock on the wall shows at an instant, and the instant at which it shows something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.timelines.wall import stretches_between
from engine.types import DAY, I64

_FIRST, _LAST = -70 * 365 * DAY, 131 * 365 * DAY  # 1900 to 2100
_STEP = 3 * DAY
"""How often offsets are asked for: in some zones two changes lie a week apart (Recife in October 2000)."""


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """A zone's offsets from UTC between 1900 and 2100: `offsets` (n,) hold until `ends` (n - 1,), microseconds.

    Before and after, the first and the last offset hold.
    """

    ends: I64
    offsets: I64

    def wall(self, instant: I64) -> I64:
        """Instants as wall times, both microseconds since 1970, (n,) → (n,)."""
        return instant + self.offsets[np.searchsorted(self.ends, instant, side="right")]

    def instant(self, wall: I64) -> I64:
        """Wall times as instants, (n,) → (n,).

        A wall time that is shown twice means its first pass, one that is skipped as long after the change as it
        is after the clock's last time before it (PEP 495, fold=0).
        """
        ends = self.ends + np.maximum(self.offsets[:-1], self.offsets[1:])
        return wall - self.offsets[np.searchsorted(ends, wall, side="right")]

    def reached(self, wall: I64) -> I64:
        """The instants at which the clock first shows wall times or, where it skips them, a later one, (n,) → (n,)."""
        found = self.instant(wall)
        changes = np.concatenate(([_FIRST], self.ends))
        change = changes[np.searchsorted(self.ends, found, side="right")]
        return np.where(self.wall(found) > wall, change, found)


@lru_cache(maxsize=8)
def clock(timezone: str) -> Clock:
    """The clock of an IANA zone. Raises ValueError for an unknown one."""
    parts = stretches_between(_FIRST, _LAST, timezone, step=_STEP)
    ends = np.array([part.end for part in parts[:-1]], np.int64)
    return Clock(ends, np.array([part.offset for part in parts], np.int64))
