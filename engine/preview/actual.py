"""What a run left in its tables, in the parts that its preview was cut into: planned beside actual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.preview.model import Bar, Period, Share


@dataclass(frozen=True, slots=True)
class EntityActual:
    """One entity after a run: the rows it committed, those in its table now, and how they lie.

    `counts` are rows in the parts of the preview's time; `bars`, `periods` and `shares` have the preview's edges and
    values; `nulls` are shares by column. `note` says what was not looked at, or only in part.
    """

    committed: int
    present: int | None = None
    counts: tuple[float, ...] = ()
    bars: tuple[Bar, ...] = ()
    periods: tuple[Period, ...] = ()
    shares: tuple[Share, ...] = ()
    nulls: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Actual:
    """A run as it came out. `expectations` are what the run itself found, as its report has them."""

    run_id: str
    status: str
    begun: datetime
    seconds: float | None
    error: str | None
    entities: Mapping[str, EntityActual]
    expectations: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fulfilled(self) -> bool:
        """Whether every expectation came true."""
        return all(outcome["passed"] for outcome in self.expectations)
