"""What travels from generation to a sink: the rows of one partition, table by table."""

from __future__ import annotations

from dataclasses import dataclass

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
    """At most 65,536 rows of one entity, ready for its table; the columns are the table's, hidden ones are gone."""

    entity: str
    table: TableId
    rows: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Partition:
    """A run [start, stop) of an entity's rows with all their children; the unit that commits as one."""

    entity: str
    number: int
    start: int
    stop: int
