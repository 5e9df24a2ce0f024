"""What the ledger remembers of a run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from engine.batch import TableId
from engine.catalog.held import Appended
from engine.catalog.sample import Samples
from engine.errors import LedgerError


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it was asked for: enough to do it again. `target` is the database's name, never its password."""

    id: UUID
    scenario: str
    seed: int
    spec: str
    file: str
    parameters: Mapping[str, str]
    clock: datetime
    target: str
    fingerprint: Mapping[str, str]
    workers: int | None
    rows_expected: int
    samples: Samples = field(default_factory=dict)  # of rows that were there before, which it must find again
    filled: tuple[TableId, ...] = ()
    appended: Appended | None = None  # what a run that adds to tables found in them
    cleaned_at: datetime | None = None  # when its rows were removed again


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of `engine runs`."""

    id: UUID
    scenario: str
    seed: int
    status: str
    created_at: datetime
    finished_at: datetime | None
    rows: int
    error: str | None
    cleaned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """When a run began and how it ended: what went wrong, and the report as ``--json`` printed it, empty before."""

    created_at: datetime
    error: str | None
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DonePartition:
    """A partition that is committed, and the rows of each entity in it."""

    entity: str
    number: int
    rows: Mapping[str, int]


def new_run_id() -> UUID:
    """A UUID of version 7 (RFC 9562): runs sort by the time they began."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | random & (1 << 62) - 1)


def unknown(run: UUID) -> LedgerError:
    """What is told of a run that is in no ledger."""
    return LedgerError(f"the ledger knows no run {run}\n  hint: `engine runs` lists them")


def filled_as_json(tables: tuple[TableId, ...]) -> str:
    """Tables as JSON for the ledger."""
    return json.dumps([[table.schema, table.name] for table in tables], ensure_ascii=False)


def filled_from_json(text: str) -> tuple[TableId, ...]:
    """What `filled_as_json` made."""
    return tuple(TableId(schema, name) for schema, name in json.loads(text))


def appended_from_json(text: str | None) -> Appended | None:
    """What a run that adds to tables found in them, from JSON."""
    return None if text is None else Appended.from_json(json.loads(text))


def as_text(value: Mapping[str, object]) -> str:
    """A mapping as JSON for the ledger, the same text for the same content."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
