"""References that have a name: which row another row points to, and which of its columns hold that row's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.generators.popularity import Popularity
from engine.generators.reference import Reference
from engine.spec.fields import ColumnName, Model, Name
from engine.units import FractionField


class NamedReference(Model):
    """A reference with a name, whose columns are several or none: ``references: {assignee: {to: users, as: {…}}}``.

    ``assignee: {to: users, as: {tenant_id: tenant_id, assignee_id: id}, same: reporter.tenant_id}`` picks one user for
    each row; `tenant_id` and `assignee_id` hold that user's `tenant_id` and `id`, and ``assignee.role`` is read through
    it. So a foreign key of several columns holds by construction. A single column that holds a primary key is shorter:
    ``columns: {customer_id: {reference: customers}}``.

    A column of `as` that is made elsewhere (by ``per … as``, or by another reference) is left as it is where `same`
    names it and theirs is the column by which they hang on the same row; otherwise it is refused, as nothing says that
    both agree. All else is as of a reference in one column.
    """

    to: Name | Annotated[tuple[Name, ...], Field(min_length=2, max_length=16, strict=False)] = Field(
        description="The entity to point to, or several of one table."
    )
    as_: dict[ColumnName, ColumnName] = Field(
        default_factory=dict,
        alias="as",
        max_length=32,
        description="Columns of this entity, each with that of the other which it holds: {tenant_id: tenant_id}.",
    )
    pick: Literal["uniform", "even"] | Popularity = Field(
        "uniform", description="uniform, even, {zipf: exponent}, or {weight: {column, max}}."
    )
    existing_at: str | None = Field(
        None, min_length=1, description="A moment column; only rows that exist then are picked."
    )
    distinct_within: str | None = Field(
        None, min_length=1, description="The column of `per … as`: its children pick different rows."
    )
    same: str | None = Field(
        None,
        pattern=r"^\w+(\.\w+)*$",
        description="A column, perhaps through a reference, that leads to the row which both hang on: tenant_id.",
    )
    where: str | None = Field(None, min_length=1, description="A condition on the other row's columns: role = 'agent'.")
    differs_from: str | None = Field(
        None, pattern=r"^\w+(\.\w+)*$", description="Another reference to the same entity; never the row that it has."
    )
    null_fraction: FractionField = Field(0.0, description="The share of rows that point to none.")

    def way(self, same: str | None) -> Reference:
        """The generator of a column that leads to the rows; `same` as it is after columns that only copy."""
        return Reference(
            reference=self.to,
            pick=self.pick,
            capacity=None,
            existing_at=self.existing_at,
            distinct_within=self.distinct_within,
            same=same,
            where=self.where,
            differs_from=self.differs_from,
            comes_after=None,
        )
