"""A column copied from a referenced or parent row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.expr import Expr
from engine.generators.instants import NEVER, instants, require_moment
from engine.types import ColumnPath, Family, PgType, value_type


class Attribute(Generator):
    """What a referenced or parent row holds: ``{attribute: customer_id.segment}``.

    With `at` it is what the other row held at a moment, by its life cycles: ``{attribute: subscription_id.plan, at:
    period_start}``; without, as of the end of the window.

    Guarantees the very value that the other row has, null where the reference is null.
    Costs the recomputation of that column for each row. Refuses a path that leads nowhere.
    """

    kind: ClassVar[str] = "attribute"
    attribute: str = Field(pattern=r"^\w+(\.\w+)*$", description="A column of this row, or a path through references.")

    at: str | None = Field(None, description="A moment of this row: the other row is seen as it was then.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The path, and the moment that it is read at."""
        own = (tuple(self.attribute.split(".")),)
        return own if self.at is None else (*own, tuple(self.at.split(".")))

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
        if self.at is not None:
            return self._as_of(source, context)
        if _alike(source, context.type):
            return AttributeKernel(self.reads()[0])
        try:
            return Expr(expr=self.attribute, round=None).compile(context)
        except SpecError as error:
            raise SpecError(replace(d, path=("attribute",)) for d in error.diagnostics) from None

    def _as_of(self, source: PgType, context: Context) -> AsOfKernel:
        path, at = self.reads()
        if len(path) < 2:
            message = "`at` is for the columns of another row: a column of this row is what it is"
            raise wrong(Code.CONFLICT, message, path=("at",))
        try:
            require_moment(context.scope, at)
        except SpecError as error:
            raise error.under("at") from None
        if not _alike(source, context.type):
            message = f"'{self.attribute}' is {source}, and '{context.column}' is {context.type}"
            raise wrong(Code.WRONG_KIND, message, path=("attribute",), hint="read it into a hidden column first")
        return AsOfKernel(path, at, context.window.timezone)


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


@dataclass(frozen=True, slots=True)
class AsOfKernel:
    """Reads a path as it was at a moment of each row."""

    path: ColumnPath
    moment: ColumnPath
    timezone: str

    def values(self, rows: Rows) -> pa.Array:
        """The values at the path, (n,), null where the moment is."""
        moments = instants(rows.read(self.moment), self.timezone)
        found, unknown = rows.read_as_of(self.path, moments), moments == NEVER
        return pc.if_else(pa.array(unknown), pa.scalar(None, found.type), found) if unknown.any() else found
