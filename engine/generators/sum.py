"""The sum of a column over a row's `per` children."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.generators.aggregate import PATH, Aggregate
from engine.generators.base import Scope
from engine.types import INT8, Family, PgType, numeric


class Sum(Aggregate):
    """The sum over children: ``{sum: order_items.line_total}``.

    Guarantees the exact sum of what the children hold, nulls left out, 0 where there is none to add.
    Costs one more look at the children, which are made with their parent anyway.
    Refuses what is not a number, and an entity that is not made per this one.
    """

    kind: ClassVar[str] = "sum"
    sum: str = Field(pattern=PATH, description="A column of a `per` child: entity.column.")

    def result(self, scope: Scope) -> PgType:
        """Integers sum to int8, numeric(p, s) to numeric(p + 6, s)."""
        of = scope.child_type(*self.aggregates()[0])
        if of.family is Family.INTEGER:
            return INT8
        return numeric(min((of.precision or 32) + 6, 38), of.scale or 0) if of.family is Family.DECIMAL else of
