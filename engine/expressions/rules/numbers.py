"""Arithmetic. ``+ - * /`` and unary minus also work on dates and intervals: see `rules.times`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from engine.expressions import decimals, floats, integers
from engine.expressions.nodes import Node, Strict
from engine.expressions.promotion import (
    INTEGERS,
    UNKNOWN,
    arithmetic,
    exactly,
    family_words,
    is_number,
    scale_of,
)
from engine.expressions.rules.times import time_arithmetic
from engine.expressions.site import Rule, Site
from engine.expressions.typenames import MAX_SCALE
from engine.types import FLOAT8, PgType

Table: TypeAlias = dict[str, Callable[..., Any]]
_TIMES = ("date", "time", "timestamp", "timestamptz", "interval")


def _operator(site: Site) -> Node:
    """+, -, *, / or % of two numbers, or of what `rules.times` knows."""
    name = site.call.name
    a, b = site.nodes(2)
    if (a.type.name in _TIMES and not a.type.array) or (b.type.name in _TIMES and not b.type.array):
        return time_arithmetic(site, a, b)
    a, b = _literal_beside(site, a, b, 0), _literal_beside(site, b, a, 1)
    type_ = arithmetic(a.type, b.type)
    if type_ is None:
        raise site.wrong(f"there is no {family_words(a.type)} {name} {family_words(b.type)}", _hint(name, a, b))
    if type_.name in INTEGERS:
        function: Callable[..., Any] = partial(_INTEGER[name], type_.name)
        return Strict(type_, function, (site.fit(a, type_, 0), site.fit(b, type_, 1)))
    if type_.name == "numeric":
        return _exact(site, a, b)
    if type_.name == "float4":
        raise site.wrong("two float4 are not computed here", "write one of them as (…)::float8")
    if name not in _FLOAT:
        raise site.wrong("float8 has no %", "write mod(a::numeric(…), b::numeric(…))")
    return Strict(FLOAT8, _FLOAT[name], (site.fit(a, FLOAT8, 0), site.fit(b, FLOAT8, 1)))


def _literal_beside(site: Site, node: Node, other: Node, at: int) -> Node:
    return site.fit(node, other.type, at) if node.type == UNKNOWN and is_number(other.type) else node


def _hint(name: str, a: Node, b: Node) -> str | None:
    texts = [n for n in (a, b) if n.type.name in ("text", "unknown")]
    return "texts are joined with ||" if name == "+" and texts else None


def _exact(site: Site, a: Node, b: Node) -> Node:
    a, b = (_bare_numeric(site, node, at) for at, node in enumerate((a, b)))
    scales, name, ragged = (scale_of(a.type), scale_of(b.type)), site.call.name, a.ragged or b.ragged
    if name == "/":
        return _quotient(site, a, b, scales)
    if name == "*":
        return Strict(_scaled(site, sum(scales)), decimals.times, (a, b), ragged=ragged)
    function = partial({"+": decimals.plus, "-": decimals.minus, "%": decimals.modulo}[name], scales)
    return Strict(exactly(max(scales)), function, (a, b), ragged=ragged)


def _bare_numeric(site: Site, node: Node, at: int) -> Node:
    return site.fit(node, PgType("numeric"), at)


def _scaled(site: Site, scale: int) -> PgType:
    if scale > MAX_SCALE:
        raise site.wrong(f"this has {scale} decimal places; at most {MAX_SCALE} are computed", "round a factor first")
    return exactly(scale)


def _quotient(site: Site, a: Node, b: Node, scales: tuple[int, int]) -> Node:
    if site.places is None:
        raise site.wrong(
            "a quotient of decimals needs its number of decimal places",
            "write round(… / …, 2), or `round: 2` beside the expression",
        )
    function = partial(decimals.over, scales, site.places)
    return Strict(exactly(max(site.places, 0)), function, (a, b))


def _modulo(site: Site) -> Node:
    site.count(2, 2)
    call = type(site.call)(site.call.span, "%", site.call.args)
    return _operator(Site(site.compiler, call, None))


def _unary(table: Table, site: Site) -> Node:
    """A function that keeps the type: unary minus, abs."""
    site.count(1, 1)
    node = site.node(0, site.places)
    if node.type == UNKNOWN:
        node = site.fit(node, FLOAT8, 0)
    if node.type.name == "interval" and "interval" in table:
        return Strict(node.type, table["interval"], (node,))
    if not is_number(node.type):
        raise site.wrong(f"{site.call.name} takes a number, and this is {family_words(node.type)}", at=0)
    if node.type.name in INTEGERS:
        return Strict(node.type, partial(table["int"], node.type.name), (node,))
    return Strict(node.type, table["numeric" if node.type.name == "numeric" else "float"], (node,), ragged=node.ragged)


def _positive(site: Site) -> Node:
    site.count(1, 1)
    node = site.node(0, site.places)
    if not is_number(node.type):
        raise site.wrong(f"unary + takes a number, and this is {family_words(node.type)}", at=0)
    return node


def number_or_float(site: Site, position: int = 0, places: int | None = None) -> Node:
    """An argument as numeric or float8; integers become float8, as PostgreSQL prefers."""
    node = site.node(position, places)
    if node.type.name == "numeric" and not node.type.array:
        return node
    if node.type != UNKNOWN and not is_number(node.type):
        raise site.wrong(f"{site.call.name} takes a number, and this is {family_words(node.type)}", at=position)
    return site.fit(node, FLOAT8, position)


def _whole(names: tuple[Callable[..., Any], Callable[..., Any]], site: Site) -> Node:
    """floor, ceil and sign: of a numeric at scale 0, else of a float8."""
    site.count(1, 1)
    node = number_or_float(site)
    if node.type.name == "numeric":
        exact_one = names[0] if site.call.name == "sign" else partial(names[0], scale_of(node.type))
        return Strict(exactly(0), exact_one, (node,), risky=False)
    return Strict(FLOAT8, names[1], (node,), risky=False)


def _rounding(names: tuple[Callable[..., Any], Callable[..., Any]], site: Site) -> Node:
    """round and trunc, with or without a number of places; only round gives a quotient beneath it its places."""
    direct = site.call.name == "round"
    if site.count(1, 2) == 1:
        node = number_or_float(site, places=0 if direct else None)
        if node.type.name != "numeric":
            return Strict(FLOAT8, names[1], (node,), risky=False)
        return Strict(exactly(0), partial(names[0], scale_of(node.type), 0), (node,))
    places = site.integer(1)
    if not -MAX_SCALE <= places <= MAX_SCALE:
        raise site.wrong(f"decimal places go from {-MAX_SCALE} to {MAX_SCALE}", at=1)
    node = site.node(0, places if direct else None)
    if node.type.name in ("float4", "float8") and not node.type.array:
        raise site.wrong(
            f"PostgreSQL has no {site.call.name}(float8, integer)", f"write {site.call.name}((…)::numeric, {places})", 0
        )
    node = site.fit(node, PgType("numeric"), 0)
    return Strict(exactly(max(places, 0)), partial(names[0], scale_of(node.type), places), (node,))


def _root(site: Site) -> Node:
    site.count(1, 1)
    node = number_or_float(site)
    if node.type.name == "numeric":
        raise site.wrong("the square root of a numeric is not computed here", "write sqrt((…)::float8)", 0)
    return Strict(FLOAT8, floats.root, (node,))


_INTEGER: Table = {
    "+": integers.plus,
    "-": integers.minus,
    "*": integers.times,
    "/": integers.over,
    "%": integers.modulo,
}
_FLOAT: Table = {"+": floats.plus, "-": floats.minus, "*": floats.times, "/": floats.over}
_NEGATION: Table = {
    "int": integers.opposite,
    "numeric": decimals.opposite,
    "float": floats.opposite,
}
_ABSOLUTE: Table = {
    "int": integers.absolute,
    "numeric": decimals.absolute,
    "float": floats.absolute,
}

NUMBERS: dict[str, Rule] = {
    **dict.fromkeys(("+", "-", "*", "/", "%"), _operator),
    "mod": _modulo,
    "unary -": partial(_unary, {**_NEGATION, "interval": decimals.opposite}),
    "unary +": _positive,
    "abs": partial(_unary, _ABSOLUTE),
    "sign": partial(_whole, (decimals.signum, floats.signum)),
    "floor": partial(_whole, (decimals.floor, floats.floor)),
    "ceil": partial(_whole, (decimals.ceiling, floats.ceiling)),
    "ceiling": partial(_whole, (decimals.ceiling, floats.ceiling)),
    "round": partial(_rounding, (decimals.rounded, floats.rounded)),
    "trunc": partial(_rounding, (decimals.cut, floats.cut)),
    "sqrt": _root,
}
