"""What the server tells of itself: a span, a measurement and a line of the log for each request."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from http import HTTPStatus

import prometheus_client
import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind as Side
from opentelemetry.trace import Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.telemetry.catalogue import SECONDS, Instrument, SpanKind
from engine.telemetry.measure import record
from engine.telemetry.spans import traceparent

LOG = logging.getLogger("api")
_TRACER = trace.get_tracer("api")
MEDIA_TYPE = "text/plain"
UNMATCHED = "unmatched"
ELSE = "else"
METHODS = ("GET", "POST", "HEAD", "OPTIONS")

REQUEST = SpanKind(
    "METHOD /path",
    None,
    "A request until the last byte of its answer, under the caller's `traceparent`; its run hangs below.",
    {
        "http.request.method": "GET, POST, …",
        "http.route": "the operation's path",
        "http.response.status_code": "the status of the answer",
        "engine.request.id": "X-Request-ID",
    },
)
SPANS = (REQUEST,)

REQUEST_S = Instrument(
    "http.server.request.duration",
    "histogram",
    "s",
    "A request until the last byte of its answer.",
    {
        "method": ", ".join((*METHODS, ELSE)),
        "route": f"the operation's path, or {UNMATCHED}",
        "status": "the status of the answer",
    },
    SECONDS,
)
ACTIVE = Instrument(
    "http.server.active_connections", "gauge", "{connection}", "Connections with a request under way, streams included."
)
ERRORS = Instrument("engine.errors", "counter", "{error}", "Answers that tell of a problem.", {"status": "4xx or 5xx"})
QUEUE = Instrument("engine.queue.depth", "gauge", "{run}", "Runs that wait.")
RUNS = Instrument("engine.runs", "gauge", "{run}", "Runs that the queue knows.", {"status": "where they stand"})
RETRIES = Instrument(
    "engine.retries",
    "counter",
    "{retry}",
    "What had to be tried again.",
    {"reason": "busy: somebody else was at work on the tables, taken_over: its server died, queue: it was lost"},
)
INSTRUMENTS = (REQUEST_S, ACTIVE, ERRORS, QUEUE, RUNS, RETRIES)
REASONS = ("busy", "taken_over", "queue")


def begin() -> None:
    """Let what is counted begin at nothing, so that the first of a kind is seen to be one more."""
    for reason in REASONS:
        record(RETRIES, 0, {"reason": reason})
    for status in ("4xx", "5xx"):
        record(ERRORS, 0, {"status": status})


async def metrics(request: Request) -> Response:  # noqa: ARG001
    """What a Prometheus scrapes."""
    return Response(prometheus_client.generate_latest(), media_type=MEDIA_TYPE)


def operation_is(scope: Scope, path: str) -> None:
    """Note which operation a request came to."""
    scope["operation"] = path


class Watch:
    """Traces, measures and logs every request; the answer says its `traceparent`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, found, method = time.monotonic(), {"status": 500}, scope["method"]
        given = extract({k: v for k, v in Headers(scope=scope).items() if k in ("traceparent", "tracestate")})
        self._count(1)
        with (
            structlog.contextvars.bound_contextvars(request_id=scope.get("request_id")),
            _TRACER.start_as_current_span(
                method, given, Side.SERVER, record_exception=False, set_status_on_exception=False
            ) as span,
        ):
            header = traceparent()

            async def stamped(message: Message) -> None:
                if message["type"] == "http.response.start":
                    found["status"] = message["status"]
                    if header is not None:
                        MutableHeaders(scope=message)["traceparent"] = header
                await send(message)

            try:
                await self.app(scope, receive, stamped)
            finally:
                self._count(-1)
                span.update_name(f"{method} {scope.get('operation', UNMATCHED)}")
                span.set_attributes(_attributes(scope, found["status"]))
                if found["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    span.set_status(Status(StatusCode.ERROR, str(found["status"])))
                _tell(scope, found["status"], time.monotonic() - began)

    def _count(self, more: int) -> None:
        self._active += more
        record(ACTIVE, self._active)


def _attributes(scope: Scope, status: int) -> Mapping[str, str | int]:
    return {
        "http.request.method": scope["method"],
        "http.route": scope.get("operation", UNMATCHED),
        "http.response.status_code": status,
        "engine.request.id": scope.get("request_id", ""),
    }


def _tell(scope: Scope, status: int, seconds: float) -> None:
    method, route = scope["method"], scope.get("operation", UNMATCHED)
    record(REQUEST_S, seconds, {"method": method if method in METHODS else ELSE, "route": route, "status": str(status)})
    if status >= HTTPStatus.BAD_REQUEST:
        record(ERRORS, 1, {"status": f"{status // 100}xx"})
    caller = scope.get("state", {}).get("caller")
    told = {"method": method, "path": scope["path"], "status": status, "seconds": round(seconds, 4)}
    LOG.info("request", extra=told | {"caller": caller.name if caller else None})
