"""How often a row was written."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.generators.base import Scope
from engine.generators.of_a_life import OfALife
from engine.types import INT8, PgType


class Version(OfALife):
    """How often a row was written: ``version: {version: 1}`` is 1 at birth and one more after each change.

    Guarantees that it counts the moments at which transitions of the row's life cycles happened: two at the same
    microsecond are one, and one at the birth is none.
    """

    kind: ClassVar[str] = "version"
    version: int = Field(ge=0, le=1_000_000, description="The first version.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int8."""
        return INT8
