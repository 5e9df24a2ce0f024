"""A real Prometheus that scrapes one address every second."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SPEC = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: engine
    authorization: {{credentials: "{token}"}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives now."""
        address = f"http://127.0.0.1:{self.port}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        with urllib.request.urlopen(address, timeout=10) as found:
            result: list[dict[str, Any]] = json.load(found)["data"]["result"]
        return result

    def wait_for(self, expression: str, patience_s: float = 30) -> list[dict[str, Any]]:
        """What an expression gives once it gives something."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            try:
                if found := self.query(expression):
                    return found
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"Prometheus never had {expression}")


@contextmanager
def prometheus(folder: Path, port: int, token: str = "") -> Iterator[Prometheus]:
    """One that scrapes a port; without the program the test is skipped, and fails where CI must have it."""
    program = shutil.which("prometheus")
    if program is None:
        told = "prometheus is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    (folder / "prometheus.yml").write_text(SPEC.format(port=port, token=token), encoding="utf-8")
    own = _free_port()
    command = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    running = subprocess.Popen(
        [*command, f"--web.listen-address=127.0.0.1:{own}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Prometheus(own)
    finally:
        running.terminate()
        running.wait(20)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        found: int = asked.getsockname()[1]
        return found
