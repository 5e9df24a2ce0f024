"""What a row that records its parent's transition says of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.generators.base import Scope
from engine.generators.of_a_life import OfALife
from engine.types import TEXT, TIMESTAMPTZ, PgType


class TransitionColumn(OfALife):
    """What a row with `per: {on: …}` records: ``{transition: moment}``, ``{transition: to}`` or ``{transition: from}``.

    Guarantees the moments of the parent's transitions in order; `from` is null at the parent's birth. Refuses an
    entity without `on`.
    """

    kind: ClassVar[str] = "transition"
    transition: Literal["moment", "from", "to"] = Field(description="The moment, or the state before or after.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """timestamptz of a moment, text of a state."""
        return TIMESTAMPTZ if self.transition == "moment" else TEXT
