"""What is asked of the result of a CASE, such as ``1 = CASE … THEN 0 … END``, asked of each of its arms."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from engine.sketch.checks.terms import bare

_ASKS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is)


def asked_of_arms(node: exp.Expr) -> exp.Case | None:
    """A comparison with a CASE as a CASE whose arms are compared; None where neither side is one."""
    if not isinstance(node, _ASKS):
        return None
    left, right = node.this, node.expression
    first, second = _inside(left), _inside(right) if not isinstance(node, exp.Is) else None
    if first is not None:
        case, around = first
        return _each(case, lambda arm: type(node)(this=around(arm), expression=right, **_negated(node)))
    if second is None:
        return None
    case, around = second
    return _each(case, lambda arm: type(node)(this=left, expression=around(arm)))


def _negated(node: exp.Expr) -> dict[str, object]:
    return {"negate": True} if node.args.get("negate") else {}


def _inside(node: exp.Expr) -> tuple[exp.Case, Callable[[exp.Expr], exp.Expr]] | None:
    """The CASE that a node is under its casts, and what puts an arm of it under these."""
    node = bare(node)
    if isinstance(node, exp.Case):
        return node, lambda arm: arm
    if not isinstance(node, exp.Cast) or (found := _inside(node.this)) is None:
        return None
    case, around = found
    return case, lambda arm: exp.Cast(this=around(arm), to=node.to)


def _each(case: exp.Case, asked: Callable[[exp.Expr], exp.Expr]) -> exp.Case:
    """The CASE with a question in the place of each result; without ELSE there is nothing to ask."""
    arms = [exp.If(this=branch.this, true=asked(branch.args["true"])) for branch in case.args["ifs"]]
    default = case.args.get("default")
    return exp.Case(this=case.this, ifs=arms, default=asked(exp.Null() if default is None else default))
