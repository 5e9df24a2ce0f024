"""AND, OR, NOT, comparisons, IS …, IN, BETWEEN: three-valued, as in SQL."""

from __future__ import annotations

from functools import partial, reduce

import numpy as np

from engine.errors import Code
from engine.expressions import order
from engine.expressions.column import Numbers
from engine.expressions.nodes import Constant, Junction, Node, Open, Strict, holds
from engine.expressions.promotion import FLOAT4, UNKNOWN, family_words, is_number
from engine.expressions.site import Rule, Site, boolean, folded
from engine.types import BOOL, FLOAT8, Bool

_ORDERED = ("<", ">", "<=", ">=")
_COMPARABLE = (
    "int2", "int4", "int8", "numeric", "float4", "float8", "bool", "text", "bpchar", "date", "time", "timestamp",
    "timestamptz", "interval", "uuid",
)  # fmt: skip


def _junction(site: Site, *, decisive: bool) -> Node:
    left, right = (boolean(site.compiler, node, at) for node, at in zip(site.nodes(2), site.call.args, strict=True))
    return joined(left, right, decisive=decisive)


def joined(left: Node, right: Node, *, decisive: bool) -> Node:
    """AND (`decisive` is false) or OR; a constant that settles it does so whatever the other side is."""
    for side in (left, right):
        if isinstance(side, Constant) and holds(side.column, 1)[0] == decisive and side.column.nulls is None:
            return side
    return Junction(BOOL, left, right, decisive)


def _not(site: Site) -> Node:
    (node,) = site.nodes(1)
    return inverse(boolean(site.compiler, node, site.call.args[0]))


def inverse(node: Node) -> Node:
    """NOT of a condition."""
    return Strict(BOOL, _inverted, (node,), risky=False)


def _inverted(nulls: Bool | None, a: Numbers) -> Bool:  # noqa: ARG001
    return np.asarray(~a)


def comparison(site: Site, operator: str, a: Node, b: Node) -> Node:
    """a <operator> b, as one type. Raises SpecError where PostgreSQL has no such operator."""
    a, b = comparable(site, operator, a, b)
    return Strict(BOOL, partial(order.compared, operator, (a.type, b.type)), (a, b), risky=False)


def comparable(site: Site, operator: str, *nodes: Node) -> tuple[Node, ...]:
    """The arguments as one type that has this comparison. Raises SpecError."""
    floats = any(node.type == FLOAT4 for node in nodes) and len({node.type for node in nodes}) > 1
    if floats and all(is_number(node.type) for node in nodes):
        return tuple(site.fit(node, FLOAT8, at) for at, node in enumerate(nodes))
    found = site.same(nodes)
    type_ = found[0].type
    if type_.labels and operator in ("=", "<>"):
        return found
    if type_.array or type_.labels or type_.name not in _COMPARABLE:
        hint = "write (…)::text to compare by text" if type_.labels or type_.name == "citext" else None
        raise site.wrong(f"{family_words(type_)} cannot be compared with {operator} here", hint)
    return found


def _compare(operator: str, site: Site) -> Node:
    return comparison(site, operator, *site.nodes(2))


def _null(site: Site, *, negated: bool) -> Node:
    (node,) = site.nodes(1)
    return Open(BOOL, partial(order.is_null, negated), (node,), risky=False)


def _truth(site: Site, *, value: bool, negated: bool) -> Node:
    (node,) = site.nodes(1)
    test = boolean(site.compiler, node, site.call.args[0])
    return Open(BOOL, partial(order.is_truth, value, negated), (test,), risky=False)


def _unknown(site: Site, *, negated: bool) -> Node:
    (node,) = site.nodes(1)
    test = boolean(site.compiler, node, site.call.args[0])
    return Open(BOOL, partial(order.is_null, negated), (test,), risky=False)


def _distinct(site: Site, *, negated: bool) -> Node:
    a, b = comparable(site, "=", *site.nodes(2))
    return Open(BOOL, partial(order.distinct, (a.type, b.type), negated), (a, b), risky=False)


def _between(site: Site, *, negated: bool) -> Node:
    value, low, high = site.nodes(3)
    above = comparison(_pair(site, 1), ">=", value, low)
    below = comparison(_pair(site, 2), "<=", value, high)
    found = joined(folded(above, site.call.span), folded(below, site.call.span), decisive=False)
    return inverse(found) if negated else found


def _in(site: Site, *, negated: bool) -> Node:
    if len(site.call.args) < 2:
        raise site.wrong("IN needs at least one value", code=Code.EXPR_SYNTAX)
    value, *options = site.nodes(2, len(site.call.args))
    known = [node.type for node in options if node.type != UNKNOWN]
    tests = []
    for position, option in enumerate(options, 1):
        if option.type == UNKNOWN and value.type == UNKNOWN and known:
            option = site.fit(option, known[0], position)
        tests.append(comparison(_pair(site, position), "=", value, option))
    found = reduce(_either, tests)
    return inverse(found) if negated else found


def _either(a: Node, b: Node) -> Node:
    return joined(a, b, decisive=True)


def _pair(site: Site, position: int) -> Site:
    """The site as if the call had only its first argument and one other."""
    call = type(site.call)(site.call.span, site.call.name, (site.call.args[0], site.call.args[position]))
    return Site(site.compiler, call, None)


LOGIC: dict[str, Rule] = {
    "and": partial(_junction, decisive=False),
    "or": partial(_junction, decisive=True),
    "not": _not,
    "is null": partial(_null, negated=False),
    "is not null": partial(_null, negated=True),
    "is true": partial(_truth, value=True, negated=False),
    "is not true": partial(_truth, value=True, negated=True),
    "is false": partial(_truth, value=False, negated=False),
    "is not false": partial(_truth, value=False, negated=True),
    "is unknown": partial(_unknown, negated=False),
    "is not unknown": partial(_unknown, negated=True),
    "is distinct from": partial(_distinct, negated=False),
    "is not distinct from": partial(_distinct, negated=True),
    "between": partial(_between, negated=False),
    "not between": partial(_between, negated=True),
    "in": partial(_in, negated=False),
    "not in": partial(_in, negated=True),
    **{operator: partial(_compare, operator) for operator in ("=", "<>", *_ORDERED)},
}
