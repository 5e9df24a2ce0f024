"""Traces, at a collector that decodes them: one connected tree, whichever process did the work."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from engine.telemetry.catalogue import SPANS
from tests.collector import Collector, Seen, collector
from tests.runs import BLACK_FRIDAY, SMALL, engine
from tests.servers import ask

UNDER = {kind.name: kind.under for kind in SPANS}


@pytest.fixture(scope="module")
def receiving() -> Iterator[Collector]:
    with collector() as running:
        yield running


def of_trace(found: list[Seen], trace: str) -> list[Seen]:
    return [span for span in found if span.trace == trace]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_is_one_tree_across_processes(shop_database: str, receiving: Collector, workers: int):
    sizes = [word for name, count in SMALL.items() for word in ("--set", f"{name}={count}")]
    done = engine(
        *("run", str(BLACK_FRIDAY), *sizes, "--json", "--workers", str(workers), "--otlp", receiving.url),
        dsn=shop_database,
        environment={"OTEL_SERVICE_NAME": "tests"},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert f"trace {report['trace_id']}" in done.stderr
    spans = of_trace(receiving.wait_for(lambda seen: any(s.name == "run" for s in seen)), report["trace_id"])
    by_id = {span.id: span for span in spans}
    assert {span.name for span in spans} == set(UNDER)
    for span in spans:
        parent = by_id[span.parent].name if span.parent else None
        assert parent == UNDER[span.name], span
        assert not span.parent or by_id[span.parent].start <= span.start + 5_000_000
        assert span.start <= span.end
        assert set(span.attributes) <= set(next(k for k in SPANS if k.name == span.name).attributes)
        assert (span.service, span.failed) == ("tests", False)
    partitions = [span for span in spans if span.name == "partition"]
    assert sum(span.attributes["engine.rows"] for span in partitions) == report["rows"]
    assert len({span.attributes["engine.worker"] for span in partitions}) <= workers
    assert all(len(receiving.children(span)) == 2 for span in partitions)


def test_what_fails_is_told_by_its_class_alone(shop_database: str, receiving: Collector):
    asked = ("run", "specs/quickstart.yaml", "--otlp", receiving.url)
    engine(*asked, dsn=shop_database, environment={"OTEL_SERVICE_NAME": "first"})
    refused = engine(*asked, dsn=shop_database, environment={"OTEL_SERVICE_NAME": "refused"})
    assert refused.returncode == 4
    seen = receiving.wait_for(lambda s: any(x.service == "refused" for x in s))
    (run,) = [span for span in seen if span.service == "refused" and span.name == "run"]
    assert run.failed
    assert not any("postgres" in str(value) for value in run.attributes.values())


def test_without_a_collector_there_is_no_trace_and_nothing_waits(shop_database: str):
    alone = {"OTEL_SERVICE_NAME": "alone"}  # in a process of its own: this one may have served the API, which traces
    done = engine("run", "specs/quickstart.yaml", "--json", dsn=shop_database, environment=alone)
    assert json.loads(done.stdout.splitlines()[-1])["trace_id"] is None


def test_a_collector_that_is_gone_costs_no_rows(shop_database: str):
    done = engine(
        "run",
        "specs/quickstart.yaml",
        "--otlp",
        "http://127.0.0.1:9",
        dsn=shop_database,
        environment={"OTEL_SERVICE_NAME": "lonely"},
    )
    assert done.returncode == 0, done.stderr
    assert ask(shop_database, "select count(*) from shop.orders") == 5000


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:4318", "http://"])
def test_an_address_that_is_none_is_told_so(url: str):
    done = engine("run", "specs/quickstart.yaml", "--otlp", url, dsn="")
    assert done.returncode == 2
    assert "hint: http://127.0.0.1:4318" in done.stderr


def test_telemetry_may_be_switched_off(shop_database: str, receiving: Collector):
    off = {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": receiving.url, "OTEL_SERVICE_NAME": "off"}
    done = engine("run", "specs/quickstart.yaml", "--json", dsn=shop_database, environment=off)
    assert json.loads(done.stdout.splitlines()[-1])["trace_id"] is None
    assert not any(span.service == "off" for span in receiving.spans)
