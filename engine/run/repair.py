"""After a kill: constraints back from the ledger's records alone."""

from __future__ import annotations

from engine.batch import TableId
from engine.ledger import claim_tables
from engine.run.course import bring_back, pending
from engine.run.database import connected, open_ledger, resolve


async def repair(dsn: str | None) -> tuple[str, ...]:
    """Restore everything that is suspended; what came back, in words.

    Raises Refused while the run that suspended it is at work; RestoreError where rows are in the way: the run must be
    resumed, or its rows removed.
    """
    target = await resolve(dsn)
    async with connected(target) as connection:
        ledger = await open_ledger(connection, target)
        await claim_tables(connection, tuple({TableId(s.schema, s.table): None for s in await pending(ledger)}))
        suspensions = await pending(ledger)
        await bring_back(target, connection, suspensions)
        return tuple(map(str, suspensions))
