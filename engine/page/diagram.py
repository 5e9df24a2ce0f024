"""Nodes and edges → a layered drawing: of entities and references, of states and transitions.

In the manner of Sugiyama, Tagawa and Toda (1981): edges that close a circle are turned round, every node lies below
all that it comes from, long edges get a place in each layer they cross, and layers are ordered by the mean place of
what they are joined to. Where something is written on lines, it gets a place of its own between the layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup

from engine.page.ink import INK, LINE, MARK, PAPER, SOFT
from engine.page.vector import Element, canvas, markup, shape, title

NODE_HEIGHT, LAYER_GAP, NODE_GAP, BEND = 42, 46, 18, 12
WORDS_HEIGHT, WORDS_GAP = 16, 22
_GLYPH, _SMALL_GLYPH, _PAD, _MARGIN = 8.3, 6.6, 24, 8
_SWEEPS = 8
_LONGEST = 28


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its key, its name and a line below; `href` is a place on the same page (``#…``) or empty."""

    key: str
    name: str
    below: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from one node down to another; `strong` for what makes the other.

    `label` is told when the line is pointed at; `written` stands beside it, and has to be short.
    """

    source: str
    target: str
    label: str = ""
    strong: bool = False
    written: str = ""


@dataclass(slots=True)
class _Place:
    key: str
    layer: int
    width: float
    x: float = 0.0
    top: float = 0.0
    height: float = NODE_HEIGHT
    up: list[_Place] = field(default_factory=list)
    down: list[_Place] = field(default_factory=list)


def diagram(nodes: Sequence[Node], edges: Sequence[Edge]) -> Markup:
    """Draw nodes in layers; an edge whose ends are not both among the nodes is left out."""
    known = {node.key for node in nodes}
    joined = [e for e in edges if e.source in known and e.target in known]
    lettered = any(e.written for e in joined if e.source != e.target)
    layers = _layers_of([n.key for n in nodes], joined)
    places = {n.key: _Place(n.key, layers[n.key] * (1 + lettered), _width(n)) for n in nodes}
    routes = [(e, _route(e, places)) for e in joined if e.source != e.target]
    rows = _rows(places, [route for _, route in routes])
    height = _stack(rows, lettered=lettered)
    _order(rows)
    picture = canvas(_settle(rows), height)
    for edge, route in routes:
        _line(picture, edge, route)
    for edge, route in routes:
        if edge.written:
            _write(picture, edge.written, _words(edge, route))
    own = {e.source: e for e in joined if e.source == e.target}
    for node in nodes:
        _box(picture, node, places[node.key], own.get(node.key))
    return markup(picture)


def _layers_of(keys: Sequence[str], edges: Sequence[Edge]) -> Mapping[str, int]:
    """How deep each node lies: one below the deepest that leads to it; edges that go back do not count."""
    onward: dict[str, list[str]] = {key: [] for key in keys}
    for edge in edges:
        onward[edge.source].append(edge.target)
    done: list[str] = []
    backward: set[tuple[str, str]] = set()
    state = dict.fromkeys(keys, 0)  # 0 not met, 1 on the way, 2 done
    for root in keys:
        stack = [(root, iter(onward[root]))] if state[root] == 0 else []
        state[root] = state[root] or 1
        while stack:
            key, rest = stack[-1]
            follower = next((t for t in rest if _go(state, backward, key, t)), None)
            if follower is None:
                state[key] = 2
                done.append(key)
                stack.pop()
            else:
                state[follower] = 1
                stack.append((follower, iter(onward[follower])))
    layers = dict.fromkeys(keys, 0)
    for key in reversed(done):
        for target in onward[key]:
            if (key, target) not in backward:
                layers[target] = max(layers[target], layers[key] + 1)
    return layers


def _go(state: dict[str, int], backward: set[tuple[str, str]], key: str, target: str) -> bool:
    """Whether a walk goes on to a node; one that it is just coming from is written down as behind."""
    if state[target] == 1:
        backward.add((key, target))
    return state[target] == 0


def _route(edge: Edge, places: Mapping[str, _Place]) -> list[_Place]:
    """The places of an edge from its upper end to its lower one, one in each layer."""
    upper, lower = sorted((places[edge.source], places[edge.target]), key=lambda place: place.layer)
    between = [_Place("", layer, BEND) for layer in range(upper.layer + 1, lower.layer)]
    route = [upper, *between, lower]
    if edge.written:
        _words(edge, route).width = max(BEND, len(edge.written) * _SMALL_GLYPH)
    for above, below in pairwise(route):
        above.down.append(below)
        below.up.append(above)
    return route


def _words(edge: Edge, route: Sequence[_Place]) -> _Place:
    """Where on its way an edge is written on: next to where it comes from."""
    return route[1] if route[0].key == edge.source else route[-2]


def _stack(rows: Sequence[Sequence[_Place]], *, lettered: bool) -> float:
    """Give every place its upper edge and its height; every second layer is for words. The height of all."""
    top = float(_MARGIN)
    for number, row in enumerate(rows):
        height = WORDS_HEIGHT if lettered and number % 2 else NODE_HEIGHT
        for place in row:
            place.top, place.height = top, height
        top += height + (WORDS_GAP if lettered else LAYER_GAP)
    return top - (WORDS_GAP if lettered else LAYER_GAP) + _MARGIN


def _rows(places: Mapping[str, _Place], routes: Sequence[list[_Place]]) -> list[list[_Place]]:
    rows: list[list[_Place]] = [[] for _ in range(1 + max((p.layer for p in places.values()), default=0))]
    for place in [*places.values(), *(bend for route in routes for bend in route[1:-1])]:
        rows[place.layer].append(place)
    return rows


def _order(rows: list[list[_Place]]) -> None:
    """Sort each layer by the mean place of its neighbours, down and up again."""
    for row in rows:
        _number(row)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            row.sort(key=lambda p, d=down: _mean([n.x for n in (p.up if d else p.down)], p.x))  # type: ignore[misc]
            _number(row)


def _number(row: Sequence[_Place]) -> None:
    for number, place in enumerate(row):
        place.x = number - len(row) / 2


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _settle(rows: list[list[_Place]]) -> float:
    """Give every place its middle in pixels, near its neighbours and clear of the next; the width of all."""
    width = max(sum(p.width + NODE_GAP for p in row) - NODE_GAP for row in rows) + 2 * _MARGIN
    for row in rows:
        _spread(row, [width / 2 + p.x for p in row], width)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            _spread(row, [_mean([n.x for n in (p.up if down else p.down)], p.x) for p in row], width)
    return width


def _spread(row: Sequence[_Place], wanted: Sequence[float], width: float) -> None:
    """Put places where they want to be, as far as order, gaps and both edges allow."""
    reached: float = _MARGIN - NODE_GAP
    for place, x in zip(row, wanted, strict=True):
        place.x = max(x, reached + NODE_GAP + place.width / 2)
        reached = place.x + place.width / 2
    reached = width - _MARGIN + NODE_GAP
    for place in reversed(row):
        place.x = min(place.x, reached - NODE_GAP - place.width / 2)
        reached = place.x - place.width / 2


def _width(node: Node) -> float:
    return max(92, len(_cut(node.name)) * _GLYPH + _PAD, len(node.below) * _SMALL_GLYPH + _PAD)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _line(picture: Element, edge: Edge, route: Sequence[_Place]) -> None:
    start = route[0]
    path = [f"M{start.x:.1f},{start.top + start.height:.1f}"]
    for above, below in pairwise(route):
        upper, lower = above.top + above.height, below.top
        bend = (lower - upper) * 0.55
        path.append(f"C{above.x:.1f},{upper + bend:.1f} {below.x:.1f},{lower - bend:.1f} {below.x:.1f},{lower:.1f}")
        if below is not route[-1]:
            skipped = edge.written and below is _words(edge, route)
            path.append(f"M{below.x:.1f},{lower + below.height:.1f}" if skipped else f"V{lower + below.height:.1f}")
    colour = MARK if edge.strong else SOFT
    style = {"stroke": colour, "stroke-width": 2.0 if edge.strong else 1.2, "fill": "none"}
    dash = {} if edge.strong else {"stroke-dasharray": "4 3"}
    drawn = shape(picture, "path", {"d": "".join(path), **style, **dash})
    if edge.label:
        title(drawn, edge.label)
    ends = [p for p in (route[0], route[-1]) if p.key == edge.target]
    for end in ends:
        up = end is route[-1]
        shape(picture, "path", {"d": _tip(end.x, end.top + (0 if up else end.height), up), "fill": colour})


def _write(picture: Element, text: str, place: _Place) -> None:
    """A few words where their line is broken, clear of other lines."""
    middle = {"x": place.x, "y": place.top + place.height / 2 + 4, "text-anchor": "middle"}
    clear = {"stroke": PAPER, "stroke-width": 4.0, "paint-order": "stroke"}
    shape(picture, "text", {**middle, **clear, "font-size": "11", "fill": SOFT}, text)


def _tip(x: float, y: float, up: bool) -> str:
    back = -6 if up else 6
    return f"M{x:.1f},{y:.1f}l-3.5,{back}h7z"


def _box(picture: Element, node: Node, place: _Place, own: Edge | None) -> None:
    holder = shape(picture, "a", {"href": node.href}) if node.href.startswith("#") else picture
    group = shape(holder, "g", {})
    title(group, "\n".join(filter(None, (node.name, node.below, own.label if own else ""))))
    left, top = place.x - place.width / 2, place.top
    area = {"x": left, "y": top, "width": place.width, "height": float(NODE_HEIGHT), "rx": 6.0}
    shape(group, "rect", {**area, "fill": PAPER, "stroke": LINE, "stroke-width": 1.2})
    words = {"x": place.x, "text-anchor": "middle"}
    lifted = top + (18 if node.below else 26)
    shape(group, "text", {**words, "y": lifted, "font-size": "13", "font-weight": "600", "fill": INK}, _cut(node.name))
    if node.below:
        shape(group, "text", {**words, "y": top + 33, "font-size": "11", "fill": SOFT}, node.below)
    if own is not None:
        shape(group, "text", {"x": left + place.width - 10, "y": top + 14, "font-size": "12", "fill": SOFT}, "↻")
