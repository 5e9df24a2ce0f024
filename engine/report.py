"""What a run did, as the command line, the API and the ledger tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from engine.telemetry.catalogue import STAGES


class Status(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class EntityReport:
    """Rows loaded for one entity."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class FaultReport:
    """Rows that a fault changed, or copies that it made."""

    entity: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a run and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of an entity lie in time: `counts` in equal parts of [start, end), microseconds UTC.

    `timezone` is the clock that the author reads; `written` says whether `column` is one of the table.
    """

    entity: str
    column: str
    start: int
    end: int
    counts: tuple[int, ...]
    timezone: str = "UTC"
    written: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """One run, ended. `seconds` count from the first row made to the last statistics, without the time of checks.

    `expectations` are what the spec expects, each with its name, whether it `passed`, what was expected and found.
    """

    run_id: str
    scenario: str
    seed: int
    status: Status
    entities: dict[str, EntityReport]
    seconds: float
    phases: tuple[Phase, ...] = ()
    shapes: tuple[Shape, ...] = ()
    notes: tuple[str, ...] = ()
    diagnostics: tuple[str, ...] = ()
    expectations: tuple[dict[str, object], ...] = field(default=())
    trace_id: str | None = None
    faults: Mapping[str, FaultReport] = field(default_factory=dict)

    @staticmethod
    def from_json(told: Mapping[str, Any], status: Status) -> Report:
        """The report that an object of ``--json`` is of, without shapes; `status` may be a later one."""
        return Report(
            run_id=told["run_id"],
            scenario=told["scenario"],
            seed=told["seed"],
            status=status,
            entities={name: EntityReport(**one) for name, one in told["entities"].items()},
            seconds=told["seconds"],
            phases=tuple(Phase(name, told["phases"][name]) for name in STAGES if name in told["phases"]),
            notes=tuple(told["notes"]),
            diagnostics=tuple(told["diagnostics"]),
            expectations=tuple(told["expectations"]),
            trace_id=told["trace_id"],
            faults={name: FaultReport(**one) for name, one in told["faults"].items()},
        )

    @property
    def fulfilled(self) -> bool:
        """Whether every expectation came true."""
        return all(outcome["passed"] for outcome in self.expectations)

    @property
    def rows(self) -> int:
        """Rows loaded in all."""
        return sum(e.rows for e in self.entities.values())

    @property
    def rows_per_second(self) -> int:
        """Rows over seconds, whole."""
        return round(self.rows / self.seconds) if self.seconds else 0

    def as_json(self) -> dict[str, object]:
        """The object that ``--json`` prints last."""
        return {
            "run_id": self.run_id,
            "scenario": self.scenario,
            "seed": self.seed,
            "status": str(self.status),
            "entities": {n: {"table": e.table, "rows": e.rows} for n, e in self.entities.items()},
            "faults": {n: {"entity": f.entity, "kind": f.kind, "rows": f.rows} for n, f in self.faults.items()},
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "rows_per_second": self.rows_per_second,
            "phases": {p.name: round(p.seconds, 3) for p in self.phases},
            "notes": list(self.notes),
            "expectations": list(self.expectations),
            "diagnostics": list(self.diagnostics),
            "trace_id": self.trace_id,
        }


class Observer(Protocol):
    """Who watches a run; called from the run's own thread, and must return at once."""

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """A run begins; how many rows each entity is expected to get, in loading order."""

    def phase(self, name: str) -> None:
        """The run goes on to its next part: suspend, load, rebuild, analyze, check."""

    def loaded(self, entity: str, rows: int) -> None:
        """So many more rows of an entity are committed."""

    def note(self, text: str) -> None:
        """Something the user should know, in one line."""


class Silence:
    """An observer that nobody listens to."""

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """Nothing."""

    def phase(self, name: str) -> None:
        """Nothing."""

    def loaded(self, entity: str, rows: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
