"""The same timeline gives the same bytes with another hash seed and with the processor's newer features off."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest
from numpy._core import _multiarray_umath as core

from engine.stream import stream_key
from engine.timelines.compile import compile_timeline
from engine.timelines.model import Timeline
from engine.timelines.moments import moments
from tests.timelines import window

STORY = {
    "daily": "online_retail",
    "weekly": {"mon": 1.05, "sat": 0.92},
    "trend": {"per_week": 1.04},
    "noise": 0.08,
    "spikes": {
        "black_friday": {"on": "black_friday", "peak": 7.5, "rise": "8h", "hold": "14h", "decay": "10h"},
        "cyber_monday": {"on": "cyber_monday", "peak": 6.0, "rise": "6h", "hold": "16h", "decay": "8h"},
    },
    "outages": {"gateway": {"at": "2025-11-28 14:05:30", "for": "22m", "drop": "70%"}},
}
FINGERPRINT = "cfb3b82564ffe8987feddbee4747c64a"
SCATTERED = ("793bc174cc69c3db40855f23c8435cc1", "325c046d08507181062857dbe21a3038")
LAWS = ({"size": 0.6}, {"fano": 40, "bin": "15m"})
BURSTS = {"per_day": 40, "share": "30%", "decay": "10m", "branching": 0.6}


def scattered(law: Mapping[str, object]) -> str:
    """A digest of where the rows of the same month lie when they come in clumps."""
    story = {**STORY, "counts": {"negative_binomial": law}, "bursts": BURSTS}
    rate = compile_timeline(Timeline.model_validate(story), window("2025-11-01", "2025-12-05"), seed=1, name="x")
    placed = moments(rate, 1_000_000, stream_key(20251128, "orders", "placed_at"))
    return hashlib.blake2b(placed.offsets.tobytes(), digest_size=16).hexdigest()


def fingerprint() -> str:
    """A digest of the bins, the split and the moments of a month."""
    span = window("2025-11-01", "2025-12-05")
    rate = compile_timeline(Timeline.model_validate(STORY), span, seed=20251128, name="storefront")
    placed = moments(rate, 1_000_000, stream_key(20251128, "orders", "placed_at"))
    digest = hashlib.blake2b(digest_size=16)
    for part in (rate.edges, rate.weights, placed.offsets, placed.at(np.arange(0, 1_000_000, 7))):
        digest.update(part.tobytes())
    digest.update(repr((list(rate.spans.items()), list(rate.ramps.items()))).encode())
    return digest.hexdigest()


def features() -> str:
    """What numpy would use on this machine and can be told not to."""
    return " ".join(name for name in core.__cpu_dispatch__ if core.__cpu_features__[name])


def everything() -> str:
    """All digests in one line."""
    return " ".join([fingerprint(), *map(scattered, LAWS)])


def test_the_bytes_are_these_for_ever():
    assert everything() == " ".join([FINGERPRINT, *SCATTERED])


ELSEWHERE = ({"PYTHONHASHSEED": "2"}, {"NPY_DISABLE_CPU_FEATURES": features()})


@pytest.mark.parametrize("changed", ELSEWHERE, ids=lambda changed: next(iter(changed)))
def test_another_process_makes_the_same_bytes(changed: dict[str, str]):
    command = [sys.executable, "-W", "error", "-c", f"from {__name__} import everything; print(everything())"]
    run = subprocess.run(command, env={**os.environ, **changed}, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, " ".join([FINGERPRINT, *SCATTERED])), run.stderr
