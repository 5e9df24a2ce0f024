"""How busy a timeline is at a moment, as a multiple of its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.timelines.rate import Rate
from engine.timelines.search import last_at_most
from engine.timelines.tree import total
from engine.types import F64, I64, Bool


@dataclass(frozen=True, slots=True, eq=False)
class Intensity:
    """A rate as a table: from `edges[i]` to `edges[i + 1]` (bins + 1,) it is `levels[i]` (bins,) times the mean."""

    edges: I64
    levels: F64

    def at(self, moment: I64) -> F64:
        """The multiple at moments in microseconds UTC, (n,) → (n,); 0 outside the edges, where no row is."""
        inside: Bool = (moment >= self.edges[0]) & (moment < self.edges[-1])
        found = last_at_most(self.edges, np.where(inside, moment, self.edges[0]))
        return np.where(inside, self.levels[found], 0.0)


def intensity(rate: Rate, whole: Rate) -> Intensity:
    """A rate in multiples of the mean rate of `whole`, which is it itself, or the same with all of its events."""
    mean = total(whole.weights) / int(whole.edges[-1] - whole.edges[0])
    return Intensity(rate.edges, rate.weights / np.diff(rate.edges) / mean)


@dataclass(frozen=True, slots=True, eq=False)
class Spell:
    """When an event is on: `starts` and `ends` (n,) in order of time, half-open."""

    starts: I64
    ends: I64

    @staticmethod
    def of(spans: tuple[tuple[int, int], ...]) -> Spell:
        """Of half-open spans in microseconds UTC; those that overlap are taken together."""
        pairs = np.array(sorted(spans), np.int64).reshape(-1, 2)
        return Spell(pairs[:, 0], np.maximum.accumulate(pairs[:, 1]))

    def at(self, moment: I64) -> Bool:
        """Whether moments lie inside, (n,) → (n,)."""
        if not len(self.starts):
            return np.zeros(len(moment), np.bool_)
        before = np.searchsorted(self.starts, moment, side="right") - 1
        found: Bool = (before >= 0) & (moment < self.ends[before])
        return found
