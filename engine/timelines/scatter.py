"""How a fixed number of rows scatters around a rate when it is not by chance alone: evenly, or in clumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.errors import Code, wrong
from engine.maths import exp
from engine.stream import Key
from engine.timelines.gamma import log_gamma_draws
from engine.timelines.split import split
from engine.timelines.tree import levels, total
from engine.timelines.wall import Stretch
from engine.types import F64, I64, U64

_BLOCK = 1 << 16


class Scatter(Protocol):
    """Splits rows over the bins of a rate."""

    def offsets(self, edges: I64, weights: F64, count: int, key: Key) -> I64:
        """How many of `count` rows lie before each edge, (bins + 1,) and (bins,) → (bins + 1,)."""


@dataclass(frozen=True, slots=True)
class Even:
    """As regular as can be: before any edge there are as many rows as the rate says, to the nearest one."""

    def offsets(self, edges: I64, weights: F64, count: int, key: Key) -> I64:  # noqa: ARG002
        """The j-th row lies where (j + ½) / count of the rate is over; bins of weight 0 get none."""
        some = np.flatnonzero(weights > 0)
        before = _sums_before(weights[some])
        before *= count / total(weights[some])
        before += 0.5
        np.minimum(before, count, out=before)
        reached = np.empty(len(some) + 1, np.int64)
        reached[:-1] = before
        np.maximum.accumulate(reached[:-1], out=reached[:-1])
        reached[0], reached[-1] = 0, count
        counts = np.zeros(len(weights) + 1, np.int64)
        counts[some + 1] = np.diff(reached)
        return np.cumsum(counts, out=counts)


@dataclass(frozen=True, slots=True)
class Clumped:
    """Negative binomial counts in bins of `width` microseconds of wall time: gamma weights, then chance.

    With `fano` F the bins' weights are one Dirichlet draw whose concentration A = (count - F) / (F - 1) makes each
    bin's variance F times that of a multinomial draw, exactly (J. E. Mosimann, Biometrika 49, 1962). With `size` each
    bin's weight is multiplied by a gamma draw of this shape; the total being fixed, only the draws' ratios matter.
    A bin's draw is addressed by its wall time since 1970.
    """

    parts: tuple[Stretch, ...]
    width: int
    size: float | None
    fano: float | None

    def offsets(self, edges: I64, weights: F64, count: int, key: Key) -> I64:
        """Raises SpecError (INFEASIBLE) for a Fano factor that so few rows cannot have."""
        if self.fano is not None and 0 < count <= self.fano:
            message = (
                f"{count:_} rows cannot have a Fano factor of {self.fano:g}: were all in one bin, it would be {count:_}"
            )
            raise wrong(Code.INFEASIBLE, message, hint="ask for a smaller one, or for more rows")
        return split(self._clumps(edges, weights, count, key.child("clumps")), count, key.child("split"))

    def _clumps(self, edges: I64, weights: F64, count: int, key: Key) -> F64:
        label = self._labels(edges)
        first = int(label.min())
        label -= first
        shares = np.zeros(int(label.max()) + 1)
        scaled = weights / total(weights)
        for low in range(0, len(label), _BLOCK):
            part = slice(low, low + _BLOCK)
            base = int(label[part].min())
            found = np.bincount(label[part] - base, weights=scaled[part])
            shares[base : base + len(found)] += found
        some = np.flatnonzero(shares > 0)
        factor = np.zeros(len(shares))
        factor[some] = self._draws(shares[some], count, key, (some + first).astype(np.uint64))
        for low in range(0, len(label), _BLOCK):
            part = slice(low, low + _BLOCK)
            scaled[part] *= factor[label[part]]
        return scaled

    def _draws(self, shares: F64, count: int, key: Key, address: U64) -> F64:
        if self.fano is None:
            shape = np.full(len(shares), self.size)
        else:
            shape = np.maximum(shares * (max(count - self.fano, 1e-9) / (self.fano - 1.0)), 1e-300)
        logs = log_gamma_draws(shape, key, address)
        found: F64 = exp(logs - logs.max())
        return found if self.fano is None else found / shares

    def _labels(self, edges: I64) -> I64:
        """The number of the wall-time bin that each bin lies in, (bins,)."""
        place = np.searchsorted([part.end for part in self.parts[:-1]], edges[:-1], side="right")
        label: I64 = edges[:-1] + np.array([part.offset for part in self.parts], np.int64)[place]
        label //= self.width
        return label


def _sums_before(weights: F64) -> F64:
    """The sum of all weights before each, (n,) → (n,), by halving: its error is some 20 roundings and not n."""
    found = np.zeros(1)
    for sums in levels(weights)[-2::-1]:
        wider = np.empty(len(sums))
        wider[0::2] = found
        wider[1::2] = found[: len(sums) // 2] + sums[0 : len(sums) - 1 : 2]
        found = wider
    return found
