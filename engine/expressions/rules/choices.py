"""COALESCE, NULLIF, GREATEST and LEAST."""

from __future__ import annotations

from functools import partial

from engine.expressions import order
from engine.expressions.nodes import Constant, First, Node, Open
from engine.expressions.rules.logic import comparable
from engine.expressions.site import Compiles, Rule, Site, convert
from engine.expressions.syntax import Syntax
from engine.types import PgType

MOST = 100


def _coalesce(site: Site) -> Node:
    given = site.count(1, MOST)
    nodes = [site.node(position, site.places) for position in range(given)]
    args = site.same(nodes)
    if isinstance(args[0], Constant) and args[0].column.nulls is None:
        return alone(site.compiler, nodes[0], args[0], site.call.args[0])
    return First(args[0].type, args, ragged=uneven(nodes))


def _null_if(site: Site) -> Node:
    original, other = site.nodes(2)
    a, b = comparable(site, "=", original, other)
    names = {original.type.name, other.type.name}
    if not any(names <= crossed for crossed in _CROSSED):
        original = a
    ragged = a.ragged or (a.type.name == "numeric" and uneven([original, other]))
    return Open(original.type, partial(order.null_if, (a.type, b.type)), (a, b, original), ragged=ragged)


_CROSSED = ({"int2", "int4", "int8"}, {"date", "timestamp", "timestamptz"}, {"float4", "float8"})
"""Types that PostgreSQL compares as they are; others become one type first, and so does the result of NULLIF."""


def _extreme(operator: str, site: Site) -> Node:
    given = site.count(1, MOST)
    nodes = [site.node(position, site.places) for position in range(given)]
    args = comparable(site, operator, *nodes)
    types = tuple(arg.type for arg in args)
    return Open(types[0], partial(order.extreme, operator, types), args, risky=False, ragged=uneven(nodes))


def alone(compiler: Compiles, original: Node, unified: Node, at: Syntax) -> Node:
    """The one alternative that is ever taken: of the common type, but a numeric with the scale of its own."""
    return convert(compiler, original, PgType("numeric"), at) if unified.type.name == "numeric" else unified


def uneven(nodes: list[Node]) -> bool:
    """Whether numerics of these keep scales of their own once they are alternatives of one value."""
    scales = {node.type.scale or 0 for node in nodes if node.type.name != "unknown"}
    numeric = any(node.type.name == "numeric" for node in nodes)
    return any(node.ragged for node in nodes) or (numeric and len(scales) > 1)


CHOICES: dict[str, Rule] = {
    "coalesce": _coalesce,
    "nullif": _null_if,
    "greatest": partial(_extreme, ">"),
    "least": partial(_extreme, "<"),
}
