"""What every sink can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from engine.batch import Batch, Partition
from engine.sink.parcel import Parcel


class Sink(Protocol):
    """Where partitions go, whole or not at all."""

    def pack(self, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
        """Accept a partition; pure, may run in a thread while another one is written. Raises LoadError."""

    async def write(self, partition: Partition, parcels: Sequence[Parcel]) -> dict[str, int]:
        """Store a partition; the rows of each entity. Raises LoadError or ConnectError, and then nothing is stored."""
