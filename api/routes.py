"""Every operation of the API, one a line."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import health, runs, shortcuts, specs, telemetry
from api.access import Role
from api.openapi import document
from api.operations import SPEC_TYPES, Handler, Operation


async def openapi(request: Request) -> Response:  # noqa: ARG001
    """The OpenAPI document."""
    return JSONResponse(document(OPERATIONS))


def _short_cut(path: str, handler: Handler, summary: str, wish: type[BaseModel]) -> Operation:
    """A run without a spec."""
    whole, problems = f"/api/synthetic{path}", (404, 409, 422, 503)
    also = {200: runs.PlanView}
    return Operation("POST", whole, handler, summary, Role.RUN, runs.RunView, 202, None, wish, also, problems=problems)


_JSON = "application/json"
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/health/live", health.live, "Whether the process answers.", Role.NOBODY, health.Alive),
    Operation(
        "GET",
        "/health/ready",
        health.ready,
        "Whether it can work.",
        Role.NOBODY,
        health.Ready,
        also={503: health.Ready},
    ),
    Operation("GET", "/metrics", telemetry.metrics, "What a Prometheus scrapes.", Role.READ, telemetry.MEDIA_TYPE),
    Operation("GET", "/openapi.json", openapi, "This document.", Role.NOBODY, _JSON),
    Operation("GET", "/schema.json", specs.schema, "The JSON Schema of specs.", Role.NOBODY, "application/schema+json"),
    Operation("GET", "/specs", specs.library, "The library.", Role.READ, specs.Library),
    Operation(
        "GET", "/specs/{name}", specs.one, "A spec of the library.", Role.READ, "application/yaml", problems=(404,)
    ),
    Operation(
        "POST",
        "/runs",
        runs.create,
        "Queue a run of a spec; with dry_run say what it would do.",
        Role.RUN,
        runs.RunView,
        status=202,
        query=runs.RunQuery,
        body=SPEC_TYPES,
        also={200: runs.PlanView},
        problems=(409, 422, 503),
    ),
    Operation("GET", "/runs", runs.some, "Runs, newest first.", Role.READ, runs.RunsView, query=runs.RunsQuery),
    Operation("GET", "/runs/{id}", runs.one, "One run.", Role.READ, runs.RunView, problems=(404,)),
    Operation(
        "GET",
        "/runs/{id}/events",
        runs.events,
        "Its progress as server-sent events, until it ends.",
        Role.READ,
        "text/event-stream",
        problems=(404,),
    ),
    Operation("POST", "/runs/{id}/cancel", runs.cancel, "Stop it.", Role.RUN, runs.RunView, 202, problems=(404, 409)),
    Operation("POST", "/runs/{id}/resume", runs.again, "Go on.", Role.RUN, runs.RunView, 202, problems=(404, 409)),
    Operation(
        "GET",
        "/runs/{id}/report",
        runs.report,
        "How it ended; for a browser a page.",
        Role.READ,
        runs.ReportView,
        query=runs.ReportQuery,
        page=True,
        problems=(404, 409),
    ),
    Operation(
        "GET",
        "/runs/{id}/plan",
        runs.plan,
        "What it does, as `engine plan` tells it.",
        Role.READ,
        "text/plain",
        problems=(404, 422, 503),
    ),
    Operation(
        "GET",
        "/runs/{id}/spec",
        runs.spec,
        "The spec of it.",
        Role.READ,
        "application/yaml",
        problems=(404,),
    ),
    Operation(
        "GET",
        "/runs/{id}/log",
        runs.log,
        "What was told of it.",
        Role.READ,
        "text/plain",
        problems=(404,),
    ),
    Operation(
        "POST",
        "/specs/validate",
        specs.validate,
        "Everything that is wrong with a spec.",
        Role.READ,
        specs.Verdict,
        query=specs.SpecQuery,
        body=SPEC_TYPES,
        problems=(422, 503),
    ),
    Operation(
        "POST",
        "/specs/preview",
        specs.show,
        "Rows and the shape of time, before anything is loaded.",
        Role.READ,
        specs.Shown,
        query=specs.PreviewQuery,
        page=True,
        body=SPEC_TYPES,
        problems=(422, 503),
    ),
    _short_cut("/reference-data", shortcuts.reference_data, "What the shop refers to.", shortcuts.Wish),
    _short_cut("/generate/{model}", shortcuts.generate, "About so many rows of a model.", shortcuts.ModelWish),
    _short_cut("/scenarios/{scenario}", shortcuts.scenario, "A scenario of the library.", shortcuts.ScenarioWish),
    _short_cut("/bulk-generate", shortcuts.bulk_generate, "About so many rows of some models.", shortcuts.BulkWish),
)
