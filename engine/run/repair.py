"""After a kill: constraints back from the ledger's records alone."""

from __future__ import annotations

from engine.run.course import bring_back, pending
from engine.run.database import connected, open_ledger, resolve


async def repair(dsn: str | None) -> tuple[str, ...]:
    """Restore everything that is suspended; what came back, in words.

    Raises RestoreError where rows are in the way: the run must be resumed, or its rows removed.
    """
    target = await resolve(dsn)
    async with connected(target) as connection:
        ledger = await open_ledger(connection, target)
        suspensions = await pending(ledger)
        await bring_back(target, connection, suspensions)
        return tuple(map(str, suspensions))
