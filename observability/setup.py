"""The SDK: where spans and measurements go. Everything else knows OpenTelemetry's API alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from engine.errors import UsageError

ENDPOINT, TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
FLUSH_MS = 3_000
"""How long the end of a process may wait for a collector."""
EXPORT_S = 3.0


def is_wanted() -> bool:
    """Whether the environment names a collector, and does not switch telemetry off."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not off and bool(os.environ.get(ENDPOINT) or os.environ.get(TRACES_ENDPOINT))


def name_collector(url: str) -> None:
    """Have spans go to a collector's OTLP/HTTP port. Raises UsageError for what is no http address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("--otlp takes the address of a collector\n  hint: http://127.0.0.1:4318, without /v1/traces")
    os.environ[ENDPOINT] = url


def trace_to_collector(service: str) -> Callable[[], None]:
    """Record spans from now on; sent to a collector where the environment names one (standard `OTEL_*` variables).

    Returns what the process calls in the end: it sends what waits, for so long as FLUSH_MS. A collector that cannot
    be reached costs spans, never rows.
    """
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    provider = TracerProvider(resource=_resource(service), shutdown_on_exit=False)
    if is_wanted():
        told = any(name in os.environ for name in TIMEOUTS)
        exporter = OTLPSpanExporter(timeout=None if told else EXPORT_S)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)

    def finish() -> None:
        provider.force_flush(FLUSH_MS)
        provider.shutdown()

    return finish


def measure_for_prometheus(service: str) -> None:
    """Have measurements kept for a scrape of this process."""
    if isinstance(metrics.get_meter_provider(), MeterProvider):
        return
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()], resource=_resource(service)))


def _resource(service: str) -> Resource:
    named = os.environ.get("OTEL_SERVICE_NAME", service)
    return Resource.create({"service.name": named})
