"""The slow twin of life cycles: one row at a time, in plain Python, from the same streams."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.generators.base import Law
from engine.stream import Key, descend, stream_key, uniform

Step = tuple[str, int]
"""The state that was entered, and when."""


@dataclass
class Way:
    """A transition: its probability (None takes the rest), its delay, and what bounds it."""

    to: str
    p: float | None
    delay: int | Law
    at_most: int | None = None
    during: dict[tuple[int, int], float] = field(default_factory=dict)


def walk(seed: int, column: tuple[str, str], states: dict[str, list[Way]], start: str, born: int, end: int, row: int):
    """Every step of one row, the birth first: the obvious way to say what a life cycle means."""
    key = stream_key(seed, column[0], column[1] + "\0life")
    steps: list[Step] = [(start, born)]
    left: dict[str, int] = {}
    taken: dict[tuple[str, str], int] = {}
    while True:
        state, now = steps[-1]
        ways = states.get(state, [])
        visit = left.get(state, 0)
        left[state] = visit + 1
        u = _draw(key.child("leaves", state), key, row, visit)
        way = _choose(ways, u, now, {to: taken.get((state, to), 0) for to in (w.to for w in ways)})
        if way is None:
            return steps
        times = taken.get((state, way.to), 0)
        at = now + _delay(way.delay, _draw(key.child("delay", state, way.to), key, row, times))
        if at >= end:
            return steps
        taken[state, way.to] = times + 1
        steps.append((way.to, at))


def _choose(ways: list[Way], u: float, now: int, times: dict[str, int]) -> Way | None:
    edge = 0.0
    for way in ways:
        if way.p is None:
            continue
        p = next((p for (start, stop), p in way.during.items() if start <= now < stop), way.p)
        edge += 0.0 if way.at_most is not None and times[way.to] >= way.at_most else p
        if u < edge:
            return way
    return next((way for way in ways if way.p is None), None)


def _delay(delay: int | Law, u: float) -> int:
    if isinstance(delay, int):
        return delay
    drawn = float(delay.quantile(np.array([u]))[0])
    return int(np.floor(drawn + 0.5))


def _draw(stream: Key, life: Key, row: int, visit: int) -> float:
    address = np.array([row], np.uint64)
    if visit:
        address = descend(address, np.array([visit]), life.child("visit"))
    return float(uniform(stream, address)[0])
