"""The state that a row is in."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.generators.base import Scope
from engine.generators.of_a_life import OfALife
from engine.types import TEXT, ColumnPath, PgType


class LifecycleColumn(OfALife):
    """The state that a row is in: ``status: {lifecycle: fulfilment}``.

    Guarantees the state as of the end of the window: what would happen later has not happened. The columns that
    transitions set are made with it; those that are also declared have that value at birth. Null where the row has
    no moment to be born at. Refuses labels that the column cannot hold.
    """

    kind: ClassVar[str] = "lifecycle"
    lifecycle: str = Field(description="One of the spec's lifecycles.")
    from_: str | None = Field(
        None, alias="from", description="The moment at which it begins; the entity's own unless given."
    )
    until: str | None = Field(None, description="A moment that ends it: nothing happens from then on, if ever.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def born(self, moment: str | None) -> ColumnPath | None:
        """The column at whose moment it begins."""
        name = self.from_ or moment
        return None if name is None else tuple(name.split("."))
