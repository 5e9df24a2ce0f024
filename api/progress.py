"""How far a run is, and its log: what its process tells, as the queue keeps it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from api.store import Log

MOST_LINES = 500


class Progress:
    """An observer that remembers what the process of a run tells."""

    def __init__(self, log: Log = ()) -> None:
        self._began = time.monotonic()
        self._stage = "compile"
        self._rows: dict[str, int] = {}
        self._expected: dict[str, float] = {}
        self._notes: list[str] = []
        self._log = list(log)
        self.refused = False

    @property
    def log(self) -> Sequence[Mapping[str, str]]:
        """The newest lines, oldest first."""
        return self._log[-MOST_LINES:]

    def write(self, text: str) -> None:
        """A line for the log."""
        self._log.append({"at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "text": text})
        del self._log[: -2 * MOST_LINES]

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """How many rows there will be."""
        self._expected = dict(rows)
        self.write(f"run {run_id}: about {sum(rows.values()):,.0f} rows in {len(rows)} entities")

    def phase(self, name: str) -> None:
        """A part of the run begins."""
        self._stage = name
        self.write(f"{name} ({sum(self._rows.values()):,} rows so far)")

    def loaded(self, entity: str, rows: int) -> None:
        """Rows are committed."""
        self._rows[entity] = self._rows.get(entity, 0) + rows

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._notes.append(text)
        self.write(text)

    def as_json(self) -> dict[str, Any]:
        """How far it is: rows by entity, rows a second, and seconds to go where they can be told."""
        done, expected = sum(self._rows.values()), sum(self._expected.values())
        seconds = max(time.monotonic() - self._began, 1e-6)
        left_s = (expected - done) * seconds / done if done and expected > done else None
        return {
            "stage": self._stage,
            "rows": dict(self._rows),
            "expected": {name: round(rows) for name, rows in self._expected.items()},
            "order": list(self._expected),
            "rows_per_second": round(done / seconds),
            "seconds": round(seconds, 1),
            "seconds_left": None if left_s is None else round(left_s, 1),
            "notes": list(self._notes),
            "lines": len(self._log),
            "refused": self.refused,
        }
