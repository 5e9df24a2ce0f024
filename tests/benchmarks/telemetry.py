"""``python -m tests.benchmarks telemetry``: what a trace costs a load, pair by pair, with a collector that takes it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.embedded import Throwaway
from migrations import upgrade
from tests.benchmarks.service import MILLION
from tests.collector import collector

PAIRS = 7


def seconds(dsn: str, spec: Path, *more: str) -> float:
    """Seconds of a run that empties its tables first, by its own report."""
    words = [sys.executable, "-m", "engine.cli", "run", str(spec), "--fresh", "--yes", "--json", *more]
    done = subprocess.run(words, env=os.environ | {"ENGINE_DSN": dsn}, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def main() -> None:
    """Print the pairs and the median of their ratios."""
    with tempfile.TemporaryDirectory() as folder, Throwaway() as server, collector() as receiving:
        spec = Path(folder, "million.yaml")
        spec.write_text(MILLION, encoding="utf-8")
        upgrade(server.dsn(), "shop")
        seconds(server.dsn(), spec)
        ratios = []
        for pair in range(PAIRS):
            order = ((), ("--otlp", receiving.url))
            found = {len(how): seconds(server.dsn(), spec, *how) for how in (order if pair % 2 else order[::-1])}
            ratios.append(found[2] / found[0])
            print(f"  without a trace {found[0]:.2f} s, with one {found[2]:.2f} s", flush=True)
        print(
            f"  with a trace {statistics.median(ratios):.3f} x as long (asked 1.02); {len(receiving.spans)} spans came"
        )
