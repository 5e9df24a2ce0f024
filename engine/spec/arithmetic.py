"""``{{ … }}`` in a value: arithmetic over parameters and numbers, and nothing else.

Jinja's own parser reads the text; the tree is evaluated here against an allow-list of nodes, so nothing
of Jinja ever runs: no attribute, call, loop, statement, or anything that grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes

from engine.errors import Code, wrong
from engine.spec.nearest import nearest
from engine.spec.scalars import Scalar, spelled

MAX_TEXT = 10_000
MAX_NODES = 200
MAX_NUMBER = 2**63

Number: TypeAlias = int | float

_PARSER = Environment(keep_trailing_newline=True, autoescape=True)
_OPERATIONS: dict[type[nodes.BinExpr], Callable[[Number, Number], Number]] = {
    nodes.Add: lambda a, b: a + b,
    nodes.Sub: lambda a, b: a - b,
    nodes.Mul: lambda a, b: a * b,
    nodes.Div: lambda a, b: a / b,
    nodes.FloorDiv: lambda a, b: a // b,
}
_FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.Getattr: "an attribute",
    nodes.Getitem: "an item in brackets",
    nodes.Call: "a call",
    nodes.Pow: "a power",
    nodes.Mod: "the operator %",
    nodes.Concat: "the operator ~",
    nodes.Compare: "a comparison",
    nodes.CondExpr: "an if",
    nodes.For: "a loop",
    nodes.Test: "a test",
    nodes.Const: "true, false or none",
    nodes.List: "a list",
    nodes.Tuple: "a list",
    nodes.Dict: "a mapping",
    nodes.And: "and",
    nodes.Or: "or",
    nodes.Not: "not",
}
_ALLOWED = "{{ }} in a value takes parameters, numbers, + - * / //, parentheses, and the filters int and round"


RESERVED = ("true", "false", "none", "and", "or", "not", "if", "else", "in", "is")
"""Words that {{ }} reads as something else than a name."""


def is_template(text: str) -> bool:
    """Whether a text is to be rendered at all."""
    return "{{" in text or "{%" in text


def render(text: str, params: Mapping[str, Scalar]) -> Scalar:
    """The value of a text with ``{{ … }}`` in it; typed where the text is exactly one expression.

    Raises SpecError (PARAM_SYNTAX, PARAM_FORBIDDEN, PARAM_UNKNOWN, PARAM_VALUE).
    """
    parts = _parsed(text)
    values = [part.data if isinstance(part, nodes.TemplateData) else _evaluate(part, params) for part in parts]
    if len(values) == 1:
        return values[0]
    joined = "".join(map(spelled, values))
    if len(joined) > MAX_TEXT:
        raise wrong(Code.PARAM_VALUE, f"a text of {len(joined):_} characters after {{{{ }}}}; at most {MAX_TEXT:_}")
    return joined


def _parsed(text: str) -> list[nodes.Expr]:
    if len(text) > MAX_TEXT:
        raise wrong(Code.PARAM_FORBIDDEN, f"a text with {{{{ }}}} of {len(text):_} characters; at most {MAX_TEXT:_}")
    try:
        body = _PARSER.parse(text).body
    except TemplateSyntaxError as error:
        raise wrong(Code.PARAM_SYNTAX, f"{{{{ }}}} cannot be read: {error.message}") from None
    except RecursionError:
        raise wrong(Code.PARAM_FORBIDDEN, "{{ }} is nested too deeply") from None
    parts: list[nodes.Expr] = []
    for node in body:
        if not isinstance(node, nodes.Output):
            raise _forbidden(node)
        parts.extend(node.nodes)
    if _size(parts) > MAX_NODES:
        raise wrong(Code.PARAM_FORBIDDEN, f"{{{{ }}}} has more than {MAX_NODES} parts")
    return parts


def _size(parts: list[nodes.Expr]) -> int:
    """How many nodes there are; stops counting soon after the limit."""
    waiting: list[nodes.Node] = list(parts)
    for count, node in enumerate(waiting, 1):
        if count > MAX_NODES:
            return count
        waiting.extend(node.iter_child_nodes())
    return len(waiting)


def _evaluate(node: nodes.Node, params: Mapping[str, Scalar]) -> Scalar:
    if isinstance(node, nodes.Name):
        return _parameter(node.name, params)
    if isinstance(node, nodes.Const) and isinstance(node.value, str | int | float) and not isinstance(node.value, bool):
        return node.value if isinstance(node.value, str) else _bounded(node.value)
    if isinstance(node, nodes.BinExpr) and (operation := _OPERATIONS.get(type(node))):
        return _apply(node.operator, operation, _evaluate(node.left, params), _evaluate(node.right, params))
    if isinstance(node, nodes.Neg):
        return -_number("-", _evaluate(node.node, params))
    if isinstance(node, nodes.Filter) and node.name in ("int", "round") and node.node is not None:
        return _filter(node, _number(f"| {node.name}", _evaluate(node.node, params)))
    raise _forbidden(node)


def _parameter(name: str, params: Mapping[str, Scalar]) -> Scalar:
    if name in params:
        return params[name]
    near = nearest(name, params)
    hint = near or "a parameter stands under `params:`, above those that use it; columns are read by a `template:`"
    raise wrong(Code.PARAM_UNKNOWN, f"there is no parameter '{name}'", hint=hint)


def _number(operator: str, value: Scalar) -> Number:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    shown = repr(value) if isinstance(value, str) else spelled(value)
    raise wrong(Code.PARAM_VALUE, f"'{operator}' wants numbers, not {shown}")


def _apply(operator: str, operation: Callable[[Number, Number], Number], left: Scalar, right: Scalar) -> Number:
    a, b = _number(operator, left), _number(operator, right)
    try:
        return _bounded(operation(a, b))
    except ZeroDivisionError:
        raise wrong(Code.PARAM_VALUE, f"{spelled(a)} {operator} {spelled(b)}: division by zero") from None
    except OverflowError:
        raise wrong(Code.PARAM_VALUE, f"{spelled(a)} {operator} {spelled(b)} is too large") from None


def _bounded(value: Number) -> Number:
    if isinstance(value, int) and abs(value) < MAX_NUMBER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise wrong(Code.PARAM_VALUE, "a number in {{ }} is too large")


def _filter(node: nodes.Filter, value: Number) -> Number:
    """`int` cuts towards zero; `round` rounds half away from zero, without an argument to a whole number."""
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > (node.name == "round"):
        raise _forbidden(node)
    if node.name == "int":
        return _bounded(int(value))
    places = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else 0 if not node.args else None
    if not isinstance(places, int) or isinstance(places, bool) or not 0 <= places <= 20:
        raise wrong(Code.PARAM_VALUE, "round takes a number of decimal places from 0 to 20")
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if abs(value) < 1e6 else None
    if exact is None:
        exact = Decimal(str(round(value, places)))
    return _bounded(float(exact) if node.args else int(exact))


def _forbidden(node: nodes.Node) -> Exception:
    if isinstance(node, nodes.Filter):
        what = f"the filter '{node.name}'" if node.name not in ("int", "round") else f"{node.name} with arguments"
    elif isinstance(node, nodes.Stmt):
        what = _FORBIDDEN.get(type(node), "a statement {% … %}")
    else:
        what = _FORBIDDEN.get(type(node), "this")
        what = f"an attribute (.{node.attr})" if isinstance(node, nodes.Getattr) else what
    return wrong(Code.PARAM_FORBIDDEN, f"{what} is not allowed in {{{{ }}}}", hint=_ALLOWED)
