"""A spike's rise, plateau and decay, found in rows by the hour: step by step to what comes closest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.types import F64, I64

_LONGEST, _LONGEST_RAMP = 120, 16
_STEPS = (1, 3, 6)
_HOLDS, _RAMPS = (1, 3, 8, 14, 24), (0, 6)
"""Where to begin: plateaus and ramps of so many hours."""
_MOST_ROUNDS = 60
_RAMP_COST = 4.0
"""By how much a ramp must bring the rate closer to be worth its words."""
_MOVES = np.array(
    [
        (sign * step * move[0], sign * step * move[1], sign * step * move[2], sign * step * move[3])
        for step in _STEPS
        for sign in (1, -1)
        for move in ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (1, -1, 0, 0), (0, 1, -1, 0),
                     (0, 0, 1, -1), (1, 0, -1, 0), (-1, 1, 0, 0))
    ],
    np.int64,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ramp:
    """When a spike begins to rise, in hours from the first, how long it rises, holds and decays, and its multiple."""

    start: int
    rise: int
    hold: int
    decay: int
    peak: float
    off: float  # how far the rate is from the rows with it

    @property
    def factor(self) -> tuple[int, int, int, int]:
        """Its four lengths."""
        return self.start, self.rise, self.hold, self.decay


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Some hours: rows, rows to expect, and the share by which these waver more than by chance, (n,)."""

    counts: F64
    expected: F64
    noise: float

    def off(self) -> float:
        """How far the rows are from those to expect."""
        return float(self._off(self.expected[None, :])[0])

    def times(self, ramp: Ramp) -> Hours:
        """The same hours where the spike is to be expected."""
        return Hours(self.counts, self.expected * self._raised(ramp), self.noise)

    def without(self, ramp: Ramp) -> Hours:
        """The same hours where it is no longer."""
        return Hours(self.counts, self.expected / self._raised(ramp), self.noise)

    def closest(self, start: Ramp | None = None) -> Ramp:
        """The ramp that comes closest, from where it was or from the busiest hours on."""
        begin = self._guesses() if start is None else np.array([start.factor], np.int64)
        return min((self._descended(one) for one in begin), key=lambda found: found.off)

    def _guesses(self) -> I64:
        """Plateaus of several lengths, each where most rows are beyond those to expect."""
        beyond = np.concatenate(
            ([0.0], np.cumsum((self.counts - self.expected) / np.sqrt(self._variance(self.expected))))
        )
        found = []
        for hold in _HOLDS:
            if hold < len(self.counts):
                start = int(np.argmax(beyond[hold:] - beyond[:-hold]))
                found += [(max(start - ramp, 0), min(ramp, start), hold, ramp) for ramp in _RAMPS]
        return np.array(found or [(0, 0, 1, 0)], np.int64)

    def _descended(self, ramp: I64) -> Ramp:
        (off,), (peak,) = self._judged(ramp[None, :])
        for _ in range(_MOST_ROUNDS):
            around = self._allowed(ramp + _MOVES)
            offs, peaks = self._judged(around)
            best = int(np.argmin(offs))
            if offs[best] >= off - 1e-9:
                break
            ramp, off, peak = around[best], offs[best], peaks[best]
        start, rise, hold, decay = map(int, ramp)
        return Ramp(start, rise, hold, decay, float(peak), float(off))

    def _allowed(self, ramps: I64) -> I64:
        start, rise, hold, decay = ramps.T
        lengths = (rise >= 0) & (rise <= _LONGEST_RAMP) & (decay >= 0) & (decay <= _LONGEST_RAMP) & (hold >= 1)
        there = (start >= 0) & (start < len(self.counts)) & (rise + hold + decay <= _LONGEST)
        return np.asarray(ramps[lengths & there], np.int64)

    def _judged(self, ramps: I64) -> tuple[F64, F64]:
        """How far off each is, and the peak by which it is closest, (m,) each."""
        shape = shapes(ramps, len(self.counts))
        variance = self._variance(self.expected)
        whole = (shape**2 * self.expected**2 / variance).sum(axis=1)
        more = (shape * self.expected * (self.counts - self.expected) / variance).sum(axis=1)
        peak = 1.0 + np.maximum(np.divide(more, whole, out=np.zeros(len(ramps)), where=whole > 0), 0.0)
        peak = self._again(shape, peak)
        rate = self.expected * (1 + (peak - 1)[:, None] * shape)
        return self._off(rate) + _RAMP_COST * ((ramps[:, 1] > 0).astype(float) + (ramps[:, 3] > 0)), peak

    def _again(self, shape: F64, peak: F64) -> F64:
        """The peak once more, by the variances that it brings."""
        variance = self._variance(self.expected * (1 + (peak - 1)[:, None] * shape))
        weight = shape * self.expected / variance
        whole = (weight * shape * self.expected).sum(axis=1)
        more = (weight * (self.counts - self.expected)).sum(axis=1)
        again = 1.0 + np.maximum(np.divide(more, whole, out=np.zeros(len(peak)), where=whole > 0), 0.0)
        return np.asarray(again, np.float64)

    def _off(self, rate: F64) -> F64:
        variance = self._variance(rate)
        return np.asarray(((self.counts - rate) ** 2 / variance + np.log(variance)).sum(axis=1), np.float64)

    def _variance(self, rate: F64) -> F64:
        held = np.maximum(rate, 0.05)
        return np.asarray(held + (self.noise * held) ** 2, np.float64)

    def _raised(self, ramp: Ramp) -> F64:
        shape = shapes(np.array([ramp.factor], np.int64), len(self.counts))[0]
        return np.asarray(1 + (ramp.peak - 1) * shape, np.float64)


def shapes(ramps: I64, count: int) -> F64:
    """How much of the way to the peak is made in the middle of each hour, (m, count)."""
    start, rise, hold, decay = (column[:, None] for column in ramps.T)
    at = np.arange(count)[None, :] + 0.5 - start
    up = np.where(rise > 0, np.clip(at / np.maximum(rise, 1), 0, 1), at >= 0)
    over = at - rise - hold
    down = np.where(decay > 0, np.clip(1 - over / np.maximum(decay, 1), 0, 1), over < 0)
    return np.asarray(np.minimum(up, down), np.float64)
