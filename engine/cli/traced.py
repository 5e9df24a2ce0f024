"""``--otlp``: the trace of a run goes to a collector."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click

otlp_option = click.option(
    "--otlp", metavar="URL", help="Send the run's trace to an OTLP/HTTP collector (or OTEL_EXPORTER_OTLP_ENDPOINT)."
)


@contextmanager
def traced(otlp: str | None) -> Iterator[None]:
    """Record spans inside, and send them, where a collector is named; the SDK is imported only then."""
    if otlp is None and not any(name.startswith("OTEL_EXPORTER_OTLP") for name in os.environ):
        yield
        return
    setup = import_module("observability.setup")
    if otlp is not None:
        setup.name_collector(otlp)
    if not setup.is_wanted():
        yield
        return
    finish = setup.trace_to_collector("engine")
    try:
        yield
    finally:
        finish()
