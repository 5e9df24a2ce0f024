"""observability/README.md tells of every span and metric, and of no other."""

from __future__ import annotations

import pytest

from engine.telemetry.catalogue import Instrument
from tests.house.telemetry import INSTRUMENTS, PAGE, SPANS, with_tables


def test_the_catalogue_is_that_of_the_code():
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run `just telemetry`"


def test_names_differ_and_spans_hang_below_one_another():
    names = [kind.name for kind in SPANS]
    assert len(set(names)) == len(names)
    assert all(kind.under is None or kind.under in names for kind in SPANS)
    assert len({one.name for one in INSTRUMENTS}) == len(INSTRUMENTS)


@pytest.mark.parametrize("one", INSTRUMENTS, ids=lambda one: one.name)
def test_histograms_of_seconds_have_bounds_of_seconds(one: Instrument):
    assert bool(one.buckets) == (one.kind == "histogram")
    if one.unit == "s":
        assert one.buckets[0] < 0.01
        assert one.buckets[-1] >= 60
