"""Posting a run and following it: a server's events become what an observer of a run is told."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from engine.errors import EngineError, Interrupted, Refused, SpecError
from engine.remote.events import watched
from engine.remote.server import Lost, Server
from engine.report import Observer, Report, Status
from engine.run import Request, Rows

LISTEN_S = 0.2


class Followed:
    """What has been told of a run so far."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._planned = False
        self._stage = ""
        self._rows: dict[str, int] = {}
        self._notes = 0

    def take(self, view: Mapping[str, Any]) -> None:
        """Tell the observer what is new."""
        told = view["progress"]
        if told.get("expected") and not self._planned:
            self._planned = True
            self._observer.planned(view["id"], {name: told["expected"][name] for name in told["order"]})
        if not self._planned:
            return
        if told["stage"] != self._stage:
            self._stage = told["stage"]
            self._observer.phase(self._stage)
        for name, rows in told["rows"].items():
            if more := rows - self._rows.get(name, 0):
                self._rows[name] = rows
                self._observer.loaded(name, more)
        for text in told["notes"][self._notes :]:
            self._observer.note(text)
        self._notes = len(told["notes"])


def run_there(
    server: Server, request: Request, *, target: str | None, observer: Observer, stop: threading.Event
) -> Report:
    """Have a server run a spec, and follow it until it ends; where `stop` is set the server is asked to stop it.

    Raises SpecError, Refused, and Lost where the server stays away; the run goes on then.
    """
    run = _posted(server, request, target)
    heard: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(server, f"/runs/{run}/events", heard), daemon=True).start()
    followed, view, asked_to_stop = Followed(observer), dict[str, Any](), False
    while True:
        if stop.is_set() and not asked_to_stop:
            asked_to_stop = True
            _cancel(server, run)
        try:
            said = heard.get(timeout=LISTEN_S)
        except queue.Empty:
            continue
        if isinstance(said, Lost):
            raise Lost(f"{said}\n  hint: the run goes on there; look at {server.name}/watch/{run}")
        if isinstance(said, BaseException):
            raise said
        if said is None:
            return _report(server, view)
        view = said
        followed.take(view)


def _posted(server: Server, request: Request, target: str | None) -> str:
    query = [("now", request.now.isoformat()), ("fresh", str(request.rows is Rows.EMPTY).lower())]
    query += [("set", f"{name}={value}") for name, value in request.overrides.items()]
    query += [("seed", str(request.seed))] if request.seed is not None else []
    query += [("target", target)] if target else []
    headers = {"Content-Type": "application/yaml", "Idempotency-Key": uuid4().hex}
    try:
        view = server.ask("POST", f"/runs?{urlencode(query)}", request.text, headers)
    except SpecError as error:
        raise SpecError(
            replace(one, location=replace(one.location, file=request.file) if one.location else None)
            for one in error.diagnostics
        ) from None
    return str(view["id"])


def _listen(server: Server, path: str, heard: queue.SimpleQueue[dict[str, Any] | BaseException | None]) -> None:
    try:
        for view in watched(server, path):
            heard.put(view)
        heard.put(None)
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
        heard.put(error)


def _cancel(server: Server, run: str) -> None:
    """Ask for the run to stop; one that has just ended says so by its events."""
    try:
        server.ask("POST", f"/runs/{run}/cancel")
    except Lost:
        raise
    except EngineError:
        pass  # refused: it has ended


def _report(server: Server, view: Mapping[str, Any]) -> Report:
    if view["has_report"]:
        told = server.ask("GET", f"/runs/{view['id']}/report")
        order = {name: place for place, name in enumerate(view["progress"]["order"])}  # of loading
        entities = sorted(told["entities"].items(), key=lambda one: order.get(one[0], len(order)))
        return Report.from_json({**told, "entities": dict(entities)}, Status(view["status"]))
    if view["progress"].get("refused"):
        raise Refused(str(view["error"]))
    if view["status"] == Status.FAILED:
        raise EngineError(f"{server.name}: {view['error']}")
    raise Interrupted(f"the run is {view['status']}: it had not begun")
