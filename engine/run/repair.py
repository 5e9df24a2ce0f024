"""After a kill: constraints back from the ledger's records alone."""

from __future__ import annotations

from pathlib import Path

from engine.batch import TableId
from engine.ledger import claim_tables
from engine.run.course import bring_back, pending
from engine.run.database import connected, open_ledger, resolve


async def repair(dsn: str | None, ledger: Path | None = None) -> tuple[str, ...]:
    """Restore everything that is suspended, by the ledger in a file where one is named; what came back, in words.

    Raises Refused while the run that suspended it is at work; RestoreError where rows are in the way: the run must be
    resumed, or its rows removed.
    """
    target = await resolve(dsn)
    async with connected(target) as connection, open_ledger(connection, target, ledger) as books:
        tables = {TableId(s.schema, s.table): None for s in await pending(books.ledger)}
        await claim_tables(connection, tuple(tables))
        suspensions = await pending(books.ledger)
        await bring_back(target, connection, suspensions, books)
        return tuple(map(str, suspensions))
