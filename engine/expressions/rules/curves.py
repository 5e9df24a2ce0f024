"""``intensity(storefront)`` and ``during(storefront.sale)``: what time is like at a moment; PostgreSQL has neither."""

from __future__ import annotations

from functools import partial

from engine.expressions.column import Numbers
from engine.expressions.curves import Curve
from engine.expressions.nodes import Node, Strict
from engine.expressions.site import Rule, Site
from engine.expressions.syntax import Name
from engine.types import BOOL, FLOAT8, I64, TIMESTAMPTZ, Bool, PgType


def _of_time(type_: PgType, site: Site) -> Node:
    """The form has made two arguments of it: what is asked, by name, and the moment."""
    asked = site.call.args[0]
    assert isinstance(asked, Name)
    moment = site.fit(site.node(1), TIMESTAMPTZ, 1)
    return Strict(type_, partial(_at, site.compiler.curve(asked)), (moment,), risky=False)


def _at(curve: Curve, nulls: Bool | None, moment: I64) -> Numbers:  # noqa: ARG001
    return curve.at(moment)


CURVES: dict[str, Rule] = {"intensity": partial(_of_time, FLOAT8), "during": partial(_of_time, BOOL)}
