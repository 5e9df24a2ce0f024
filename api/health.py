"""Whether the server is up, and whether it can do its work; each part with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.settings import Settings, settings_of
from api.store import Store
from engine.dsn import connect
from engine.embedded import Resident
from engine.errors import EngineError

PATIENCE_S = 5.0


class Alive(BaseModel):
    """The process answers."""

    status: str


class Part(BaseModel):
    """One thing that is needed."""

    ready: bool
    reason: str


class Ready(BaseModel):
    """Everything that is needed, by name."""

    ready: bool
    parts: dict[str, Part]


async def live(request: Request) -> Response:  # noqa: ARG001
    """The process answers; nothing else is looked at."""
    return JSONResponse(Alive(status="live").model_dump())


async def ready(request: Request) -> Response:
    """Whether every target can be reached, and the queue is there and has room; 503 where not."""
    settings = settings_of(request)
    names = list(settings.targets)
    found = await asyncio.gather(*(_target(settings.targets[name]) for name in names))
    parts = {f"target {name}": part for name, part in zip(names, found, strict=True)}
    parts["queue"] = await _queue(request.app.state.store, settings)
    parts["runner"] = _runner(request.app.state.working)
    whole = Ready(ready=all(part.ready for part in parts.values()), parts=parts)
    return JSONResponse(whole.model_dump(), 200 if whole.ready else 503)


async def _queue(store: Store, settings: Settings) -> Part:
    """The queue: its table, migrated to the newest, and room in it."""
    try:
        migrated = await asyncio.wait_for(store.migrated(), PATIENCE_S)
        waiting = await asyncio.wait_for(store.waiting(), PATIENCE_S)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Part(ready=False, reason="its database cannot be reached")
    if not migrated:
        return Part(ready=False, reason="its database is not migrated: start the server anew")
    return Part(ready=waiting < settings.queue, reason=f"{waiting} of {settings.queue} places are taken")


def _runner(working: Sequence[asyncio.Task[None]]) -> Part:
    """Whoever takes runs from the queue, and measures it."""
    if any(task.done() for task in working):
        return Part(ready=False, reason="it has ended by a mistake of the engine's: start the server anew")
    return Part(ready=True, reason="takes what waits")


async def _target(dsn: str | None) -> Part:
    """One target; the engine's own server is started when a run needs it."""
    if dsn is None and not await asyncio.to_thread(lambda: Resident().status().running):
        return Part(ready=True, reason="the engine's own server is not running; it starts with the first run")
    try:
        address = dsn if dsn is not None else await asyncio.to_thread(Resident().url)
        connection = await asyncio.wait_for(connect(address), PATIENCE_S)
    except TimeoutError:
        return Part(ready=False, reason=f"no answer in {PATIENCE_S:g} s")
    except EngineError:
        return Part(ready=False, reason="it cannot be reached, or refuses us")
    try:
        version = connection.get_server_version().major
    finally:
        await connection.close(timeout=PATIENCE_S)
    return Part(ready=True, reason=f"PostgreSQL {version} answers")
