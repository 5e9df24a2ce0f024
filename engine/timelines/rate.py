"""A rate over time as a table of bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.timelines.scatter import Scatter
from engine.timelines.tree import total
from engine.types import F64, I64

Spans = tuple[tuple[int, int], ...]
"""Half-open [start, end) in microseconds UTC, sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """How many rows to expect where: `edges` (bins + 1,) in microseconds UTC, `weights` (bins,).

    A weight is in proportion to the rows expected in its bin: the rate times the bin's true length. `spans` are the
    plateaus of spikes and the outages by name, `ramps` the same with the rise before and the decay after; both
    are cut to the window. `ordinary` is the weight of an hour at the rate that the curves have on average, without
    events, noise and growth since the start. `scatter` is how rows lie around the rate, if not by chance alone.
    """

    edges: I64
    weights: F64
    spans: Mapping[str, Spans] = field(default_factory=dict)
    ramps: Mapping[str, Spans] = field(default_factory=dict)
    ordinary: float = 1.0
    scatter: Scatter | None = None

    def ordinary_hours(self) -> float:
        """How many hours of the ordinary rate would have as many rows as all bins together."""
        return total(self.weights) / self.ordinary if self.ordinary else np.inf

    def at(self, moment: I64) -> F64:
        """The rate at moments as multiples of the mean rate, (n,) → (n,); 0 outside the edges."""
        found = np.searchsorted(self.edges, moment, side="right") - 1
        inside = (found >= 0) & (found < len(self.weights))
        found = np.where(inside, found, 0)
        lengths = self.edges[found + 1] - self.edges[found]
        return np.where(inside, self.weights[found] / lengths / self._mean(), 0.0)

    def peak(self) -> tuple[int, float]:
        """The start of the first bin with the highest rate, and that rate as a multiple of the mean rate."""
        rates = self.weights / np.diff(self.edges)
        highest = int(np.argmax(rates))
        return int(self.edges[highest]), float(rates[highest] / self._mean())

    def expected(self, count: int, moments: I64) -> F64:
        """The rows of `count` to expect between each two neighbours of ascending moments, (n,) → (n - 1,)."""
        grown = np.concatenate([[0.0], np.cumsum(self.weights)])
        found: F64 = np.diff(np.interp(moments, self.edges, grown)) * (count / grown[-1])
        return found

    def _mean(self) -> float:
        return total(self.weights) / int(self.edges[-1] - self.edges[0])
