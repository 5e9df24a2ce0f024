"""``python -m tests.benchmarks service``: the API from the outside, a server of its own on a database of its own.

First 1,000 customers and 5,000 orders from the request to the report: from a cold start of database and server, then
warm. Then 50 clients, each validating, listing, asking and watching in a bounded loop, while a run of a million rows
is under way, beside the same run without them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SPEC = Path("specs/quickstart.yaml").read_text(encoding="utf-8")
MILLION = SPEC.replace("count: 5_000", "count: 240_000").replace("count: 1_000", "count: 20_000")
CLIENTS, ROUNDS, PAUSE_S = 50, 6, 1.0
PAIRS = 3


@dataclass
class Seen:
    """What the clients saw: seconds of each kind of request, and whatever was no success."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def told(self, kind: str) -> str:
        found = sorted(self.seconds.get(kind, [0.0]))
        p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
        return f"{kind} {len(found)} (median {1e3 * statistics.median(found):.0f} ms, p99 {1e3 * p99:.0f} ms)"


async def ask(port: int, method: str, path: str, body: str = "") -> tuple[int, str]:
    """One request over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = body.encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + data)
    await writer.drain()
    answer = (await reader.read()).decode()
    writer.close()
    head, _, text = answer.partition("\r\n\r\n")
    if "transfer-encoding: chunked" in head.lower():
        text = "".join(part for part in text.split("\r\n")[1::2])
    return int(head.split()[1]), text


async def posted(port: int, spec: str, query: str = "?fresh=true") -> str:
    status, text = await ask(port, "POST", f"/runs{query}", spec)
    assert status == 202, text
    return f"/runs/{json.loads(text)['id']}"


async def ended(port: int, run: str) -> dict[str, Any]:
    """The report of a run, once there is one; asked for ten times a second."""
    while True:
        _, text = await ask(port, "GET", run)
        view = json.loads(text)
        if view["status"] not in ("queued", "running"):
            assert view["status"] == "succeeded", view
            return dict(json.loads((await ask(port, "GET", f"{run}/report"))[1]))
        await asyncio.sleep(0.1)


async def client(port: int, run: str, number: int, seen: Seen) -> None:
    """A bounded loop of everything."""
    kinds = {"validate": ("POST", "/specs/validate", SPEC), "list": ("GET", "/runs", ""), "one": ("GET", run, "")}
    watching = asyncio.create_task(ask(port, "GET", f"{run}/events"))
    await asyncio.sleep(number * PAUSE_S / CLIENTS)
    for _ in range(ROUNDS):
        for kind, asked in kinds.items():
            began = time.monotonic()
            status, text = await ask(port, *asked)
            seen.seconds.setdefault(kind, []).append(time.monotonic() - began)
            if status != 200:
                seen.wrong.append(f"{kind} {status} {text[:100]}")
        await asyncio.sleep(PAUSE_S)
    status, text = await watching
    if status != 200 or "event: end" not in text:
        seen.wrong.append(f"events {status} {text[-100:]}")


@contextmanager
def serving(home: str) -> Iterator[int]:
    """A server with a database of its own below a folder; ended by its process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    around = {key: value for key, value in os.environ.items() if key != "ENGINE_DSN"}
    around |= {"ENGINE_HOME": home, "ENGINE_PER_MINUTE": "1000000"}
    words = [sys.executable, "-m", "engine.cli"]
    with Path(home, "serve.log").open("wb") as log:
        process = subprocess.Popen([*words, "serve", "--port", str(port)], env=around, stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        subprocess.run([*words, "db", "stop"], env=around, check=True, capture_output=True)


async def live(port: int) -> None:
    while True:
        try:
            if (await ask(port, "GET", "/health/live"))[0] == 200:
                return
        except OSError:
            await asyncio.sleep(0.02)


async def small(port: int) -> float:
    """Seconds from the request to the report of 1,000 customers and 5,000 orders."""
    began = time.monotonic()
    report = await ended(port, await posted(port, SPEC))
    assert (report["entities"]["customers"]["rows"], report["entities"]["orders"]["rows"]) == (1000, 5000)
    return time.monotonic() - began


async def million(port: int, seen: Seen | None) -> tuple[float, int]:
    """Seconds and rows of a large run, with clients or alone."""
    run = await posted(port, MILLION)
    asking = [] if seen is None else [asyncio.create_task(client(port, run, n, seen)) for n in range(CLIENTS)]
    report = await ended(port, run)
    await asyncio.gather(*asking)
    return float(report["seconds"]), int(report["rows"])


async def measured(port: int) -> None:
    warm = sorted([await small(port) for _ in range(5)])
    print(
        f"  1,000 customers, 5,000 orders, warm: median {statistics.median(warm):.2f} s (asked 2), {warm}", flush=True
    )
    seen, ratios = Seen(), []
    for pair in range(PAIRS):
        order = (None, seen) if pair % 2 else (seen, None)
        found = {who is None: await million(port, who) for who in order}
        ratios.append(found[False][0] / found[True][0])
        rows = found[True][1]
        print(
            f"  {rows:,} rows alone {found[True][0]:.2f} s, with {CLIENTS} clients {found[False][0]:.2f} s", flush=True
        )
    print(f"  with clients {statistics.median(ratios):.2f} x as long (asked 1.10); errors {len(seen.wrong)} (asked 0)")
    print("  " + ", ".join(seen.told(kind) for kind in seen.seconds) + "; asked of one: p99 100 ms")
    for line in seen.wrong[:5]:
        print(f"    {line}")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="engine-service-") as home:
        Path(home).chmod(0o711)
        began = time.monotonic()
        with serving(home) as port:
            asyncio.run(live(port))
            first = asyncio.run(small(port))
            print(f"  the same from nothing: {time.monotonic() - began:.2f} s (asked 10), of it the run {first:.2f} s")
            asyncio.run(measured(port))
