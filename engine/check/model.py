"""A question that PostgreSQL answers, the answer that is wanted, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.spec.expect import Bound, spelled


@dataclass(frozen=True, slots=True)
class Equals:
    """One value, this one; None is null."""

    value: Bound | bool | None

    def __str__(self) -> str:
        return "null" if self.value is None else spelled(self.value)


@dataclass(frozen=True, slots=True)
class Between:
    """One value, from `low` to `high`, both allowed."""

    low: Bound
    high: Bound

    def __str__(self) -> str:
        return f"{spelled(self.low)} to {spelled(self.high)}"


@dataclass(frozen=True, slots=True)
class Empty:
    """No row."""

    def __str__(self) -> str:
        return "no row"


@dataclass(frozen=True, slots=True)
class FallsIn:
    """A wall time in one of these half-open spans; `words` are the author's."""

    spans: tuple[tuple[datetime, datetime], ...]
    words: str

    def __str__(self) -> str:
        return f"in {self.words}"


Verdict: TypeAlias = Equals | Between | Empty | FallsIn

Told: TypeAlias = tuple[bool, str | None]
"""Whether it is as it must be, and what it is."""


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that only reads, and the verdict on what it returns."""

    name: str
    query: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check came out. `actual` is what PostgreSQL said, as text; `trouble` why it could not be asked."""

    name: str
    passed: bool
    expected: str
    actual: str | None = None
    trouble: str | None = None
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """One of the report's `expectations`."""
        return {
            "name": self.name,
            "passed": self.passed,
            "expected": self.expected,
            "actual": self.actual,
            "seconds": round(self.seconds, 3),
            "trouble": self.trouble,
        }
