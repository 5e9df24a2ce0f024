"""Server-sent events: from lines to events, and a stream that is taken up again where it broke."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.remote.server import Lost, Server, problem

SILENT_S = 45.0
"""A server says something every 15 seconds."""
PATIENCE_S = 60.0
"""How long a server may be gone."""
WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    id: str
    name: str
    data: str


def parsed(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a stream; one that was cut off is none (WHATWG HTML, 9.2.6)."""
    last, name, data = "", "", list[str]()
    for line in lines:
        text = line.rstrip("\r\n")
        if not text:
            if data:
                yield Event(last, name or "message", "\n".join(data))
            name, data = "", []
            continue
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)


def watched(server: Server, path: str) -> Iterator[dict[str, Any]]:
    """What a run's events say, until it ends; a stream that breaks is taken up again for so long as PATIENCE_S.

    Raises Lost where the server stays away, EngineError for an answer that is no stream.
    """
    last, failures, gone_at = "", 0, 0.0
    while True:
        try:
            for event in _stream(server, path, last):
                last, failures = event.id, 0
                yield json.loads(event.data)
                if event.name == "end":
                    return
        except (OSError, http.client.HTTPException, Lost):
            pass  # it is asked again below
        gone_at = time.monotonic() if failures == 0 else gone_at
        if time.monotonic() - gone_at > PATIENCE_S:
            raise Lost(f"{server.name} has been gone for {PATIENCE_S:g} s")
        time.sleep(WAITS_S[min(failures, len(WAITS_S) - 1)])
        failures += 1


def _stream(server: Server, path: str, last: str) -> Iterator[Event]:
    connection = server.open(SILENT_S)
    try:
        more = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        connection.request("GET", server.path(path), headers=server.headers(more))
        answer = connection.getresponse()
        if answer.status in (429, 500, 502, 503, 504):
            raise Lost("it cannot answer now")
        if answer.status != 200:
            raise problem(answer.status, _json(answer.read()), server.name)
        yield from parsed(line.decode("utf-8", "replace") for line in answer)
    finally:
        connection.close()


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
