"""Measurements: recorded by OpenTelemetry, or handed to the process whose metrics are scraped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from opentelemetry import metrics

from engine.telemetry.catalogue import Instrument

Labels: TypeAlias = Mapping[str, str]
Recorder: TypeAlias = Callable[[Instrument, float, Labels], None]
_METER = metrics.get_meter("engine")


_MADE: dict[str, Callable[[float, Labels], None]] = {}
"""How to record each instrument that was asked for."""
_ELSEWHERE: list[Recorder] = []
"""Who is told instead, if anybody."""


def record(instrument: Instrument, value: float, labels: Labels | None = None) -> None:
    """Add to a counter, set a gauge, or put a value into a histogram."""
    given = dict(labels or {})
    if _ELSEWHERE:
        _ELSEWHERE[-1](instrument, value, given)
        return
    if instrument.name not in _MADE:
        _MADE[instrument.name] = _made(instrument)
    _MADE[instrument.name](value, given)


def relay(recorder: Recorder) -> None:
    """From now on tell somebody else, who records it."""
    _ELSEWHERE.append(recorder)


def _made(instrument: Instrument) -> Callable[[float, Labels], None]:
    told, buckets = (instrument.name, instrument.unit, instrument.told), list(instrument.buckets)
    match instrument.kind:
        case "counter":
            return _METER.create_counter(*told).add
        case "gauge":
            return _METER.create_gauge(*told).set
        case "histogram":
            return _METER.create_histogram(*told, explicit_bucket_boundaries_advisory=buckets).record
