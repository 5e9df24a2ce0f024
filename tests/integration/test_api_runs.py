"""Runs over the API: asked for, watched, stopped, gone on with; and a server that is killed outright."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from api.access import Role, new_token, read_tokens
from api.runner import told_of
from api.settings import Settings
from api.store import Ended, Order, opened
from engine.errors import ConnectError, Refused
from engine.ledger import new_run_id
from tests.api import Answer, Caller, served
from tests.servers import ask, fresh_database, run_sql

QUICKSTART = Path("specs/quickstart.yaml").read_text(encoding="utf-8")
BLACK_FRIDAY = Path("specs/black_friday.yaml").read_text(encoding="utf-8")
SUMS = """select (select count(*) from shop.orders) || ' ' || (select md5(string_agg(o::text, ',' order by id))
    from shop.orders as o) || ' ' || (select md5(string_agg(p::text, ',' order by id)) from shop.payments as p)"""


@pytest.fixture
def caller(shop_database: str) -> Iterator[Caller]:
    with served(settings(shop_database)) as found:
        yield found


def settings(dsn: str, **targets: str) -> Settings:
    return Settings(targets={"default": dsn, **targets}, state=dsn, per_minute=100_000)


def until(find: Callable[[], Any], seconds: float = 90) -> Any:
    """What `find` gives once it gives something."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if found := find():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def ended(caller: Caller, where: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = caller.get(where).json
        return found if found["status"] not in ("queued", "running") else None

    found: dict[str, Any] = until(look)
    return found


def posted(caller: Caller, text: str, query: str = "", **headers: str) -> Answer:
    found = caller.post(f"/runs{query}", text, **headers)
    assert found.status == 202, found.body
    return found


def test_a_run_is_queued_watched_to_its_end_and_reported(caller: Caller, shop_database: str):
    found = posted(caller, QUICKSTART, "?seed=5")
    where = found.headers["location"]
    assert where == f"/runs/{found.json['id']}"
    told = [
        block.split("\n") for block in caller.get(f"{where}/events").body.decode().split("\n\n") if "data:" in block
    ]
    ids = [int(block[0].removeprefix("id: ")) for block in told]
    assert ids == sorted(set(ids))
    assert told[-1][1] == "event: end"
    assert json.loads(told[-1][2].removeprefix("data: "))["status"] == "succeeded"

    report = caller.get(f"{where}/report")
    assert report.json["seed"] == 5
    assert report.json["entities"]["orders"]["rows"] == ask(shop_database, "select count(*) from shop.orders") == 5000
    page = caller.get(f"{where}/report", Accept="text/html")
    assert page.headers["content-type"].startswith("text/html")
    assert b"planned" in page.body.lower()
    assert b"5,000 rows" in caller.get(f"{where}/plan").body
    again = caller.get(f"{where}/events", Last_Event_ID=str(ids[-1])).body.decode()
    assert again.count("event: end") == 1
    assert again.count("data:") == 1


def test_a_dry_run_tells_the_plan_and_queues_nothing(caller: Caller):
    found = caller.post("/runs?dry_run=true", QUICKSTART)
    assert found.status == 200
    assert "shop.orders" in found.json["plan"]
    assert caller.get("/runs").json == {"runs": [], "next": None}


def test_the_same_key_is_the_same_run_and_another_body_is_refused(caller: Caller):
    first = posted(caller, QUICKSTART, Idempotency_Key="monday")
    again = posted(caller, QUICKSTART, Idempotency_Key="monday")
    assert first.json["id"] == again.json["id"]
    other = caller.post("/runs", QUICKSTART + "\n# more", Idempotency_Key="monday")
    assert (other.status, other.json["type"]) == (409, "key-used-again")
    assert len(caller.get("/runs").json["runs"]) == 1
    ended(caller, first.headers["location"])


def test_a_key_is_answered_before_anything_is_looked_at_again(shop_database: str):
    with served(settings(shop_database)) as found:
        first = posted(found, QUICKSTART, Idempotency_Key="monday")
        ended(found, first.headers["location"])
    with served(replace(settings(shop_database), queue=0)) as full:
        assert full.post("/runs", QUICKSTART).status == 503
        assert posted(full, QUICKSTART, Idempotency_Key="monday").json["id"] == first.json["id"]


def test_runs_on_the_same_tables_wait_for_each_other(caller: Caller, shop_database: str):
    runs = [posted(caller, BLACK_FRIDAY, "?fresh=true&set=orders=40_000").headers["location"] for _ in range(2)]
    assert [ended(caller, where)["status"] for where in runs] == ["succeeded"] * 2
    assert ask(shop_database, "select count(*) from shop.orders") == 40_000


def test_what_cannot_begin_fails_with_its_reason_and_leaves_the_rows(caller: Caller, shop_database: str):
    ended(caller, posted(caller, QUICKSTART).headers["location"])
    failed = ended(caller, posted(caller, QUICKSTART).headers["location"])
    assert failed["status"] == "failed"
    assert "--fresh" in failed["error"]
    assert ask(shop_database, "select count(*) from shop.orders") == 5000
    assert caller.get(f"/runs/{failed['id']}/report").status == 409
    assert ended(caller, posted(caller, QUICKSTART, "?fresh=true").headers["location"])["status"] == "succeeded"
    listed = caller.get("/runs?limit=2").json
    assert [one["status"] for one in listed["runs"]] == ["succeeded", "failed"]
    (last,) = caller.get(f"/runs?before={listed['next']}").json["runs"]
    assert last["status"] == "succeeded"
    assert [one["id"] for one in caller.get("/runs?status=failed").json["runs"]] == [failed["id"]]


def test_a_run_is_cancelled_and_gone_on_with(caller: Caller, shop_database: str):
    where = posted(caller, BLACK_FRIDAY, "?set=orders=300_000").headers["location"]
    until(lambda: sum(caller.get(where).json["progress"].get("rows", {}).values()))
    assert caller.post(f"{where}/cancel").status == 202
    cancelled = ended(caller, where)
    assert cancelled["status"] == "cancelled"
    assert caller.post(f"{where}/cancel").status == 409
    assert ask(shop_database, "select count(*) from shop.customers") > 0
    assert caller.post(f"{where}/resume").status == 202
    resumed = ended(caller, where)
    assert resumed["status"] == "succeeded", resumed["error"]
    assert ask(shop_database, "select count(*) from shop.orders") == 300_000
    assert caller.post(f"{where}/resume").status == 409


@pytest.mark.parametrize("path", ["/runs/none", "/runs/00000000-0000-0000-0000-000000000000", "/runs/none/events"])
def test_a_run_that_is_none_is_not_found(caller: Caller, path: str):
    assert caller.get(path).status == 404


def test_a_world_without_an_event_is_asked_for_in_the_query(caller: Caller):
    query = "&set=orders=1_000&set=customers=500&set=abandoned=100&dry_run=true"
    asked = ("", "&without=storefront.black_friday")
    whole, without = (caller.post(f"/specs/preview?rows=1{more}", BLACK_FRIDAY).json for more in asked)
    assert whole != without
    assert caller.post(f"/runs?without=storefront.dragons{query}", BLACK_FRIDAY).status == 422
    assert caller.post(f"/runs?without=storefront.black_friday{query}", BLACK_FRIDAY).status == 200


def test_a_wrong_spec_is_told_and_not_queued(caller: Caller):
    found = caller.post("/runs", QUICKSTART.replace("count:", "cuont:", 1))
    (one,) = found.json["diagnostics"]
    assert (found.status, one["code"], one["file"], one["line"], one["column"]) == (422, "S001", "spec.yaml", 18, 5)
    assert one["hint"] == "did you mean 'count'?"
    assert caller.get("/runs").json["runs"] == []


def serving(port: int, dsns: list[str]) -> subprocess.Popen[bytes]:
    around = {f"ENGINE_TARGET_N{number}": dsn for number, dsn in enumerate(dsns)}
    words = [sys.executable, "-m", "engine.cli", "serve", "--port", str(port)]
    given = {"ENGINE_DSN": dsns[0], "ENGINE_PARALLEL": str(len(dsns)), "ENGINE_PER_MINUTE": "100000"}
    return subprocess.Popen(words, env={**os.environ, **around, **given})


def is_loading(run: dict[str, Any]) -> bool:
    assert run["status"] in ("queued", "running"), "it ended before the server was killed: make it larger"
    return run["status"] == "running" and sum(run["progress"].get("rows", {}).values()) > 0


def test_a_server_killed_outright_loses_no_run_and_doubles_none(server, shop_template):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    caller, query = Caller(port), "&set=orders=60_000&now=2026-01-01"
    with ExitStack() as held:
        dsns = [held.enter_context(fresh_database(server, shop_template)) for _ in range(6)]
        names = [f"n{number}" for number in range(5)]
        targets = {f"n{number}": dsn for number, dsn in enumerate(dsns)}
        with served(replace(settings(dsns[0], **targets), parallel=0)) as accepting:  # and running none
            runs = [posted(accepting, BLACK_FRIDAY, f"?target={n}{query}").headers["location"] for n in names]
        process = serving(port, dsns)
        try:
            until(lambda: caller.get("/health/live").status == 200)
            until(lambda: all(is_loading(caller.get(where).json) for where in runs))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = serving(port, dsns)
            until(lambda: caller.get("/health/live").status == 200)
            assert [ended(caller, where)["status"] for where in runs] == ["succeeded"] * 5
            undisturbed = posted(caller, BLACK_FRIDAY, f"?target=n5{query}").headers["location"]
            assert ended(caller, undisturbed)["status"] == "succeeded"
            assert all("another server goes on with it" in caller.get(f"{w}/log").body.decode() for w in runs)
            assert re.search(
                r'engine_retries_total\{.*reason="taken_over"\} 5\.0', caller.get("/metrics").body.decode()
            )
        finally:
            process.terminate()
            process.wait(timeout=60)
        assert len({ask(dsn, SUMS) for dsn in dsns}) == 1


def test_a_queue_that_is_lost_for_a_while_stops_no_run(server, shop_template):
    with fresh_database(server, shop_template) as queue, fresh_database(server, shop_template) as target:
        name = queue.rpartition("/")[2]
        asked = Settings(targets={"default": target}, state=queue, per_minute=100_000)
        with served(asked) as found:
            where = posted(found, BLACK_FRIDAY, "?set=orders=200_000").headers["location"]
            until(lambda: found.get(where).json["status"] == "running")
            cut = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
            run_sql(target, f"alter database {name} allow_connections false", cut)
            time.sleep(3)
            lost = found.get(where)
            run_sql(target, f"alter database {name} allow_connections true")
            assert (lost.status, lost.json["type"]) == (503, "no-queue")
            assert ended(found, where)["status"] == "succeeded"
            again = posted(found, BLACK_FRIDAY, "?fresh=true&set=orders=1_000").headers["location"]
            assert ended(found, again)["status"] == "succeeded"


def test_whoever_was_silent_too_long_has_no_say_any_more(shop_database: str):
    async def play() -> None:
        async with opened(shop_database) as slow, opened(shop_database) as quick:
            order = Order(new_run_id(), "", {}, None, datetime.now(timezone.utc), "default", fresh=False)
            await slow.add(order, "ann", None, "")
            assert await slow.claim() == order
            assert await quick.claim() is None
            await slow.let_go(order.id)  # as if its time were over
            assert await quick.claim() == replace(order, taken_over=True)
            assert await slow.beat(order.id, {}, []) is None
            await slow.finish(order.id, Ended("failed", "late", None), {}, [])
            assert (await quick.one(order.id))["status"] == "running"
            assert await quick.beat(order.id, {}, []) is False
            await quick.stop(order.id)
            assert await quick.beat(order.id, {}, []) is True
            await quick.put_back(order.id)
            assert (await quick.one(order.id))["status"] == "cancelled"

    asyncio.run(play())


def test_keys_of_two_callers_are_two_keys(shop_database: str):
    async def play() -> None:
        async with opened(shop_database) as store:
            for caller in ("ann", "bob"):
                order = Order(new_run_id(), "", {}, None, datetime.now(timezone.utc), "default", fresh=False)
                assert await store.add(order, caller, "monday", caller) == order.id

    asyncio.run(play())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectError("cannot reach postgresql://ann@secret:5432/x"), "the target cannot be reached"),
        (KeyError("secret"), "this is a mistake of the engine's"),
        (Refused("shop.orders holds rows already"), "shop.orders holds rows already"),
    ],
)
def test_what_is_told_of_a_run_that_broke_says_not_where_its_target_is(error: Exception, told: str):
    found = told_of(error)
    assert (found.status, found.error, found.report) == ("failed", told, None)


def test_two_servers_share_a_queue_and_no_run_is_run_twice(shop_database: str, server, shop_template):
    with fresh_database(server, shop_template) as other:
        shared = settings(shop_database, other=other)
        with served(shared) as left, served(shared) as right:
            answers: list[Answer] = []
            asked = [
                threading.Thread(target=lambda c=c, t=t: answers.append(posted(c, QUICKSTART, f"?target={t}")))
                for c, t in ((left, "default"), (right, "other"))
            ]
            for thread in asked:
                thread.start()
            for thread in asked:
                thread.join()
            assert {ended(left, a.headers["location"])["status"] for a in answers} == {"succeeded"}
            assert len(right.get("/runs").json["runs"]) == 2
    assert ask(shop_database, "select count(*) from engine.runs") == 1


def first_event(caller: Caller, where: str) -> str:
    """The name of the first event of a stream that may not end."""
    with socket.create_connection(("127.0.0.1", caller.port), timeout=20) as stream:
        stream.sendall(f"GET {where}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        told = b""
        while b"\n\n" not in told:
            told += stream.recv(4096)
    return told.partition(b"event: ")[2].split()[0].decode()


def test_whoever_begins_to_watch_never_hears_what_a_run_was_before(shop_database: str):
    with served(replace(settings(shop_database), parallel=0)) as found:
        where = posted(found, QUICKSTART).headers["location"]
        assert first_event(found, where) == "progress"
        found.post(f"{where}/cancel")
        assert first_event(found, where) == "end"
        found.post(f"{where}/resume")
        assert first_event(found, where) == "progress"


def test_only_whoever_asked_for_a_run_or_an_admin_stops_it(shop_database: str):
    made = {name: new_token(name, role) for name, role in (("ann", Role.RUN), ("bob", Role.RUN), ("eve", Role.ADMIN))}
    guarded = replace(settings(shop_database), tokens=read_tokens([line for _, line in made.values()]), parallel=0)
    with served(guarded) as found:
        ann, bob, eve = (Caller(found.port, token) for token, _ in made.values())
        where = posted(ann, QUICKSTART).headers["location"]
        refused = bob.post(f"{where}/cancel")
        assert (refused.status, refused.json["type"]) == (403, "not-yours")
        assert bob.get(where).json["caller"] == "ann"
        assert eve.post(f"{where}/cancel").json["status"] == "cancelled"
        assert bob.post(f"{where}/resume").status == 403
        assert ann.post(f"{where}/resume").json["status"] == "queued"
