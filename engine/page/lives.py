"""Life cycles as drawings: states as boxes with the share of rows that end there, transitions as lines in words."""

from __future__ import annotations

from collections.abc import Iterator

from engine.page.diagram import Edge, Node, diagram
from engine.page.model import Life
from engine.page.words import clean, length, percent
from engine.preview.actual import EntityActual
from engine.preview.model import EntityView, LifeView, WayView

MOST_DRAWN, MOST_TOLD = 120, 240
"""More transitions than this are a tangle that nobody reads; they are told in words, and then no longer all."""
_MOST = 0.5


def lives(view: EntityView, actual: EntityActual | None) -> Iterator[Life]:
    """Each life cycle of an entity; after a run with the shares that were found beside those that were planned."""
    for life in view.lives:
        nodes = _nodes(life, actual)
        drawn = diagram(nodes, [_edge(way) for way in life.ways]) if len(life.ways) <= MOST_DRAWN else None
        told = [f"{node.name}: {node.below}" for node in nodes] if drawn is None else []
        told += [_in_words(way) for way in life.ways[:MOST_TOLD]]
        more = len(life.ways) - MOST_TOLD
        told += [f"and {more} transitions more"] if more > 0 else []
        yield Life(clean(life.column), clean(life.lifecycle), drawn, tuple(told), len(life.ways))


def _nodes(life: LifeView, actual: EntityActual | None) -> list[Node]:
    found = {s.value: s.share for s in actual.shares if s.column == life.column} if actual else {}
    nodes = []
    for state, share in life.states:
        told = f"{percent(share)} planned, {percent(found.get(state, 0.0))} actual" if found else percent(share)
        born = "born here · " if state == life.start else ""
        nodes.append(Node(state, clean(state), f"{born}{told}"))
    return nodes


def _edge(way: WayView) -> Edge:
    written = [_odds(way)] + ([length(way.delay)] if way.delay else []) + ([f"≤ {way.at_most}×"] if way.at_most else [])
    strong = way.odds is not None and way.odds >= _MOST
    return Edge(way.source, way.to, _in_words(way), strong=strong, written=" · ".join(written))


def _odds(way: WayView) -> str:
    return "by row" if way.odds is None else percent(way.odds)


def _in_words(way: WayView) -> str:
    """``placed → paid: 96 %, half of them within 4 min, 5 % during gateway_down``."""
    odds = "as each row decides" if way.odds is None else percent(way.odds)
    delay = f"{'after' if way.fixed else 'half of them within'} {length(way.delay)}" if way.delay else "at once"
    terms = [f"{clean(way.source)} → {clean(way.to)}: {odds}", delay]
    terms += ["in the next hours that are open"] if way.hours else []
    terms += [f"at most {way.at_most} times"] if way.at_most else []
    terms += [f"{percent(p)} during {clean(event)}" for event, p in way.during]
    return ", ".join(terms)
