"""What every request and answer carries: an id, the version that was asked for, and headers that keep pages safe."""

from __future__ import annotations

import re
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer

VERSIONS = ("2026-12-01",)
"""Newest first."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Envelope:
    """Gives each request an id and a version, and each answer both and the headers of `_SAFE`.

    X-Request-ID is taken over where it is a plain word.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else uuid4().hex
        version = headers.get("api-version", VERSIONS[0])
        scope["request_id"] = request_id

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                _stamp(MutableHeaders(scope=message), request_id, version if version in VERSIONS else VERSIONS[0])
            await send(message)

        await self.app(scope, receive, stamped)


class KnownVersions:
    """An unknown API-Version is a problem that lists the known ones."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through whose version is known."""
        if scope["type"] == "http" and Headers(scope=scope).get("api-version", VERSIONS[0]) not in VERSIONS:
            detail = f"the versions are {', '.join(VERSIONS)}"
            told = answer(scope.get("request_id"), HTTPStatus.BAD_REQUEST, "unknown-version", detail)
            await told(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _stamp(headers: MutableHeaders, request_id: str, version: str) -> None:
    headers["X-Request-ID"] = request_id
    headers["API-Version"] = version
    for name, value in _SAFE.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _POLICY)
