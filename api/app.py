"""The application: routes, what lies around each request, and what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api.access import OwnNamesOnly
from api.envelope import Envelope, KnownVersions
from api.latest import Latest
from api.limits import Pace, Patience
from api.pages import page_routes
from api.problems import HANDLERS
from api.process import warm
from api.routes import OPERATIONS
from api.runner import Runner
from api.settings import Settings
from api.store import opened
from api.telemetry import Watch, begin
from api.turns import Turns


def build(settings: Settings) -> Starlette:
    """The application for some settings; without tokens it answers to the names of this machine alone."""
    around = [
        Middleware(Envelope),
        Middleware(Watch),
        Middleware(KnownVersions),
        Middleware(Pace, per_minute=settings.per_minute),
        Middleware(Patience, answer_s=settings.answer_s),
        Middleware(OwnNamesOnly, hosts=() if settings.tokens else settings.hosts, origins=settings.origins),
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "API-Version", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["API-Version", "X-Request-ID", "Location"],
        ),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings.state) as store:
            app.state.store, runner = store, Runner(store, settings)
            begin()
            app.state.turns = Turns(settings.compiling, runner.is_busy)
            app.state.latest = Latest(store)
            app.state.working = working = [asyncio.create_task(_serve(runner)), asyncio.create_task(runner.watch())]
            try:
                yield
            finally:
                for task in working:
                    task.cancel()
                await runner.close()

    routes = [*page_routes(OPERATIONS), *(one.route() for one in OPERATIONS)]
    app = Starlette(routes=routes, middleware=around, exception_handlers=dict(HANDLERS), lifespan=lifespan)
    app.state.settings = settings
    return app


async def _serve(runner: Runner) -> None:
    await warm()
    await runner.serve()
