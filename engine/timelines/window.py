"""The span of time that a timeline is compiled for."""

from __future__ import annotations

from typing import Protocol


class Window(Protocol):
    """A half-open span in microseconds since 1970 UTC, and the name of the time zone whose days it has."""

    @property
    def start(self) -> int:
        """The first microsecond inside."""

    @property
    def end(self) -> int:
        """The first microsecond after it."""

    @property
    def timezone(self) -> str:
        """An IANA time zone."""
