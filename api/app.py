"""The application: routes, what lies around each request, and what it is told."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api.access import OwnNamesOnly
from api.envelope import Envelope
from api.limits import Pace, Patience
from api.problems import HANDLERS
from api.routes import OPERATIONS
from api.settings import Settings


def build(settings: Settings) -> Starlette:
    """The application for some settings; without tokens it answers to the names of this machine alone."""
    around = [
        Middleware(Envelope),
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
    app = Starlette(routes=[one.route() for one in OPERATIONS], middleware=around, exception_handlers=dict(HANDLERS))
    app.state.settings = settings
    return app
