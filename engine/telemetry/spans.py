"""Spans: what is under way, and what is told of when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import INVALID_TRACE_ID, Span, Status, StatusCode, format_trace_id

from engine.telemetry.catalogue import SpanKind

Value: TypeAlias = str | int
_TRACER = trace.get_tracer("engine")


@contextmanager
def span(kind: SpanKind, attributes: dict[str, Value] | None = None) -> Iterator[Span]:
    """A span around what happens inside, under the current one.

    Of an error only its class is told: its words may hold what is nobody else's business.
    """
    with _TRACER.start_as_current_span(
        kind.name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


@contextmanager
def continued(traceparent: str | None) -> Iterator[None]:
    """What happens inside belongs to the span of a W3C header, which another process began."""
    token = attach(extract({"traceparent": traceparent or ""}))
    try:
        yield
    finally:
        detach(token)


def past(kind: SpanKind, under: Span, began_ns: int, ended_ns: int, attributes: dict[str, Value] | None = None) -> Span:
    """A span of something that is over already, which another process may have timed (nanoseconds of the epoch)."""
    made = _TRACER.start_span(kind.name, within(under), attributes=attributes, start_time=began_ns)
    made.end(ended_ns)
    return made


def within(under: Span) -> Context:
    """The context in which a span is the current one."""
    return trace.set_span_in_context(under)


def current() -> Span:
    """The span that is under way; one that nobody records where there is none."""
    return trace.get_current_span()


def trace_id() -> str | None:
    """The trace that is under way, None where nobody records one."""
    found = current().get_span_context().trace_id
    return None if found == INVALID_TRACE_ID else format_trace_id(found)


def trace_of(traceparent: str | None) -> str | None:
    """The trace of a W3C header."""
    found = trace.get_current_span(extract({"traceparent": traceparent or ""})).get_span_context().trace_id
    return None if found == INVALID_TRACE_ID else format_trace_id(found)


def traceparent() -> str | None:
    """The current span as a W3C header, for another process to go on with."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")
