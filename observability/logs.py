"""Logs: one JSON object a line on standard error, each with the ids of its request, its run and its trace."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.trace import INVALID_TRACE_ID, format_span_id, format_trace_id
from structlog.typing import Processor

from engine.dsn import redact_all

_TOKEN = re.compile(r"engine_[A-Za-z0-9_-]{40,}|(?<=[Bb]earer )\S+")


def log_as_json(level: int = logging.INFO) -> None:
    """Have every log line of this process, the libraries' too, come out as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_trace,
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("alembic", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The ids of the span that is under way."""
    context = trace.get_current_span().get_span_context()
    if context.trace_id != INVALID_TRACE_ID:
        event["trace_id"], event["span_id"] = format_trace_id(context.trace_id), format_span_id(context.span_id)
    return event


def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No password of a database address, whoever wrote it into a message or a traceback."""
    return {key: _clean(value) if isinstance(value, str) else value for key, value in event.items()}


def _clean(text: str) -> str:
    return _TOKEN.sub("[token]", redact_all(text))
