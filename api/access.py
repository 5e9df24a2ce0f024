"""Who may do what: tokens, which are kept as hashes, and what their roles allow."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import Problem, answer
from engine.errors import UsageError

_LINE = re.compile(r"([A-Za-z0-9_.-]{1,64})\s+(read|run|admin)\s+sha256:([0-9a-f]{64})")
COOKIE = "engine_token"
_PREFIX = "engine_"


class Role(IntEnum):
    """What a caller may do; each includes the ones before it."""

    NOBODY = 0
    READ = 1
    RUN = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A token by its hash: SHA-256 of 256 random bits needs no salt."""

    name: str
    role: Role
    digest: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    name: str
    role: Role


def new_token(name: str, role: Role) -> tuple[str, str]:
    """A new token, to be shown once, and its line for ENGINE_TOKENS. Raises UsageError for a bad name."""
    token = _PREFIX + secrets.token_urlsafe(32)
    line = f"{name} {role.name.lower()} sha256:{_digest(token)}"
    read_tokens([line])
    return token, line


def read_tokens(lines: Iterable[str]) -> tuple[Token, ...]:
    """Tokens from lines such as ``ci run sha256:…``. Raises UsageError; never repeats what a line holds."""
    found: list[Token] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise UsageError(
                f"line {number} of ENGINE_TOKENS is not NAME read|run|admin sha256:HASH\n"
                "  hint: `engine serve --new-token NAME:ROLE` writes one"
            )
        found.append(Token(match[1], Role[match[2].upper()], match[3]))
    return tuple(found)


def caller_of(tokens: tuple[Token, ...], authorization: str | None) -> Caller:
    """Who sent an Authorization header. Raises Problem (401). Takes as long for every wrong token."""
    scheme, _, token = (authorization or "").partition(" ")
    given, found = _digest(token.strip()), None
    for known in tokens:
        if hmac.compare_digest(known.digest, given):
            found = known
    if scheme.lower() != "bearer" or found is None:
        detail = "send Authorization: Bearer and a token" if not authorization else "this token is not known"
        raise Problem(HTTPStatus.UNAUTHORIZED, "no-token", detail, {"WWW-Authenticate": "Bearer"})
    return Caller(found.name, found.role)


def require(request: Request, role: Role) -> Caller:
    """The caller, if he may. Raises Problem (401, 403)."""
    tokens: tuple[Token, ...] = request.app.state.settings.tokens
    if not tokens:
        return Caller("local", Role.ADMIN)  # without tokens we listen on this machine alone
    if role is Role.NOBODY:
        return Caller("anybody", Role.NOBODY)
    kept = request.cookies.get(COOKIE)  # of somebody who signed in on the page
    caller = caller_of(tokens, request.headers.get("authorization") or (f"Bearer {kept}" if kept else None))
    if caller.role < role:
        needed = role.name.lower()
        raise Problem(HTTPStatus.FORBIDDEN, "wrong-role", f"'{caller.name}' may not: this takes the role {needed}")
    return caller


class OwnNamesOnly:
    """Refuses what another site's page sends through a browser of somebody who may.

    It cannot ask under a name that is not ours (`hosts`, none for any), and what changes something only from a page of
    ours or of a site on the list (`origins`).
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...], origins: tuple[str, ...]) -> None:
        self.app = app
        self.hosts = hosts
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what no page sent, a page of ours, or one of a site on the list."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, changes = Headers(scope=scope), scope["method"] not in ("GET", "HEAD", "OPTIONS")
        host, origin = headers.get("host", ""), headers.get("origin")
        if self.hosts and _name(host) not in self.hosts:
            refusal = "wrong-host", "this server does not go by that name"
        elif changes and origin is not None and origin not in self.origins and origin.partition("://")[2] != host:
            refusal = "wrong-origin", "pages of this site may not ask"
        else:
            await self.app(scope, receive, send)
            return
        await answer(scope.get("request_id"), HTTPStatus.FORBIDDEN, *refusal)(scope, receive, send)


def _name(host: str) -> str:
    """A Host header without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
