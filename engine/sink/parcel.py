"""A partition made ready to send: its rows, entity by entity, as the bytes of a COPY. Pure, so a thread may do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from engine.batch import Batch
from engine.catalog.model import Catalog, Table
from engine.errors import LoadError
from engine.sink.encode import TableEncoding, encoding_for


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """The rows of one entity in one partition. `data` is the whole COPY, or None where the rows go by INSERT."""

    entity: str
    table: Table
    encoding: TableEncoding
    batches: tuple[pa.RecordBatch, ...]
    data: tuple[pa.Buffer, ...] | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in self.batches)

    @property
    def size_bytes(self) -> int:
        """The length of the COPY."""
        return sum(buffer.size for buffer in self.data or ())


def pack(catalog: Catalog, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
    """Group batches by entity, in the order in which the entities first appear, and encode them. Raises LoadError."""
    entities: dict[str, list[Batch]] = {}
    for batch in batches:
        entities.setdefault(batch.entity, []).append(batch)
    return tuple(_pack(catalog, entity, own) for entity, own in entities.items())


def _pack(catalog: Catalog, entity: str, batches: list[Batch]) -> Parcel:
    first = batches[0]
    table = catalog.tables.get((first.table.schema, first.table.name))
    if table is None:
        raise LoadError(f"{entity}: there is no table {first.table}")
    encoding = encoding_for(table, first.rows.schema.names)
    for batch in batches:
        encoding.require(batch.rows.schema)
    rows = tuple(batch.rows for batch in batches)
    data = None if table.row_security else tuple(encoding.encode(rows))
    return Parcel(entity, table, encoding, rows, data)
