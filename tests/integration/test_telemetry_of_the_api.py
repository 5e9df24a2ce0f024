"""What a server tells while it works: a real Prometheus scrapes it, a collector has its spans, its log is JSON."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.access import Role, new_token
from engine.telemetry.catalogue import Instrument
from tests.api import Answer, Caller
from tests.collector import Collector, collector
from tests.house.telemetry import INSTRUMENTS, SPANS, name_in_prometheus
from tests.integration.test_api_runs import QUICKSTART, ended, posted, until
from tests.prometheus import Prometheus, prometheus
from tests.servers import fresh_database

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PASSWORD = "s3cret-and-more"


@dataclass(frozen=True)
class Told:
    """A server that has worked, and whoever listened to it."""

    caller: Caller
    token: str
    run: Answer
    receiving: Collector
    scraping: Prometheus
    log: Path

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def told(server, shop_template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("told")
    token, line = new_token("ci", Role.RUN)
    with collector() as receiving, fresh_database(server, shop_template) as dsn, (folder / "log").open("wb") as log:
        around = {"ENGINE_DSN": with_password(dsn), "ENGINE_TOKENS": line, "ENGINE_TARGET_GONE": with_password(GONE)}
        words = [sys.executable, "-m", "engine.cli", "serve", "--port", str(port), "--otlp", receiving.url]
        process = subprocess.Popen(words, env={**os.environ, **around}, stderr=log)
        try:
            with prometheus(folder, port, token) as scraping:
                caller = Caller(port, token)
                until(lambda: caller.get("/health/live").status == 200)
                run = posted(caller, LARGER, traceparent=f"00-{TRACE}-{PARENT}-01", X_Request_ID="mine")
                until(lambda: caller.get(run.headers["location"]).json["status"] == "running")
                again = posted(caller, QUICKSTART)  # which waits for the first, and then finds rows in its way
                ended(caller, run.headers["location"])
                ended(caller, again.headers["location"])
                caller.get("/nowhere")
                Caller(port, "engine_wrong" + "x" * 40).get("/runs")
                caller.post("/runs?target=gone", QUICKSTART)
                caller.get("/health/ready")
                scraping.wait_for('engine_rows_total > 0 and on() engine_runs{status="failed"} == 1')
                yield Told(caller, token, run, receiving, scraping, folder / "log")
        finally:
            process.terminate()
            process.wait(timeout=60)


GONE = "postgresql://postgres@127.0.0.1:9/gone"
LARGER = QUICKSTART.replace("count: 5_000", "count: 150_000")


def with_password(dsn: str) -> str:
    return dsn.replace("postgres@", f"postgres:{PASSWORD}@")


@pytest.mark.parametrize("one", INSTRUMENTS, ids=lambda one: one.name)
def test_every_metric_of_the_catalogue_is_scraped_with_its_labels_and_no_others(told: Told, one: Instrument):
    name = name_in_prometheus(one)
    found = told.scraping.wait_for(f"{name}_bucket" if one.kind == "histogram" else name)
    bounds = {"le"} if one.kind == "histogram" else set()
    ours = {"__name__", "job", "instance", "otel_scope_name", "otel_scope_schema_url", "otel_scope_version"} | bounds
    assert all(set(series["metric"]) - ours <= set(one.labels) for series in found)
    if bounds:
        assert {float(series["metric"]["le"]) for series in found} == {*one.buckets, float("inf")}


def test_no_metric_is_scraped_that_the_catalogue_does_not_have(told: Told):
    text = told.caller.get("/metrics").body.decode()
    ours = re.findall(r"^# TYPE ((?:engine|http)_\S+) ", text, re.MULTILINE)
    assert set(ours) <= {name_in_prometheus(one) for one in INSTRUMENTS}


def test_rows_and_runs_are_counted_in_the_processes_of_runs_and_told_by_the_server(told: Told):
    report = told.caller.get(f"{told.run.headers['location']}/report").json
    (rows,) = told.scraping.query("engine_rows_total")
    assert float(rows["value"][1]) == report["rows"]
    (runs,) = told.scraping.query('engine_runs{status="succeeded"}')
    assert float(runs["value"][1]) == 1
    assert told.scraping.query("histogram_quantile(0.95, sum by (le) (engine_copy_duration_seconds_bucket))")


def test_a_trace_begins_with_the_caller_and_ends_with_the_copy(told: Told):
    wanted = {"run", "POST /runs"}
    spans = told.receiving.wait_for(lambda seen: wanted <= {s.name for s in seen if s.trace == TRACE})
    ours = {span.id: span for span in spans if span.trace == TRACE}
    (request,) = [span for span in ours.values() if span.parent == PARENT]
    assert request.name == "POST /runs"
    assert request.attributes["engine.request.id"] == "mine"
    (run,) = [span for span in ours.values() if span.name == "run"]
    assert run.parent == request.id
    kinds = {kind.name: kind for kind in SPANS}
    for span in ours.values():
        if span not in (request, run):
            assert ours[span.parent].name == kinds[span.name].under
    assert {"compile", "load", "partition", "generate", "copy", "encode"} <= {span.name for span in ours.values()}
    assert told.run.json["trace_id"] == TRACE
    assert told.run.headers["traceparent"] == f"00-{TRACE}-{request.id}-01"
    report = told.caller.get(f"{told.run.headers['location']}/report").json
    assert report["trace_id"] == TRACE


def test_every_line_of_the_log_is_json_with_its_ids(told: Told):
    requests = [line for line in told.lines if line["event"] == "request"]
    assert requests
    assert all({"request_id", "trace_id", "span_id", "timestamp", "level"} <= set(line) for line in requests)
    (mine,) = [line for line in requests if line["request_id"] == "mine"]
    assert (mine["path"], mine["status"], mine["caller"], mine["trace_id"]) == ("/runs", 202, "ci", TRACE)
    runs = [line for line in told.lines if line["event"] in ("run begins", "run ended")]
    assert {line["run_id"] for line in runs} >= {told.run.json["id"]}
    assert any(line["trace_id"] == TRACE for line in runs)
    assert any(line["status"] == 401 for line in requests)


def test_no_secret_is_in_the_log_a_metric_or_a_trace(told: Told):
    everything = told.log.read_text(encoding="utf-8") + told.caller.get("/metrics").body.decode() + str(told.receiving)
    assert PASSWORD not in everything
    assert told.token not in everything
    assert "engine_wrongxxx" not in everything


def test_the_log_of_a_run_tells_its_stages(told: Told):
    text = told.caller.get(f"{told.run.headers['location']}/log").body.decode()
    places = [text.index(f" {word}") for word in ("suspend", "load", "rebuild", "analyze", "succeeded")]
    assert places == sorted(places)


def test_every_answer_names_its_request_and_its_trace(told: Told):
    wrong: tuple[dict[str, str], ...] = ({}, {"API_Version": "1999-01-01"}, {"Authorization": "Bearer x"})
    for number, more in enumerate(wrong):
        found = Caller(told.caller.port).get("/nowhere", X_Request_ID=f"mine-{number}", **more)
        assert found.headers["x-request-id"] == f"mine-{number}"
        (line,) = until(lambda n=number: [one for one in told.lines if one.get("request_id") == f"mine-{n}"])
        assert str(line["trace_id"]) == found.headers["traceparent"].split("-")[1]
