"""What tables held before an append: enough to go on behind it, small, and the same after being stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """What the table of an entity held.

    `offset` is what row numbers count on from; `ends` are the first and the last value of columns that are counted, as
    `sample.asked_as` writes them; `passed` are places in what is dealt out that rows of before have, ascending;
    `most` is how many rows can be added, where fewer than are asked for have values that are free. No value of a row is
    kept but those ends.
    """

    rows: int = 0
    offset: int = 0
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    passed: tuple[int, ...] = ()
    most: int | None = None


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
    ends = {name: list(both) for name, both in held.ends.items()}
    return {"rows": held.rows, "offset": held.offset, "ends": ends, "passed": list(held.passed), "most": held.most}


def _from_json(data: Mapping[str, Any]) -> Held:
    ends = {name: (first, last) for name, (first, last) in data["ends"].items()}
    return Held(data["rows"], data["offset"], ends, tuple(data["passed"]), data.get("most"))
