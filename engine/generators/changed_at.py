"""When a row was last written."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.generators.base import Scope
from engine.generators.of_a_life import OfALife
from engine.types import TIMESTAMPTZ, PgType


class ChangedAt(OfALife):
    """When a row was last written: ``updated_at: {changed_at: created_at}``.

    Guarantees the moment of the last transition of any of the row's life cycles, and the column's where none happened.
    """

    kind: ClassVar[str] = "changed_at"
    changed_at: str = Field(description="The column with the moment of birth.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """timestamptz."""
        return TIMESTAMPTZ
