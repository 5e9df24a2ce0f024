"""What travels from generation to a sink: the rows of one partition, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class TableId:
    """A table's two names, unquoted."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Batch:
    """At most 65,536 rows of one entity, ready for its table; the columns are the table's, hidden ones are gone.

    `faults` says how many rows each fault took, of all that were made at once: it stands in the first batch of them.
    """

    entity: str
    table: TableId
    rows: pa.RecordBatch
    faults: Mapping[str, int] = field(default_factory=dict)


_FAULT = "fault "


def fault_count(name: str) -> str:
    """What the rows of a fault are counted under, beside the rows of entities, whose names have no space."""
    return _FAULT + name


def is_fault_count(name: str) -> bool:
    """Whether a count is that of a fault."""
    return name.startswith(_FAULT)


@dataclass(frozen=True, slots=True)
class Partition:
    """A run [start, stop) of an entity's rows with all their children; the unit that commits as one."""

    entity: str
    number: int
    start: int
    stop: int
