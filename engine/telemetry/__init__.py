"""What the engine tells of its work while it works: spans and measurements, through OpenTelemetry's API alone."""

from engine.telemetry.measure import record, relay
from engine.telemetry.spans import span, trace_id

__all__ = ["record", "relay", "span", "trace_id"]
