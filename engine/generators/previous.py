"""What the sibling before holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.aggregate import require_like
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.copied import copied
from engine.generators.literal import Scalar, literal
from engine.types import I64, ColumnPath, PgType


class Previous(Generator):
    """A column of the sibling before: ``{previous: reading, first: 0}``, a meter's last reading.

    Guarantees the value of the row of the same parent whose ordinal is one less, nulls as they are; for the first
    of a family the value `first`, null where none is given. ``{previous: id}`` points to the row before, and fills
    a foreign key of the table to itself. With `prior_in` it is the row before among those siblings that have the same
    values in these columns, ``{previous: id, prior_in: [doctor_id, patient_id]}`` of visits made `per` doctor; one with
    a null there has none before it. Costs nothing but the other column where whole families are made, and a
    family for each row where rows are read elsewhere. Refuses an entity that is not made `per` parent or of which
    `keep` or `fold` leaves rows out, and a column that is made from this one: `previous` reads another column,
    never its own.
    """

    kind: ClassVar[str] = "previous"
    previous: str = Field(pattern=r"^\w+$", description="A column of this entity.")
    first: Scalar = Field(None, description="The value in the first row of each parent; null if left out.")
    prior_in: tuple[Annotated[str, Field(pattern=r"^\w+$")], ...] = Field(
        (), min_length=1, max_length=8, strict=False, description="Columns in which the row before has the same values."
    )

    def reads(self) -> tuple[ColumnPath, ...]:
        """The column that is looked at, and those of the group."""
        return ((self.previous,), *((column,) for column in self.prior_in))

    def result(self, scope: Scope) -> PgType:
        """The type of the column that is looked at."""
        return self._source(scope)

    def compile(self, context: Context) -> PreviousKernel:
        """Check both types. Raises SpecError (WRONG_KIND, UNKNOWN_COLUMN)."""
        if context.count is not None:
            raise wrong(
                Code.WRONG_KIND,
                f"'{context.entity}' has a `count`, so its rows have no siblings",
                path=("previous",),
                hint="make it `per` a parent; each row then follows the one before it of the same parent",
            )
        if context.scope.thinned():
            message = f"some rows of '{context.entity}' are left out, so the row before may not be there"
            raise wrong(Code.CONFLICT, message, path=("previous",), hint="do without `keep` and `fold` beside it")
        require_like(self._source(context.scope), context.type, self.kind)
        try:
            first = literal(self.first, context.type, context.window.timezone)
        except SpecError as error:
            raise error.under("first") from None
        for place, column in enumerate(self.prior_in):
            try:
                context.scope.type_of((column,))
            except SpecError as error:
                raise error.under("prior_in", place) from None
        name = f"{context.entity}.{context.column}"
        return PreviousKernel(self.previous, first, context.type, name, self.prior_in)

    def _source(self, scope: Scope) -> PgType:
        try:
            return scope.type_of((self.previous,))
        except SpecError as error:
            raise error.under(self.kind) from None


@dataclass(frozen=True, slots=True)
class PreviousKernel:
    """Takes a column of whole families, one place earlier."""

    column: str
    first: pa.Scalar
    type: PgType
    name: str
    group: tuple[str, ...] = ()

    def values(self, rows: Rows) -> pa.Array:
        """One value for each row, (n,)."""
        family, positions = rows.siblings()
        if self.group:
            before = self._in_group(family)[positions]
        else:
            before = np.where(rows.read(("ordinal",)).to_numpy(zero_copy_only=False) == 1, -1, positions - 1)
        leads = before < 0
        places = pa.array(np.where(leads, 0, before), mask=leads)
        values = copied(family.read((self.column,)).take(places), self.type, self.name)
        return pc.if_else(pa.array(leads), self.first, values)

    def _in_group(self, family: Rows) -> I64:
        """Where the row before of the same group stands, -1 where there is none, (n,)."""
        codes, unknown = [family.parent_position], np.zeros(family.size, np.bool_)
        for column in self.group:
            found = family.read((column,)).dictionary_encode().indices
            unknown |= found.is_null().to_numpy(zero_copy_only=False)
            codes.append(found.fill_null(-1).to_numpy(zero_copy_only=False))
        order = np.lexsort(codes)  # stable: within a group as the siblings come
        same = np.all([code[order][1:] == code[order][:-1] for code in codes], axis=0)
        before = np.full(family.size, -1, np.int64)
        before[order[1:][same]] = order[:-1][same]
        return np.where(unknown, -1, before)
