"""A column copied from a referenced or parent row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from engine.generators.base import Context, Generator, Rows, Scope
from engine.types import ColumnPath, PgType, value_type


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

    def compile(self, context: Context) -> AttributeKernel:
        """Check the path. Raises SpecError (UNKNOWN_COLUMN)."""
        context.scope.type_of(self.reads()[0])
        return AttributeKernel(self.reads()[0], context.type)


@dataclass(frozen=True, slots=True)
class AttributeKernel:
    """Reads a path and casts it to the column's type."""

    path: ColumnPath
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The values at the path, (n,)."""
        return rows.read(self.path).cast(value_type(self.type))
