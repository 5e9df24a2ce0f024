"""Looking without touching: validating a spec, and planning a run of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog.from_metadata import catalog_from_metadata
from engine.catalog.model import Catalog
from engine.embedded import Resident
from engine.run.course import decide
from engine.run.database import connected, resolve
from engine.run.prepare import Prepared, Request, compiled, prepare, read
from engine.sink.constraints import Decision
from migrations.shop import metadata


@dataclass(frozen=True, slots=True)
class Outlook:
    """A compiled spec and, where there is a database to ask, what would be suspended in it."""

    prepared: Prepared
    decisions: tuple[Decision, ...] | None


async def check(request: Request, dsn: str | None) -> Prepared:
    """Compile a spec against the user's database, or against what is known of the shop. Raises SpecError."""
    if dsn is not None:
        async with connected(dsn) as connection:
            return await prepare(connection, request)
    return compiled(request, read(request), shop_catalog())


async def outlook(request: Request, dsn: str | None) -> Outlook:
    """Compile a spec and survey its tables; nothing is changed. Raises SpecError, ConnectError.

    Without a DSN the engine's own server is asked if it runs, and else nobody.
    """
    if dsn is None and Resident().status().running:
        dsn = await resolve(None)
    if dsn is None:
        return Outlook(await check(request, None), None)
    async with connected(dsn) as connection:
        prepared = await prepare(connection, request)
        return Outlook(prepared, await decide(connection, prepared.plan))


def shop_catalog() -> Catalog:
    """The shop's tables, known without a server."""
    return catalog_from_metadata(metadata)
