"""A column copied from a referenced or parent row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from engine.errors import SpecError
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.expr import Expr
from engine.types import ColumnPath, Family, PgType, value_type


class Attribute(Generator):
    """What a referenced or parent row holds: ``{attribute: customer_id.segment}``.

    Guarantees the very value that the other row has, null where the reference is null.
    Costs the recomputation of that column for each row. Refuses a path that leads nowhere.
    """

    kind: ClassVar[str] = "attribute"
    attribute: str = Field(pattern=r"^\w+(\.\w+)*$", description="A column of this row, or a path through references.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The path."""
        return (tuple(self.attribute.split(".")),)

    def result(self, scope: Scope) -> PgType:
        """The type of the column at the end of the path."""
        return scope.type_of(self.reads()[0])

    def compile(self, context: Context) -> Kernel:
        """Check the path; where the types differ the value is assigned as PostgreSQL would assign it.

        Raises SpecError (UNKNOWN_COLUMN, EXPR_TYPE).
        """
        try:
            source = context.scope.type_of(self.reads()[0])
        except SpecError as error:
            raise error.under("attribute") from None
        if _alike(source, context.type):
            return AttributeKernel(self.reads()[0])
        try:
            return Expr(expr=self.attribute, round=None).compile(context)
        except SpecError as error:
            raise SpecError(replace(d, path=("attribute",)) for d in error.diagnostics) from None


def _alike(source: PgType, target: PgType) -> bool:
    if target.family is Family.TEXT and source.family is Family.TEXT:
        return target.labels == source.labels and (target.length is None or target.length == source.length)
    return bool(value_type(source) == value_type(target))


@dataclass(frozen=True, slots=True)
class AttributeKernel:
    """Reads a path."""

    path: ColumnPath

    def values(self, rows: Rows) -> pa.Array:
        """The values at the path, (n,)."""
        return rows.read(self.path)
