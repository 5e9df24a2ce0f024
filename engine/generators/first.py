"""What the first of a row's `per` children holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.errors import SpecError
from engine.generators.aggregate import PATH, require_like
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.copied import copied
from engine.types import ColumnPath, PgType


class First(Generator):
    """A column of the first child: ``{first: addresses.id}``, a customer's main address.

    Guarantees the value of the child with the lowest place among its siblings, null where there is no child.
    Costs one more look at the children. Refuses an entity that is not made per this one.
    """

    kind: ClassVar[str] = "first"
    first: str = Field(pattern=PATH, description="A column of a `per` child: entity.column.")

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """The child and its column."""
        return (tuple(self.first.split(".")),)

    def result(self, scope: Scope) -> PgType:
        """The type of the child's column."""
        return scope.child_type(*self.aggregates()[0])

    def compile(self, context: Context) -> FirstKernel:
        """Check the path. Raises SpecError (UNKNOWN_ENTITY, UNKNOWN_COLUMN)."""
        entity, column = self.aggregates()[0]
        try:
            source = context.scope.child_type(entity, column)
        except SpecError as error:
            raise error.under(self.kind) from None
        require_like(source, context.type, self.kind)
        return FirstKernel(entity, column, context.type)


@dataclass(frozen=True, slots=True)
class FirstKernel:
    """Takes the first value of each group."""

    entity: str
    column: str
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """One value for each row, (n,)."""
        children, offsets = rows.children(self.entity)
        none = np.diff(offsets) == 0
        places = pa.array(np.where(none, 0, offsets[:-1]), mask=none)
        return copied(children.read((self.column,)).take(places), self.type, f"{self.entity}.{self.column}")
