"""``engine run --remote``: as a run here, on a server; whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.access import Role, new_token, read_tokens
from tests.api import Caller, served
from tests.integration.test_api_runs import BLACK_FRIDAY, settings, until
from tests.runs import engine
from tests.servers import ask, fresh_database

QUICKSTART = "specs/quickstart.yaml"


@pytest.fixture
def caller(shop_database: str) -> Iterator[Caller]:
    with served(settings(shop_database)) as found:
        yield found


def there(port: int, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {"NO_COLOR": "1", **environment}
    return engine("run", *words, "--remote", f"http://127.0.0.1:{port}", dsn="", environment=around)


def test_a_run_there_tells_what_a_run_here_does(caller: Caller, shop_database: str, server, shop_template):
    asked = (QUICKSTART, "--json", "--seed", "7", "--now", "2026-01-01")
    done = there(caller.port, *asked)
    assert done.returncode == 0, done.stderr
    with fresh_database(server, shop_template) as other:
        here = engine("run", *asked, dsn=other)
    told, same = (json.loads(one.stdout.splitlines()[-1]) for one in (done, here))
    changing = {"run_id", "seconds", "rows_per_second", "phases", "trace_id"}
    assert {k: v for k, v in told.items() if k not in changing} == {k: v for k, v in same.items() if k not in changing}
    assert list(told) == list(same)
    assert list(told["entities"]) == list(same["entities"])
    assert list(told["phases"]) == list(same["phases"])
    assert ask(shop_database, "select count(*) from shop.orders") == 5000
    assert f"{told['rows']:,} rows in " in done.stderr


def test_a_wrong_spec_is_told_as_here(caller: Caller, tmp_path: Path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(Path(QUICKSTART).read_text().replace("count:", "cuont:", 1), encoding="utf-8")
    done, here = there(caller.port, str(wrong)), engine("run", str(wrong), dsn="", environment={"NO_COLOR": "1"})
    assert (done.returncode, done.stderr) == (2, here.stderr)
    assert f"{wrong}:18:" in done.stderr


def test_rows_in_the_way_are_refused_as_here_and_fresh_empties_them(caller: Caller):
    assert there(caller.port, QUICKSTART).returncode == 0
    refused = there(caller.port, QUICKSTART)
    assert refused.returncode == 4, refused.stderr
    assert "hold rows already" in refused.stderr
    assert there(caller.port, QUICKSTART, "--fresh", "--yes").returncode == 0


def test_parameters_events_left_out_and_targets_travel(shop_database: str, server, shop_template):
    with fresh_database(server, shop_template) as other, served(settings(shop_database, other=other)) as caller:
        words = ("--set", "orders=2000", "--set", "customers=1000", "--set", "abandoned=500", "--target", "other")
        done = there(caller.port, "specs/black_friday.yaml", *words, "--without", "storefront.black_friday")
        assert done.returncode == 3, done.stderr  # without it the busiest hour is another
        assert "✗ the busiest hour is on Black Friday" in done.stderr
        assert ask(other, "select count(*) from shop.orders") == 2000
        assert there(caller.port, QUICKSTART, "--target", "moon").returncode == 2


@pytest.mark.parametrize(("role", "token"), [(Role.READ, None), (Role.RUN, "engine_wrong"), (Role.RUN, "")])
def test_a_token_that_is_missing_wrong_or_weak_is_refused_and_never_shown(shop_database: str, role: Role, token: str):
    right, line = new_token("ci", role)
    with served(replace(settings(shop_database), tokens=read_tokens([line]))) as caller:
        given = right if token is None else token
        done = there(caller.port, QUICKSTART, ENGINE_TOKEN=given)
        assert done.returncode == 4
        assert not given or given not in done.stderr + done.stdout
        assert ("takes the role run" if token is None else "ENGINE_TOKEN") in done.stderr


def test_the_right_token_runs(shop_database: str):
    token, line = new_token("ci", Role.RUN)
    with served(replace(settings(shop_database), tokens=read_tokens([line]))) as caller:
        assert there(caller.port, QUICKSTART, ENGINE_TOKEN=token).returncode == 0


def test_no_server_is_one_line_and_a_hint():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = there(port, QUICKSTART)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "engine serve" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--remote", "ftp://x"), 2, "address of a server"),
        (("--remote", "http://x:y"), 2, "address of a server"),
        (("--remote", "http://127.0.0.1:1", "--dsn", "postgresql://x"), 2, "--dsn is for runs on this machine"),
        (("--remote", "http://127.0.0.1:1", "--workers", "2"), 2, "--workers is for runs on this machine"),
        (("--remote", "http://example.invalid"), 4, "in the open"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...], code: int, told: str):
    done = engine("run", QUICKSTART, *words, dsn="", environment={"ENGINE_TOKEN": "engine_secret", "ENGINE_DSN": "x"})
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "engine_secret" not in done.stderr


class Cutting(threading.Thread):
    """A proxy that breaks each of the first streams of events after a few bytes."""

    def __init__(self, port: int, cuts: int) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.behind, self.cuts, self.resumed = port, cuts, 0

    def run(self) -> None:
        while True:
            try:
                ours, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(ours,), daemon=True).start()

    def carry(self, ours: socket.socket) -> None:
        with ours, socket.create_connection(("127.0.0.1", self.behind)) as theirs:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += ours.recv(65_536)
            theirs.sendall(asked)
            head = asked.partition(b"\r\n\r\n")[0].decode()
            if "Content-Length" in head:
                left = int(head.partition("Content-Length: ")[2].partition("\r\n")[0]) - len(
                    asked.partition(b"\r\n\r\n")[2]
                )
                while left > 0:
                    more = ours.recv(65_536)
                    theirs.sendall(more)
                    left -= len(more)
            cut = "/events" in head and self.cuts > 0
            self.cuts -= cut
            self.resumed += "Last-Event-ID" in head
            given = 0
            while data := theirs.recv(4096):
                given += len(data)
                ours.sendall(data)
                if cut and given > 1500:
                    return


def test_a_stream_that_breaks_is_taken_up_again(caller: Caller):
    proxy = Cutting(caller.port, 2)
    proxy.start()
    done = there(proxy.port, "specs/black_friday.yaml", "--json", "--set", "orders=100_000")
    proxy.listening.close()
    assert done.returncode == 0, done.stderr
    assert (proxy.cuts, proxy.resumed >= 1) == (0, True)
    assert json.loads(done.stdout.splitlines()[-1])["entities"]["orders"]["rows"] == 100_000
    assert len(caller.get("/runs").json["runs"]) == 1


@contextmanager
def running(port: int, spec: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "engine.cli", "run", str(spec), "--remote", f"http://127.0.0.1:{port}"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def loading(caller: Caller) -> Any:
    found = caller.get("/runs").json["runs"]
    return found and sum(found[0]["progress"].get("rows", {}).values())


def test_ctrl_c_stops_the_run_there(caller: Caller, tmp_path: Path):
    (tmp_path / "story.yaml").write_text(BLACK_FRIDAY.replace("orders: 16_000", "orders: 900_000"), encoding="utf-8")
    with running(caller.port, tmp_path / "story.yaml") as process:
        until(lambda: loading(caller))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=90)
    assert process.returncode == 130, told
    assert caller.get("/runs").json["runs"][0]["status"] == "cancelled"
    assert "stopping" in told


def test_a_second_ctrl_c_leaves_at_once(caller: Caller, tmp_path: Path):
    (tmp_path / "story.yaml").write_text(BLACK_FRIDAY.replace("orders: 16_000", "orders: 900_000"), encoding="utf-8")
    with running(caller.port, tmp_path / "story.yaml") as process:
        until(lambda: loading(caller))
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    until(lambda: caller.get("/runs").json["runs"][0]["status"] in ("cancelled", "succeeded"))


def test_something_that_is_no_engine_is_said_to_be_none():
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            ours, _ = other.accept()
            with ours:
                ours.recv(65_536)
                ours.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")
                time.sleep(0.5)

        threading.Thread(target=answer, daemon=True).start()
        done = there(other.getsockname()[1], QUICKSTART)
    assert done.returncode == 1
    assert "is no engine" in done.stderr
