"""Living: all rows go through their states in lock step, one transition each at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.generators.after import Delay
from engine.generators.base import Rows
from engine.generators.instants import NEVER as NO_MOMENT
from engine.generators.instants import instants
from engine.lifecycles.hours import OpenHours
from engine.lifecycles.meanwhile import Meanwhile
from engine.lifecycles.odds import Fork
from engine.lifecycles.trace import NEVER, UNBORN, Trace
from engine.stream import Key, descend, uniform
from engine.types import I64, U64, ColumnPath


@dataclass(frozen=True, slots=True)
class Leg:
    """One way: where it leads, and how long it takes."""

    to: int
    delay: Delay
    key: Key
    place: str
    hours: OpenHours | None = None

    def arrive(self, left: I64, addresses: U64) -> I64:
        """When rows that left at `left` arrive, (n,) microseconds UTC."""
        at = left + self.delay.drawn(addresses, self.key, self.place)
        return at if self.hours is None else self.hours.next_open(at, addresses)


@dataclass(frozen=True, slots=True)
class LifeKernel:
    """Makes the trace of each row; forks are by state (None where nothing leads out), legs by way."""

    start: int
    forks: tuple[Fork | None, ...]
    legs: tuple[Leg, ...]
    keys: tuple[Key, ...]  # of the draw in each state
    visit: Key
    steps: int
    born: ColumnPath
    ends: ColumnPath | None
    end: int
    timezone: str
    meanwhile: tuple[Meanwhile, ...] = ()

    def values(self, rows: Rows) -> pa.Array:
        """The traces as fixed-size binary, (n,); what would happen at the end or later has not happened."""
        born = instants(rows.read(self.born), self.timezone)
        ends = self._ends(rows)
        for other in self.meanwhile:
            ends = np.minimum(ends, other.ends(rows, born))
        lives = Lives(self, rows, born, ends)
        for _ in range(self.steps):
            if not lives.step():
                break
        return lives.trace().column

    def _ends(self, rows: Rows) -> I64:
        if self.ends is None:
            return np.full(rows.size, self.end)
        column = rows.read(self.ends)
        until = instants(column, self.timezone)
        return np.where(column.is_null().to_numpy(zero_copy_only=False), self.end, np.minimum(until, self.end))


class Lives:
    """Rows on their way through the states; `alive` are the positions of those that may still move."""

    def __init__(self, kernel: LifeKernel, rows: Rows, born: I64, ends: I64) -> None:
        self.kernel, self.rows, self.ends = kernel, rows, ends
        self.identity = rows.identity
        self.without = born == NO_MOMENT
        self.born = np.where(self.without, NEVER, born)
        self.alive = np.flatnonzero(~self.without)
        self.state = np.full(rows.size, kernel.start, np.int64)
        self.moment = born.copy()
        self.times = np.zeros((rows.size, len(kernel.legs)), np.int64)
        self.visits = np.zeros((rows.size, len(kernel.forks)), np.int64)
        self.ways: list[I64] = []
        self.moments: list[I64] = []

    def step(self) -> bool:
        """One transition of every row that makes one; False when none does."""
        ways, moments = np.full(self.rows.size, UNBORN, np.int64), np.full(self.rows.size, NEVER, np.int64)
        now = self.state[self.alive]  # as it is before anybody moves, so that nobody moves twice
        for state in np.unique(now).tolist():
            self._leave(state, self.alive[now == state], ways, moments)
        self.alive = np.flatnonzero(ways != UNBORN)
        if not len(self.alive):
            return False
        self.ways.append(ways)
        self.moments.append(moments)
        return True

    def _leave(self, state: int, here: I64, ways: I64, moments: I64) -> None:
        fork = self.kernel.forks[state]
        if fork is None:
            return
        some = self.rows if len(here) == self.rows.size else self.rows.subset(here)
        u = uniform(self.kernel.keys[state], self._identity(here, self.visits[here, state]))
        self.visits[here, state] += 1
        chosen = fork.choose(some, u, self.moment[here], self.times[here])
        for way in sorted({*(chance.way for chance in fork.chances), fork.rest} - {UNBORN}):
            self._go(way, here, np.flatnonzero(chosen == way), ways, moments)

    def _go(self, way: int, here: I64, places: I64, ways: I64, moments: I64) -> None:
        if not len(places):
            return
        leg, going = self.kernel.legs[way], here[places]
        addresses = self._identity(going, self.times[going, way])
        at = leg.arrive(self.moment[going], addresses)
        arrives = at < self.ends[going]
        going, at = going[arrives], at[arrives]
        ways[going], moments[going] = way, at
        self.state[going], self.moment[going] = leg.to, at
        self.times[going, way] += 1

    def _identity(self, here: I64, visit: I64) -> U64:
        """A row's address at its n-th visit of a place; the first is the row's own."""
        own = self.identity[here]
        again = visit > 0
        return np.where(again, descend(own, visit, self.kernel.visit), own) if again.any() else own

    def trace(self) -> Trace:
        """What was lived through so far."""
        empty = np.empty((self.rows.size, 0), np.int64)
        ways = np.stack(self.ways, axis=1) if self.ways else empty
        return Trace(self.born, ways, np.stack(self.moments, axis=1) if self.moments else empty)
