"""Runs over HTTP: asked for, watched, stopped, gone on with, reported."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from api import tasks
from api.access import Role
from api.forms import query_of, said
from api.latest import Latest, Told
from api.problems import Problem
from api.settings import DEFAULT, settings_of
from api.specs import SpecQuery, framed, told, wants_page, worked
from api.store import Order, Row, Store
from engine.ledger import new_run_id
from engine.printable import printable
from engine.telemetry.spans import trace_of, traceparent

WATCH_S, HEARTBEAT_S = 0.5, 15.0
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ENDED = ("succeeded", "failed", "cancelled", "interrupted")
Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]


class RunQuery(SpecQuery):
    """How a spec is to be run."""

    dry_run: bool = Field(default=False, description="Only say what would be done.")
    fresh: bool = Field(default=False, description="Empty the tables that the spec fills first.")


class RunsQuery(BaseModel):
    """Which runs are listed."""

    model_config = ConfigDict(extra="forbid")
    status: Status | None = None
    limit: int = Field(20, ge=1, le=100)
    before: int | None = Field(None, ge=0, lt=2**63, description="The `next` of the page before.")


class RunView(BaseModel):
    """A run, as far as it is."""

    id: UUID
    scenario: str
    status: Status
    target: str
    caller: str
    stopping: bool = Field(description="Whether it was asked to stop.")
    version: int = Field(description="Grows with every change; the id of the newest event.")
    created_at: datetime
    finished_at: datetime | None
    error: str | None
    has_report: bool
    trace_id: str | None = Field(description="The trace that it belongs to.")
    progress: dict[str, JsonValue]

    @staticmethod
    def of(row: Row) -> RunView:
        """From a row of the queue."""
        return RunView.model_validate(
            {
                **{name: row[name] for name in RunView.model_fields if name in row},
                "trace_id": trace_of(row["traceparent"]),
                "progress": json.loads(row["progress"]),
            }
        )


class RunsView(BaseModel):
    """Runs, newest first; `next` is where the next page begins."""

    runs: list[RunView]
    next: int | None


class ReportQuery(BaseModel):
    """In which form a report is told."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["json", "html"] | None = Field(None, description="By default a page for a browser, else JSON.")


class PlanView(BaseModel):
    """What a run would do, as `engine plan` tells it."""

    rows: int
    plan: str


class ReportView(BaseModel):
    """How a run ended, as `engine run --json` prints it."""

    model_config = ConfigDict(extra="allow")
    run_id: str
    status: Status
    rows: int


async def create(request: Request) -> Response:
    """Queue a run of the spec in the body; or, dry, say what it would do."""
    query, text = await said(request, RunQuery)
    return await accepted(request, query, text)


async def accepted(request: Request, query: RunQuery, text: str) -> Response:
    """The answer to whoever asked for a run, or what it would do. Raises SpecError, Problem."""
    if query.dry_run:
        rows, plan = await told(request, query, text, tasks.foretell)
        return JSONResponse(PlanView(rows=rows, plan=plan).model_dump())
    found = await queued(request, query, text)
    view = RunView.of(await _store(request).one(found)).model_dump(mode="json")
    return JSONResponse(view, HTTPStatus.ACCEPTED, headers={"Location": f"/runs/{found}"})


async def queued(request: Request, query: RunQuery, text: str) -> UUID:
    """The run that was asked for, new or known by its key. Raises SpecError, Problem."""
    store, caller, key, digest = _store(request), request.state.caller.name, _key(request), _digest(query, text)
    found = None if key is None else await store.known(caller, key, digest)
    return found or await store.add(await _order(request, query, text), caller, key, digest)


async def _order(request: Request, query: RunQuery, text: str) -> Order:
    """What is to be queued. Raises SpecError, and Problem (503) where there is no room."""
    scenario = await told(request, query, text, tasks.validate)
    asked = query.asked(text)
    most = settings_of(request).queue
    if await _store(request).waiting() >= most:
        headers = {"Retry-After": "10"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue-full", f"{most} runs wait already", headers)
    target = query.target or DEFAULT
    values = (new_run_id(), text, asked.overrides, query.seed, asked.now, target, query.fresh)
    return Order(*values, scenario=scenario, traceparent=traceparent())


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(HTTPStatus.BAD_REQUEST, "wrong-request", "an Idempotency-Key is 1 to 200 plain characters")
    return key


async def some(request: Request) -> Response:
    """Runs, newest first."""
    found = await listed(request, RunsQuery.model_validate(query_of(request)))
    return JSONResponse(found.model_dump(mode="json"))


async def listed(request: Request, query: RunsQuery) -> RunsView:
    """A page of runs."""
    rows = await _store(request).some(query.status, query.before, query.limit)
    following = rows[-1]["place"] if len(rows) == query.limit else None
    return RunsView(runs=[RunView.of(row) for row in rows], next=following)


async def one(request: Request) -> Response:
    """One run."""
    return JSONResponse(RunView.of(await asked_for(request)).model_dump(mode="json"))


async def cancel(request: Request) -> Response:
    """Stop a run: the partitions under way are finished, what is committed stays."""
    row = await _own(request)
    if row["status"] in _ENDED:
        raise Problem(HTTPStatus.CONFLICT, "has-ended", f"the run is {row['status']}")
    await _store(request).stop(row["id"])
    view = RunView.of(await _store(request).one(row["id"]))
    return JSONResponse(view.model_dump(mode="json"), HTTPStatus.ACCEPTED)


async def again(request: Request) -> Response:
    """Go on with a run that was stopped or has failed: what it committed stays."""
    row = await _own(request)
    if not await _store(request).again(row["id"]):
        raise Problem(HTTPStatus.CONFLICT, "cannot-go-on", f"the run is {row['status']}")
    view = RunView.of(await _store(request).one(row["id"]))
    return JSONResponse(view.model_dump(mode="json"), HTTPStatus.ACCEPTED)


async def report(request: Request) -> Response:
    """How a run ended: JSON, or for a browser the page that shows planned beside actual."""
    row = await asked_for(request)
    if row["report"] is None:
        raise Problem(HTTPStatus.CONFLICT, "no-report", f"the run is {row['status']}" + _why(row))
    query = ReportQuery.model_validate(query_of(request))
    if query.format == "json" or (query.format is None and not wants_page(request)):
        return JSONResponse(json.loads(row["report"]))
    target = settings_of(request).target(row["target"])
    return framed(await worked(request, tasks.report, row["id"], target))


async def plan(request: Request) -> Response:
    """What the run does, as it was asked for."""
    row = await asked_for(request)
    query = SpecQuery(
        seed=row["seed"],
        now=row["clock"].isoformat(),
        set=[f"{name}={value}" for name, value in json.loads(row["parameters"]).items()],
        target=row["target"],
    )
    _, plan = await told(request, query, row["spec"], tasks.foretell)
    return PlainTextResponse(plan)


async def spec(request: Request) -> Response:
    """The spec as it was posted."""
    return PlainTextResponse((await asked_for(request))["spec"], media_type="application/yaml")


async def log(request: Request) -> Response:
    """What was told of the run: stages, notes, how it ended."""
    row = await asked_for(request)
    lines = [f"{line['at']} {line['text']}\n" for line in json.loads(row["log"])]
    return PlainTextResponse(printable("".join(lines)))


async def events(request: Request) -> Response:
    """The run's progress as server-sent events, until it ends; Last-Event-ID goes on where somebody left off."""
    row, last = await asked_for(request), request.headers.get("last-event-id", "")
    since = int(last) if last.isdecimal() and len(last) < 18 else -1
    latest: Latest = request.app.state.latest
    return StreamingResponse(_stream(latest, row["id"], since), media_type="text/event-stream")


async def _stream(latest: Latest, run: UUID, since: int) -> AsyncIterator[str]:
    silent_s, began = 0.0, time.monotonic()
    while True:
        version, ended, text = await latest.told(run, _event, began)
        if version > since or ended:
            since, silent_s = version, 0.0
            yield text
        if ended:
            return
        if silent_s >= HEARTBEAT_S:
            silent_s = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(WATCH_S)
        silent_s += WATCH_S


def _why(row: Row) -> str:
    return f": {row['error']}" if row["error"] else ""


def _event(row: Row) -> Told:
    view = RunView.of(row)
    ended = view.status in _ENDED
    name = "end" if ended else "progress"
    return view.version, ended, f"id: {view.version}\nevent: {name}\ndata: {view.model_dump_json()}\n\n"


async def asked_for(request: Request) -> Row:
    """The run that a path names. Raises Problem (404)."""
    try:
        run = UUID(request.path_params["id"])
    except ValueError:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-run", "there is no run of this id") from None
    return await _store(request).one(run)


async def _own(request: Request) -> Row:
    """The run that a path names, if the caller asked for it or is an admin. Raises Problem (403, 404)."""
    row, caller = await asked_for(request), request.state.caller
    if caller.role < Role.ADMIN and row["caller"] != caller.name:
        detail = f"the run is {row['caller']}'s: this takes the role admin"
        raise Problem(HTTPStatus.FORBIDDEN, "not-yours", detail)
    return row


def _digest(query: RunQuery, text: str) -> str:
    return hashlib.sha256(f"{query.model_dump_json()}\n{text}".encode()).hexdigest()


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store
