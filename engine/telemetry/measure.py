"""Measurements: recorded by OpenTelemetry, or handed to the process whose metrics are scraped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from opentelemetry import metrics

from engine.telemetry.catalogue import Instrument

Labels: TypeAlias = Mapping[str, str]
Recorder: TypeAlias = Callable[[Instrument, float, Labels], None]
_METER = metrics.get_meter("engine")


class _Recorders:
    """The instruments made so far, and whoever is told instead of them."""

    def __init__(self) -> None:
        self.counters: dict[str, metrics.Counter] = {}
        self.histograms: dict[str, metrics.Histogram] = {}
        self.gauges: dict[str, metrics._Gauge] = {}
        self.elsewhere: Recorder | None = None


_MADE = _Recorders()


def record(instrument: Instrument, value: float, labels: Labels | None = None) -> None:
    """Add to a counter, set a gauge, or put a value into a histogram."""
    given = dict(labels or {})
    if _MADE.elsewhere is not None:
        _MADE.elsewhere(instrument, value, given)
        return
    name, told = instrument.name, (instrument.name, instrument.unit, instrument.told)
    if instrument.kind == "counter":
        if name not in _MADE.counters:
            _MADE.counters[name] = _METER.create_counter(*told)
        _MADE.counters[name].add(value, given)
    elif instrument.kind == "gauge":
        if name not in _MADE.gauges:
            _MADE.gauges[name] = _METER.create_gauge(*told)
        _MADE.gauges[name].set(value, given)
    else:
        if name not in _MADE.histograms:
            _MADE.histograms[name] = _METER.create_histogram(
                *told, explicit_bucket_boundaries_advisory=list(instrument.buckets)
            )
        _MADE.histograms[name].record(value, given)


def relay(recorder: Recorder | None) -> None:
    """From now on tell somebody else, who records it; None records here again."""
    _MADE.elsewhere = recorder
