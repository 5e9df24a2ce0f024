"""What a worker is told, and what it answers; small and picklable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.batch import BATCH_ROWS
from engine.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Load:
    """A plan and where its rows go. Without a `dsn` they are encoded and dropped (to measure generation)."""

    plan: Plan
    run_id: str
    dsn: str | None = None
    ledger_file: str | None = None  # where the parent keeps the ledger, if not in the target
    batch_rows: int = BATCH_ROWS
    connections: int = 1  # of each process


@dataclass(frozen=True, slots=True)
class Done:
    """A partition is committed."""

    entity: str
    number: int
    rows: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker gave up; `error` is what the user is told."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker asks for its next partition."""
