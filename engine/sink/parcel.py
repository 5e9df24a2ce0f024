"""A partition made ready to send: its rows, entity by entity, and how each is encoded. Pure, so a thread may do it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from engine.batch import Batch
from engine.catalog.model import Catalog, Table
from engine.errors import LoadError
from engine.sink.encode import TableEncoding, encoding_for


@dataclass(slots=True)
class Meter:
    """What encoding a parcel came to."""

    size_bytes: int = 0
    encode_ns: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """The rows of one entity in one partition; the columns' types are accepted."""

    entity: str
    table: Table
    encoding: TableEncoding
    batches: tuple[pa.RecordBatch, ...]
    faults: Mapping[str, int] = field(default_factory=dict)  # rows of each fault, by `batch.fault_count`
    meter: Meter = field(default_factory=Meter)
    made: Parcel | None = None  # the same rows as they were made, where texts were read for a binary COPY

    @property
    def told(self) -> Parcel:
        """The rows with values that a person can read."""
        return self.made or self

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in self.batches)

    @property
    def by_insert(self) -> bool:
        """Whether COPY would be refused, because row-level security applies to us."""
        return self.table.row_security

    def chunks(self) -> Iterator[pa.Buffer]:
        """The whole COPY, a chunk at a time: encoded when asked for, so that memory is used again while it is warm.

        Raises LoadError for a value that PostgreSQL cannot store.
        """
        chunks = self.encoding.encode(self.batches)
        while True:
            began = time.perf_counter_ns()
            chunk = next(chunks, None)
            self.meter.encode_ns += time.perf_counter_ns() - began
            if chunk is None:
                return
            self.meter.size_bytes += chunk.size
            yield chunk


def pack(catalog: Catalog, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
    """Group batches by entity, in order of first appearance, and accept their types. Raises LoadError."""
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
    faults: Counter[str] = Counter()
    for batch in batches:
        faults.update(batch.faults)
    made = Parcel(entity, table, encoding, tuple(batch.rows for batch in batches), faults)
    if table.row_security:  # INSERT takes texts
        return made
    read, rows = encoding.read(made.batches)
    return made if read is encoding else Parcel(entity, table, read, rows, faults, made=made)


def counted(parcels: Iterable[Parcel]) -> dict[str, int]:
    """The rows of each entity, and of each fault."""
    found: dict[str, int] = {}
    for parcel in parcels:
        found |= {parcel.entity: parcel.rows, **parcel.faults}
    return found
