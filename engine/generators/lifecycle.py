"""The state that a row is in."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from engine.generators.base import Scope
from engine.generators.of_a_life import OfALife
from engine.types import TEXT, ColumnPath, PgType


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


StatesField = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    Field(min_length=1, max_length=1_000, strict=False),
]


class LifecycleColumn(OfALife):
    """The state that a row is in: ``status: {lifecycle: fulfilment}``.

    Guarantees the state as of the end of the window: what would happen later has not happened. The columns that
    transitions set are made with it; those that are also declared have that value at birth. Null where the row has
    no moment to be born at. With ``while: {status: [active, past_due]}`` it goes on only while another life of the row
    is in one of these states: what would happen when that has left them, or is in others at its birth, does not happen.
    Refuses labels that the column cannot hold, and lives that wait for each other.
    """

    kind: ClassVar[str] = "lifecycle"
    lifecycle: str = Field(description="One of the spec's lifecycles.")
    from_: str | None = Field(
        None, alias="from", description="The moment at which it begins; the entity's own unless given."
    )
    until: str | None = Field(None, description="A moment that ends it: nothing happens from then on, if ever.")

    while_: dict[str, StatesField] = Field(
        default_factory=dict,
        alias="while",
        max_length=8,
        description="Other lives of the row, and states of theirs: it stops for good where one leaves them.",
    )

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def born(self, moment: str | None) -> ColumnPath | None:
        """The column at whose moment it begins."""
        name = self.from_ or moment
        return None if name is None else tuple(name.split("."))
