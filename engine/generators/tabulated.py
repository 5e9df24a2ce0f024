"""Laws without a closed quantile, as tables made once at compile time from our own arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.maths import exp, in_blocks
from engine.types import F64, I64

LARGEST_GUIDE = 1 << 15


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A sorted table and, for equal cells of [0, 1], where to begin (Chen & Asau, AIIE Trans. 6, 1974)."""

    edges: F64  # ascending
    guide: I64
    shift: float  # what takes the edges to [0, 1]

    @staticmethod
    def over(edges: F64, shift: float = 0.0) -> Search:
        """The search, for values in [-shift, 1 - shift]."""
        cells = 8
        while cells < 4 * len(edges) and cells < LARGEST_GUIDE:
            cells *= 2
        return Search(edges, np.searchsorted(edges, np.arange(cells + 1) / cells - shift, side="left"), shift)

    def first(self, v: F64) -> I64:
        """The first place whose edge is at least v, (n,) → (n,); the table's length where there is none."""
        cell = ((v + self.shift) * (len(self.guide) - 1)).astype(np.int64)
        place = self.guide.take(cell)
        late = np.flatnonzero(self.edges.take(place, mode="clip") < v)
        place[late] += 1
        late = late[self.edges.take(place[late], mode="clip") < v[late]]
        place[late] = np.searchsorted(self.edges, v[late], side="left")
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A continuous law on the line, by a monotone cubic through its quantiles.

    Both tails are kept as exact small shares: a place is w = u below the median and u - 1 above it, so that
    the upper tail lies at w = -½ … 0 before the lower at 0 … ½. Values between nodes follow Hermite's cubic with
    slopes 1 / density, limited so that it cannot turn (Fritsch & Carlson, SIAM J. Numer. Anal. 17, 1980).
    """

    search: Search
    pieces: tuple[F64, F64, F64, F64]  # of each panel, by rising power of the distance from its left edge

    def quantile(self, u: F64) -> F64:
        """The value below which a share u lies, (n,) → (n,)."""
        return in_blocks(self._quantile, u)

    def _quantile(self, u: F64, out: F64) -> None:
        w = u - (u > 0.5)
        panel = self.search.first(w)
        panel -= 1
        np.clip(panel, 0, len(self.search.edges) - 2, out=panel)
        w -= self.search.edges.take(panel)
        self.pieces[3].take(panel, out=out, mode="clip")
        for coefficients in self.pieces[2::-1]:
            out *= w
            out += coefficients.take(panel)


GAUSS = (  # nodes and weights of the five-point rule on [-1, 1] (Abramowitz & Stegun, table 25.4)
    (-0.906179845938663993, 0.236926885056189088),
    (-0.538469310105683091, 0.478628670499366468),
    (0.0, 0.568888888888888889),
    (0.538469310105683091, 0.478628670499366468),
    (0.906179845938663993, 0.236926885056189088),
)
_DEPTH = 44.0
"""The table ends where the density is e^-44 of its peak: less than 1e-18 lies beyond."""

_TURN = 0.04
"""How much the logarithm of the density may change, and how much it may bend, from node to node."""


def tabulate(log_density: Callable[[F64], F64], peak: float) -> Curve:
    """The law whose density is proportional to exp(log_density), which is concave and highest at `peak`.

    Panels are halved until the density hardly changes in one; each is integrated by Gauss' rule; the total
    normalises. Errors against scipy are below 1e-9 in probability (measured in the tests).
    """
    top = float(log_density(np.array([peak]))[0])
    ends = [_reach(log_density, peak, top, side) for side in (-1.0, 1.0)]
    nodes = _nodes(log_density, np.array([ends[0], peak, ends[1]]))
    middle, half = (nodes[1:] + nodes[:-1]) / 2, (nodes[1:] - nodes[:-1]) / 2
    shares = np.zeros(len(middle))
    for place, weight in GAUSS:
        shares += weight * exp(log_density(middle + half * place) - top)
    shares *= half
    return _curve(nodes, shares, exp(log_density(nodes) - top))


def _reach(log_density: Callable[[F64], F64], peak: float, top: float, side: float) -> float:
    """Where the density has fallen to e^-44 of its peak: the power of two, then the 64th of it."""
    powers = np.ldexp(1e-9, np.arange(80))
    far = powers[np.argmax(top - log_density(peak + side * powers) > _DEPTH)]
    places = np.arange(33, 65) * (far / 64)
    return peak + side * float(places[np.argmax(top - log_density(peak + side * places) > _DEPTH)])


def _nodes(log_density: Callable[[F64], F64], nodes: F64) -> F64:
    for _ in range(40):
        centre = (nodes[1:] + nodes[:-1]) / 2
        height, between = log_density(nodes), log_density(centre)
        change = np.abs(height[1:] - height[:-1])
        bend = np.abs(2 * between - height[1:] - height[:-1])
        coarse = (change > _TURN) | (bend > _TURN / 32)
        if not coarse.any():
            return nodes
        nodes = np.sort(np.concatenate([nodes, centre[coarse]]))
    return nodes


def _curve(nodes: F64, shares: F64, density: F64) -> Curve:
    below = np.concatenate([[0.0], np.cumsum(shares)])
    above = np.concatenate([[0.0], np.cumsum(shares[::-1])])[::-1]
    total = float(below[-1])
    secant = (nodes[1:] - nodes[:-1]) * total / shares
    steepest = 3.0 * np.minimum(np.concatenate([secant[:1], secant]), np.concatenate([secant, secant[-1:]]))
    slopes = np.minimum(total / density, steepest)
    median = int(np.searchsorted(below, total / 2, side="right")) - 1
    edges = np.concatenate([-above[median:], below[: median + 2]]) / total
    order = np.concatenate([np.arange(median, len(nodes)), np.arange(median + 2)])
    return Curve(Search.over(edges, 0.5), _pieces(edges, nodes[order], slopes[order]))


def _pieces(edges: F64, values: F64, slopes: F64) -> tuple[F64, F64, F64, F64]:
    """Hermite's cubic from each edge to the next; the seam between the tails is a panel that nothing falls into."""
    width = edges[1:] - edges[:-1]
    width[width <= 0] = 1.0
    first, last, rise = slopes[:-1] * width, slopes[1:] * width, values[1:] - values[:-1]
    bend = first + last - 2.0 * rise
    square = width * width
    return values[:-1], slopes[:-1], (rise - first - bend) / square, bend / (square * width)


def share_below(quantile: Callable[[F64], F64], x: float) -> float:
    """The u whose quantile is x, by bisection; used once, at compile time."""
    low, high = 0.0, 1.0
    for _ in range(60):
        centre = (low + high) / 2
        if not 0 < centre < 1:
            break
        low, high = (centre, high) if float(quantile(np.array([centre]))[0]) <= x else (low, centre)
    return (low + high) / 2
