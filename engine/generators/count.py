"""The number of a row's `per` children."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.errors import Code, wrong
from engine.generators.aggregate import AggregateKernel
from engine.generators.base import Context, Generator, Scope
from engine.types import INT8, ColumnPath, Family, PgType


class Count(Generator):
    """How many children a row has: ``{count: order_items}``.

    Guarantees the number of rows that are made per this one. Refuses an entity that is not, and a column
    that holds no numbers.
    """

    kind: ClassVar[str] = "count"
    count: str = Field(pattern=r"^\w+$", description="An entity that is made per this one.")

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """The child; no column of it is read."""
        return ((self.count,),)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """PostgreSQL's count is int8."""
        return INT8

    def compile(self, context: Context) -> AggregateKernel:
        """Check that the column can hold a number. Raises SpecError (WRONG_KIND, UNKNOWN_ENTITY)."""
        if context.type.family not in (Family.INTEGER, Family.DECIMAL, Family.FLOAT):
            raise wrong(Code.WRONG_KIND, f"a count is a whole number, not {context.type}")
        context.scope.child_type(self.count, "")
        return AggregateKernel("count", self.count, "", context.type, f"{context.entity}.{context.column}")
