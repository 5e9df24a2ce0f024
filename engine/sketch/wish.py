"""What a draft is asked to be: how many rows, when, in which language, and which rows are there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.catalog.model import Check
from engine.sketch.made import Made
from engine.sketch.rhythm import Rhythm

TableKey = tuple[str, str]
"""(schema, name)"""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What was found out about columns of a table by trying: what to do so that a CHECK holds."""

    nulled: Mapping[str, str] = field(default_factory=dict)  # columns that stay null, and why
    made: Mapping[str, Made] = field(default_factory=dict)
    lookups: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # tables of values that belong together
    without: tuple[str, ...] = ()  # columns that are null for once, to see whether CHECKs hold then
    asked: tuple[Check, ...] = ()  # what is asked of its rows beside its CHECKs, so that these hold
    broken: str | None = None  # why nothing helps


@dataclass(frozen=True, slots=True)
class Wish:
    """What `engine init` is told. `rows` is the size of an average table, `start` and `end` are the window's."""

    start: date
    end: date
    rows: int = 1_000
    rows_given: bool = False  # whether the author asked for so many; else statistics have the last word
    scenario: str = "draft"
    seed: int = 1
    locale: str = "en_US"
    profile: bool = False
    timezone: str = "UTC"
    held: Mapping[TableKey, int] = field(default_factory=dict)  # rows of tables that are not filled, but pointed to
    empty: frozenset[TableKey] = frozenset()  # tables that a profile finds without a row
    closed: Mapping[TableKey, str] = field(default_factory=dict)  # tables that cannot be written to, and why
    remedies: Mapping[TableKey, Remedy] = field(default_factory=dict)
    without_types: frozenset[str] = frozenset()  # types of which the server can hold no value
    rhythms: Mapping[TableKey, tuple[str, Rhythm]] = field(default_factory=dict)
    """The column whose rows were counted by the hour, and what was seen."""

    @property
    def window(self) -> tuple[str, str]:
        """The window as texts."""
        return self.start.isoformat(), self.end.isoformat()
