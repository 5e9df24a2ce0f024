"""A life cycle in the context of an entity: its odds, events and delays become a kernel."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import ClassVar

import numpy as np

from engine.errors import Code, SpecError, wrong
from engine.expressions import OWN, Expression
from engine.generators.after import Delay, duration_law
from engine.generators.base import Context, Distribution, Law, Scope, Window
from engine.generators.condition import condition_reads
from engine.generators.moving import Moving
from engine.lifecycles.columns import OfTrace
from engine.lifecycles.graph import Graph, Way
from engine.lifecycles.live import Leg, LifeKernel
from engine.lifecycles.lived import LivedScope
from engine.lifecycles.meanwhile import Meanwhile
from engine.lifecycles.model import MOMENT
from engine.lifecycles.odds import Chance, Fork, Span
from engine.lifecycles.trace import UNBORN
from engine.types import BYTEA, ColumnPath, PgType
from engine.units import Duration


class Life(OfTrace):
    """The hidden column of traces that every other column of a life is read off."""

    kind: ClassVar[str] = "life"
    graph: Graph
    born: ColumnPath
    until: ColumnPath | None
    meanwhile: tuple[Meanwhile, ...] = ()

    def reads(self) -> tuple[ColumnPath, ...]:
        """The moment of birth, what ends it, and what the odds are made from."""
        odds = [way.said.p.expr for way in self.graph.ways if isinstance(way.said.p, Moving)]
        ends = [self.until] if self.until else []
        read = (path for text in odds for path in condition_reads(text) if path not in ((MOMENT,), (OWN,)))
        return tuple(dict.fromkeys([self.born, *ends, *(other.path for other in self.meanwhile), *read]))

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Bytes, which nothing else reads."""
        return BYTEA

    def compile(self, context: Context) -> LifeKernel:
        """Compile every way. Raises SpecError for all of them at once, relative to the life cycle."""
        graph = self.graph
        problems: list[SpecError] = []
        chances: list[Chance | None] = []
        legs: list[Leg] = []
        for way in graph.ways:
            place = (graph.states[way.source], graph.states[way.to])
            try:
                chances.append(None if way.rest else _chance(len(chances), way, context, place))
                legs.append(_leg(way, context, place))
            except SpecError as error:
                problems.append(error.under("states", *place))
                chances.append(None)
        if problems:
            raise SpecError(d for p in problems for d in p.diagnostics)
        return LifeKernel(
            start=graph.start,
            forks=tuple(_fork(graph, state, chances, context) for state in range(len(graph.states))),
            legs=tuple(legs),
            keys=tuple(context.key.child("leaves", name) for name in graph.states),
            visit=context.key.child("visit"),
            steps=graph.steps,
            born=self.born,
            ends=self.until,
            meanwhile=self.meanwhile,
            end=context.window.end,
            timezone=context.window.timezone,
        )


def _fork(graph: Graph, state: int, chances: list[Chance | None], context: Context) -> Fork | None:
    out = graph.out_of(state)
    if not out:
        return None
    rest = next((number for number in out if graph.ways[number].rest), UNBORN)
    place = f"{context.entity}: the life cycle's state '{graph.states[state]}'"
    return Fork(tuple(chance for number in out if (chance := chances[number]) is not None), rest, place)


def _chance(number: int, way: Way, context: Context, place: tuple[str, str]) -> Chance:
    said, name = way.said, f"{context.entity}: the odds of {place[0]} → {place[1]}"
    spans = []
    for event, p in said.during.items():
        try:
            found = np.array(context.scope.span(event), np.int64).reshape(-1, 2)
        except SpecError as error:
            raise error.under("during", event) from None
        spans.append(Span(found, float(p)))
    odds: float | Expression = _odds(said.p, context) if isinstance(said.p, Moving) else _number(said.p)
    return Chance(number, odds, tuple(spans), said.at_most, name)


def _number(p: object) -> float:
    return float(p) if isinstance(p, float | int) else 1.0  # a sole way out needs no `p`


def _odds(made: Moving, context: Context) -> Expression:
    try:
        return made.compile(replace(context, scope=LivedScope(context.scope), moment=(MOMENT,)))
    except SpecError as error:
        raise error.under("p") from None


def _leg(way: Way, context: Context, place: tuple[str, str]) -> Leg:
    delay, key = way.said.delay, context.key.child("delay", *place)
    where = f"{context.entity}: the delay of {place[0]} → {place[1]}"
    said = way.said.hours
    hours = None if said is None else said.compile(context.window.timezone, key.child("hours"))
    if isinstance(delay, Duration) and delay.micros < 0:
        raise wrong(Code.OUT_OF_RANGE, f"delay: {delay} leads back in time", path=("delay",))
    try:
        taken = Delay.of(delay) if isinstance(delay, Duration) else Delay(0, _law(delay, context.window))
        return Leg(way.to, taken, key, where, hours)
    except SpecError as error:
        raise error.under("delay") from None


def _law(delay: Distribution, window: Window) -> Law:
    law = duration_law(delay, window)
    if law.low < 0:
        low = "no smallest value" if law.low == -inf else "a smallest value below 0"
        message = f"'{delay.kind}' has {low}, and nothing happens before what it follows"
        raise wrong(Code.OUT_OF_RANGE, message, path=(delay.kind,), hint="give it `min: 0s`")
    return law
