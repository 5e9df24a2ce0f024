"""A server that is asked over HTTP, and what its answers mean."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engine.errors import Code, ConnectError, Diagnostic, EngineError, Location, Refused, SpecError, UsageError

TIMEOUT_S = 90.0
"""Longer than a server may take for an answer."""
PATIENCE_S = 60.0
"""How long a server that is full, or asks us to slow down, is asked again."""
AGAIN = (429, 503)


class Lost(ConnectError):
    """The server cannot be reached, or the connection broke."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and the token it is asked with."""

    parts: SplitResult
    token: str | None

    @property
    def name(self) -> str:
        """The server as the user may see it."""
        return f"{self.parts.scheme}://{self.parts.hostname}{f':{self.parts.port}' if self.parts.port else ''}"

    def open(self, timeout_s: float = TIMEOUT_S) -> http.client.HTTPConnection:
        """A connection that is not made yet."""
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=timeout_s)

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What goes with every request."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept": "application/json", "API-Version": "2026-12-01", **own, **(more or {})}

    def path(self, path: str) -> str:
        """A path below the server's own."""
        return self.parts.path.rstrip("/") + path

    def ask(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of an answer. Raises Lost, and what `problem` makes of an answer that is no success."""
        until = time.monotonic() + PATIENCE_S
        while True:
            status, wait_s, told = self._ask(method, path, body, headers or {})
            if status < 400:
                return told
            if status not in AGAIN or time.monotonic() + wait_s > until:
                raise problem(status, told, self.name)
            time.sleep(wait_s)

    def _ask(self, method: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, float, Any]:
        connection = self.open()
        try:
            connection.request(method, self.path(path), body.encode() or None, self.headers(headers))
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Lost(f"{self.name} cannot be reached: {error}\n  hint: is `engine serve` running there?") from None
        finally:
            connection.close()
        said = answer.headers.get("Retry-After", "1")
        try:
            told = json.loads(text)
        except ValueError:
            raise EngineError(f"{self.name} is no engine: its answer ({answer.status}) is not JSON") from None
        return answer.status, min(float(said) if said.isdecimal() else 1.0, PATIENCE_S), told


def server_at(url: str, token: str | None) -> Server:
    """The server at an address. Raises UsageError, and Refused where the token would travel in the open."""
    parts = urlsplit(url)
    try:
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or parts.username:
        raise UsageError("--remote takes the address of a server, such as http://127.0.0.1:8080")
    if token and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise Refused("the token would be sent to another machine in the open\n  hint: use https")
    return Server(parts, token)


def problem(status: int, told: Any, name: str, file: str = "spec") -> EngineError:
    """The error that problem details (RFC 9457) tell of."""
    if not isinstance(told, dict) or "type" not in told:
        return EngineError(f"{name} is no engine: it answers {status}")
    if found := told.get("diagnostics"):
        return SpecError(_diagnostic(one, file) for one in found)
    detail = f"{name}: {told.get('detail') or told.get('title')}"
    if status == 401:
        return Refused(f"{detail}\n  hint: put a token of the server's into ENGINE_TOKEN")
    if status == 403 or told["type"] == "refused":
        return Refused(detail)
    if status in (400, 422):
        return UsageError(detail)
    return EngineError(detail)


def _diagnostic(one: Mapping[str, Any], file: str) -> Diagnostic:
    place = Location(file, one["line"], one["column"] or 1) if one.get("line") else None
    known = one["code"] in set(Code)
    message = one["message"] if known else f"{one['code']} {one['message']}"
    return Diagnostic(Code(one["code"]) if known else Code.CONFLICT, message, tuple(one["path"]), one["hint"], place)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
