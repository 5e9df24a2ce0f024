"""The life cycles of an entity as a reader finds them: states with their shares of the sample, and the ways between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from engine.generators.after import duration_law
from engine.generators.base import Distribution, Window
from engine.generators.moving import Moving
from engine.lifecycles.model import REST, Lifecycle, State, Transition
from engine.plan.lives import lives_of
from engine.plan.model import EntityPlan
from engine.preview.cells import texts
from engine.preview.model import LifeView, WayView
from engine.spec.model import Scenario
from engine.units import Duration


def life_views(
    scenario: Scenario, entity: EntityPlan, sampled: Mapping[str, pa.Array], window: Window
) -> tuple[LifeView, ...]:
    """Each life of an entity; `sampled` are the values of its columns in the rows that stand for all."""
    return tuple(
        _view(name, said.lifecycle, scenario.lifecycles[said.lifecycle], _shares(entity, name, sampled[name]), window)
        for name, said in lives_of(scenario.entities[entity.name]).items()
        if name in sampled
    )


def _shares(entity: EntityPlan, name: str, values: pa.Array) -> Mapping[str | None, float]:
    found = Counter(texts(values, entity.columns[name].type, "UTC"))
    return {state: n / len(values) for state, n in found.items()}


def _view(column: str, name: str, said: Lifecycle, shares: Mapping[str | None, float], window: Window) -> LifeView:
    return LifeView(
        column,
        name,
        said.start,
        tuple((state, shares.get(state, 0.0)) for state in said.names()),
        tuple(way for source, state in said.states.items() for way in _ways(source, state, window)),
    )


def _ways(source: str, state: State, window: Window) -> Iterator[WayView]:
    said = [*(way.p for way in state.transitions.values()), state.stay]
    known = sum(p for p in said if isinstance(p, float | int))
    rest = None if any(isinstance(p, Moving) for p in said) else max(0.0, 1.0 - known)
    for to, way in state.transitions.items():
        odds = None if isinstance(way.p, Moving) else rest if way.p is None or way.p == REST else float(way.p)
        during = tuple((event, float(p)) for event, p in way.during.items())
        fixed = isinstance(way.delay, Duration)
        yield WayView(source, to, odds, _median(way, window), fixed, during, way.at_most, way.hours is not None)


def _median(way: Transition, window: Window) -> int:
    """The delay that half of the rows exceed, in microseconds, before any `hours`."""
    if isinstance(way.delay, Duration):
        return way.delay.micros
    assert isinstance(way.delay, Distribution)
    found = float(duration_law(way.delay, window).quantile(np.array([0.5]))[0])
    return round(min(found, 2.0**61))
