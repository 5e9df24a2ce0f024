"""Which way a row takes out of a state: its probabilities, what events make of them, and one draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import GenerateError
from engine.expressions import Expression
from engine.generators.base import Rows
from engine.generators.instants import inside
from engine.generators.moving import Bounds
from engine.lifecycles.lived import LivedRows
from engine.types import F64, I64
from engine.views import fixed, mask_of

_TOLERATED = 1e-9
SHARE = Bounds(share=True)


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """When an event is on, (m, 2) microseconds UTC, half-open, and the probability then."""

    spans: I64
    p: float


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability of one way: a number or an expression, and during which events it is another."""

    way: int
    p: float | Expression
    during: tuple[Span, ...]
    at_most: int | None
    place: str

    def of(self, rows: Rows, moments: I64, times: I64) -> F64:
        """For rows that enter the state at `moments` and took the way `times` before, (n,). Raises GenerateError."""
        found = self._own(rows, moments)
        for span in reversed(self.during):
            found = np.where(inside(moments, span.spans), span.p, found)
        return found if self.at_most is None else np.where(times >= self.at_most, 0.0, found)

    def _own(self, rows: Rows, moments: I64) -> F64:
        if isinstance(self.p, float):
            return np.full(rows.size, self.p)
        try:
            made = self.p.evaluate(LivedRows(rows, moments, rows.identity).read, rows.size)
        except GenerateError as error:
            raise error.at(self.place) from None
        if mask_of(made) is not None:
            raise GenerateError(f"{self.place}: a probability is null")
        found: F64 = fixed(made, "<f8")
        SHARE.require(found, f"{self.place}: a probability")
        return found


@dataclass(frozen=True, slots=True)
class Fork:
    """The ways out of one state in the order in which they share [0, 1), and the one that takes what is left."""

    chances: tuple[Chance, ...]
    rest: int  # a way, or UNBORN: stay
    place: str

    def choose(self, rows: Rows, u: F64, moments: I64, times: I64) -> I64:
        """The way that each row takes, (n,); `times` (n, ways) is how often it took each. Raises GenerateError."""
        taken = np.full(rows.size, self.rest, np.int64)
        free, edge = np.ones(rows.size, np.bool_), np.zeros(rows.size)
        for chance in self.chances:
            edge = edge + chance.of(rows, moments, times[:, chance.way])
            here = free & (u < edge)
            taken[here] = chance.way
            free &= ~here
        if rows.size and edge.max() > 1 + _TOLERATED:
            raise GenerateError(f"{self.place}: the ways out sum to {edge.max():g}, which is more than 1")
        return taken
