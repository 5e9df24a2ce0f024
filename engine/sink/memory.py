"""The sinks without a server: one drops what it encodes, one keeps the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from engine.batch import Batch, Partition, TableId
from engine.catalog.model import Catalog
from engine.sink.parcel import Parcel, counted, pack


class NullSink:
    """Encodes everything and drops it: what generation costs without a server."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.size_bytes = 0

    def pack(self, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
        """Accept a partition. Raises LoadError."""
        return pack(self._catalog, batches)

    async def write(self, partition: Partition, parcels: Sequence[Parcel]) -> dict[str, int]:  # noqa: ARG002
        """Encode, count and forget. Raises LoadError."""
        self.size_bytes += sum(chunk.size for parcel in parcels for chunk in parcel.chunks())
        return counted(parcels)


class MemorySink:
    """Keeps the rows of every table, partition by partition, as they would have been sent."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rows: dict[TableId, dict[tuple[str, int], list[pa.RecordBatch]]] = {}

    def pack(self, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
        """Accept a partition. Raises LoadError."""
        return pack(self._catalog, batches)

    async def write(self, partition: Partition, parcels: Sequence[Parcel]) -> dict[str, int]:
        """Keep a partition; writing it again replaces it. Raises LoadError for values that no server would take."""
        for parcel in parcels:
            kept = self._rows.setdefault(TableId(parcel.table.schema, parcel.table.name), {})
            kept[partition.entity, partition.number] = []
        for parcel in parcels:
            kept = self._rows[TableId(parcel.table.schema, parcel.table.name)]
            kept[partition.entity, partition.number] += map(parcel.encoding.conform, parcel.batches)
        return counted(parcels)

    def table(self, table: TableId) -> pa.Table:
        """All rows of a table in the order of their partitions. Raises KeyError for a table without any."""
        kept = self._rows[table]
        return pa.Table.from_batches([batch for key in sorted(kept) for batch in kept[key]])
