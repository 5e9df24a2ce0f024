"""Partitions into PostgreSQL: one transaction each, its rows by COPY and its line in the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

import asyncpg
import pyarrow as pa

from engine.batch import Batch, Partition
from engine.catalog.model import Catalog
from engine.sink.encode import CopyFormat
from engine.sink.errors import GONE, refusal
from engine.sink.insert import insert
from engine.sink.lockers import LockedError, Wish, who_holds
from engine.sink.lost import while_connected
from engine.sink.parcel import Parcel, counted, pack

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Record: TypeAlias = Callable[[Connection, Partition, dict[str, int]], Awaitable[None]]
"""Writes a partition's line in the ledger, inside the transaction that holds its rows."""

LOCK_TIMEOUT = "30s"
"""How long the rows of a partition wait for a lock of another session."""
_SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": LOCK_TIMEOUT,
    "datestyle": "ISO, YMD",
    "timezone": "UTC",
}


async def prepare(connection: Connection, *, durable: bool = False) -> None:
    """Set a session up for loading; unless `durable`, a commit does not wait for the disk.

    A partition's rows and its line in the ledger are lost together or not at all, so a server crash costs at most
    the last partitions, which `resume` makes again.
    """
    settings = _SETTINGS | ({} if durable else {"synchronous_commit": "off"})
    for name, value in settings.items():
        await connection.execute("select pg_catalog.set_config($1, $2, false)", name, value)


class PostgresSink:
    """Writes through one connection, which must be this sink's alone."""

    def __init__(self, connection: Connection, catalog: Catalog, record: Record | None = None) -> None:
        self._connection = connection
        self._catalog = catalog
        self._record = record

    def pack(self, batches: Iterable[Batch]) -> tuple[Parcel, ...]:
        """Accept a partition; pure, may run in a thread while another one is written. Raises LoadError."""
        return pack(self._catalog, batches)

    async def write(self, partition: Partition, parcels: Sequence[Parcel]) -> dict[str, int]:
        """Store a partition and its ledger line in one transaction; the rows of each entity and fault.

        Raises LoadError, LockedError or ConnectError; then, as when this task is cancelled, nothing of it is stored.
        """
        under_way: Parcel | None = None
        rows = counted(parcels)
        try:
            async with self._connection.transaction():
                for parcel in parcels:
                    under_way = parcel
                    await send(self._connection, parcel)
                under_way = None
                if self._record:
                    await self._record(self._connection, partition, rows)
        except asyncpg.LockNotAvailableError as error:
            who = await who_holds(self._connection, Wish.WRITE, LOCK_TIMEOUT)
            raise LockedError(f"partition {partition.number} of {partition.entity}: {who}") from error
        except (asyncpg.PostgresError, OSError, *GONE) as error:
            raise refusal(error, partition, under_way) from error
        return rows


async def send(connection: Connection, parcel: Parcel) -> None:
    """Write the rows of a parcel into its table, inside whatever transaction there is. Raises PostgresError."""
    if parcel.by_insert:
        await insert(connection, parcel)
        return
    copying = connection.copy_to_table(
        parcel.table.name,
        schema_name=parcel.table.schema,
        columns=list(parcel.encoding.columns),
        source=_stream(parcel),
        format="binary" if parcel.encoding.format is CopyFormat.BINARY else "csv",
    )
    await while_connected(connection, copying)


async def _stream(parcel: Parcel) -> AsyncIterator[pa.Buffer]:
    for chunk in parcel.chunks():
        yield chunk
