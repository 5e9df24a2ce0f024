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
class Timing:
    """When and where a partition was made and sent; nanoseconds of the epoch, and of encoding."""

    began_ns: int
    generated_ns: int
    sent_ns: int  # when sending began
    committed_ns: int
    encode_ns: int
    size_bytes: int
    worker: int  # the process


@dataclass(frozen=True, slots=True)
class Done:
    """A partition is committed."""

    entity: str
    number: int
    rows: Mapping[str, int]
    timing: Timing


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker gave up; `error` is what the user is told."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker asks for its next partition."""
