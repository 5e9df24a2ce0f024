"""What an expression may ask of time beyond its row: how busy a timeline is, and whether an event is on."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from engine.expressions.column import Numbers
from engine.types import I64

OWN = "\0moment"
"""The name of the row's own moment where an expression means it without naming it; no text can write a NUL."""

TIMELINE, EVENT = "\0timeline ", "\0event "
"""What stands before the name of a timeline or an event among the names of an expression."""


@runtime_checkable
class Curve(Protocol):
    """Something that is known of every moment; frozen and picklable."""

    def at(self, moment: I64) -> Numbers:
        """Its value at moments in microseconds UTC, (n,) → (n,)."""
