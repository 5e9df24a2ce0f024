"""Commands that write refuse a database that looks like production; those that only look do not."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from multiprocessing import Pipe
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from api.process import Line
from api.store import Order
from api.tasks import carry_out
from engine.embedded import Throwaway
from engine.errors import Refused
from engine.report import Report
from engine.run import Request, run
from tests.integration.test_pytest_plugin import STORY, session
from tests.runs import engine
from tests.servers import ask, run_sql

SPEC = "specs/quickstart.yaml"
SURE = "--yes-this-is-not-production"
UNKNOWN = "00000000-0000-7000-8000-000000000000"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def live(server: Throwaway, shop_template: str) -> Iterator[str]:
    """The DSN of a migrated database that is called shop_live."""
    run_sql(server.dsn(), f'create database shop_live template "{shop_template}"')
    yield server.dsn("shop_live")
    run_sql(server.dsn(), "drop database shop_live with (force)")


@pytest.mark.parametrize(
    "words",
    [
        ("run", SPEC),
        ("run", SPEC, "--fresh", "--yes"),
        ("resume", UNKNOWN),
        ("repair",),
        ("db", "upgrade"),
        ("db", "downgrade", "--yes"),
    ],
)
def test_what_writes_is_refused_before_anything_is_connected_to(words: tuple[str, ...]):
    done = engine(*words, dsn="postgresql://app:hidden@127.0.0.1:1/shop_live")
    assert (done.returncode, "hidden" in done.stderr) == (4, False), done.stderr
    assert "looks like production: there is 'live' in the name of its database" in done.stderr
    assert "cannot reach" in engine(*words, SURE, dsn="postgresql://app:hidden@127.0.0.1:1/shop_live").stderr


def test_what_only_looks_is_not_refused(live: str):
    for words in (("validate", SPEC), ("plan", SPEC), ("preview", SPEC), ("runs",), ("db", "status")):
        assert engine(*words, dsn=live).returncode == 0, words
    assert ask(live, "select count(*) from engine.runs") == 0


def test_a_run_goes_on_where_somebody_says_that_it_is_none(live: str):
    refused = engine("run", SPEC, "--json", dsn=live)
    assert refused.returncode == 4
    assert ask(live, "select count(*) from engine.runs") == 0
    done = engine("run", SPEC, "--json", SURE, dsn=live)
    assert done.returncode == 0, done.stderr
    assert ask(live, "select count(*) from engine.runs where status = 'succeeded'") == 1


@pytest.fixture
def alias(live: str) -> Iterator[str]:
    """The DSN of shop_live as a pooler hands it out, where it is called shop."""
    address = urlsplit(live)
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]

    def pour(source: socket.socket, into: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                into.sendall(data)
            into.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection((address.hostname or "", address.port or 0))
            ends.extend((client, server))
            size = struct.unpack("!i", client.recv(4, socket.MSG_WAITALL))[0]
            begin = client.recv(size - 4, socket.MSG_WAITALL).replace(b"database\0shop\0", b"database\0shop_live\0")
            server.sendall(struct.pack("!i", len(begin) + 4) + begin)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pour, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"postgresql://postgres@127.0.0.1:{listener.getsockname()[1]}/shop?sslmode=disable"
    for end in ends:
        end.close()


ANSWERED = "there is 'live' in 'shop_live', as the server calls its database"


def test_a_server_is_asked_what_it_calls_its_database(alias: str, live: str):
    for words in (("run", SPEC), ("resume", UNKNOWN), ("clean", UNKNOWN, "--yes"), ("repair",), ("db", "upgrade")):
        done = engine(*words, dsn=alias)
        assert (done.returncode, ANSWERED in done.stderr) == (4, True), (words, done.stderr)
    assert ask(live, "select count(*) from engine.runs") == 0
    assert engine("validate", SPEC, dsn=alias).returncode == 0
    assert engine("run", SPEC, SURE, dsn=alias).returncode == 0


def test_a_server_may_call_itself_production(database: str):
    with Throwaway(settings={"cluster_name": "eu-prod"}) as other:
        done = engine("repair", dsn=other.dsn())
    assert "there is 'prod' in 'eu-prod', as the server calls its cluster" in done.stderr
    assert engine("repair", dsn=database).returncode == 0


def test_whoever_calls_the_engine_as_a_library_is_asked_too(alias: str):
    spec = Path(SPEC).read_text(encoding="utf-8")
    with pytest.raises(Refused, match="as the server calls its database"):
        asyncio.run(run(Request(spec, SPEC), dsn=alias))
    assert asyncio.run(run(Request(spec, SPEC, sure=True), dsn=alias)).status == "succeeded"


def test_a_target_of_the_api_is_asked_before_each_run(alias: str):
    _, pipe = Pipe()
    order = Order(UUID(int=1), Path(SPEC).read_text(encoding="utf-8"), {}, 1, NOW, "far", fresh=False)
    with pytest.raises(Refused, match=r"(?s)target far: .*shop_live.*ENGINE_NOT_PRODUCTION=near,far says"):
        carry_out(Line(pipe), order, alias, ("near",))
    done = carry_out(Line(pipe), order, alias, ("near", "far"))
    assert isinstance(done, Report)
    assert done.status == "succeeded"


def test_the_pytest_plugin_refuses_it_before_it_is_copied(live: str, alias: str, tmp_path: Path):
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    tests = '@pytest.mark.scenario("story.yaml")\ndef test_it(scenario): ...\n'
    done = session(tmp_path, tests, "--scenario-dsn", alias)
    assert ANSWERED in done.stdout, done.stdout
    run_sql(live, "create table things (id int primary key, name text not null)")
    done = session(tmp_path, tests, "--scenario-dsn", live, SURE)
    assert "1 passed" in done.stdout, done.stdout
