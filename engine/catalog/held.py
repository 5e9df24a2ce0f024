"""What tables held before an append: enough to go on behind it, small, and the same after being stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.catalog.sample import Sample


@dataclass(frozen=True, slots=True)
class Held:
    """What one table held.

    `furthest` are the last values of columns that are counted, as `sample.asked_as` writes them; `taken` the values,
    or combinations of values, that must not come again; `numbers` those in texts that have a row's number in them.
    """

    rows: int = 0
    furthest: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[Sample, ...] = ()
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Appended:
    """What a run that adds to tables found in them, by entity; `digest` tells this append from every other."""

    digest: str
    tables: Mapping[str, Held] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data, for the ledger."""
        return {"digest": self.digest, "tables": {name: _as_json(held) for name, held in self.tables.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Appended:
        """What `as_json` made."""
        return cls(data["digest"], {name: _from_json(held) for name, held in data["tables"].items()})


def _as_json(held: Held) -> dict[str, Any]:
    return {
        "rows": held.rows,
        "furthest": dict(held.furthest),
        "taken": [dict(sample.columns) for sample in held.taken],
        "numbers": list(held.numbers),
    }


def _from_json(data: Mapping[str, Any]) -> Held:
    taken: Sequence[Mapping[str, Sequence[str | None]]] = data["taken"]
    samples = (Sample({name: tuple(texts) for name, texts in columns.items()}) for columns in taken)
    return Held(data["rows"], dict(data["furthest"]), tuple(samples), tuple(data["numbers"]))
