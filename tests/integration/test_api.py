"""The API over a real socket: specs, problems, versions, and who may ask."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from jsonschema import Draft202012Validator

from api import hurried
from api.access import Role, new_token, read_tokens
from api.envelope import VERSIONS
from api.problems import MEDIA_TYPE, ProblemDetails
from api.routes import OPERATIONS
from api.runner import Runner
from api.settings import Settings, from_environment
from engine.errors import UsageError
from tests.acceptance.documents import blocks_of
from tests.api import Caller, served
from tests.servers import fresh_database, run_sql

QUICKSTART = Path("specs/quickstart.yaml").read_text(encoding="utf-8")
NOWHERE = "postgresql://somebody:very-secret@127.0.0.1:1/nothing"


@pytest.fixture(scope="module")
def shop(server, shop_template) -> Iterator[str]:
    with fresh_database(server, shop_template) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def caller(shop: str) -> Iterator[Caller]:
    with served(Settings(targets={"default": shop, "gone": NOWHERE}, state=shop, per_minute=100_000)) as found:
        yield found


def test_every_answer_has_an_id_a_version_and_headers_that_keep_pages_safe(caller: Caller):
    found = caller.get("/health/live", X_Request_ID="abc-1")
    assert (found.status, found.json) == (200, {"status": "live"})
    assert found.headers["x-request-id"] == "abc-1"
    assert found.headers["api-version"] == VERSIONS[0]
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert caller.get("/health/live", X_Request_ID="<b>").headers["x-request-id"] != "<b>"


def test_an_unknown_version_is_told_the_known_ones(caller: Caller):
    found = caller.get("/specs", API_Version="2019-01-01")
    assert found.status == 400
    assert found.headers["content-type"] == MEDIA_TYPE
    assert found.json["type"] == "unknown-version"
    assert VERSIONS[0] in found.json["detail"]
    assert caller.get("/specs", API_Version=VERSIONS[0]).status == 200


def test_the_library_is_listed_and_read(caller: Caller):
    names = [one["name"] for one in caller.get("/specs").json["specs"]]
    assert {"quickstart", "black_friday"} <= set(names)
    assert caller.get("/specs/quickstart").body.decode() == QUICKSTART
    for path in ("/specs/nothing", "/specs/..%2Fpyproject", "/specs/%00"):
        assert caller.get(path).status == 404


def test_a_right_spec_is_right_as_yaml_and_as_json(caller: Caller):
    as_json = json.dumps(yaml.safe_load(QUICKSTART), default=str)
    for text in (QUICKSTART, as_json):
        assert caller.post("/specs/validate", text).json == {"valid": True, "diagnostics": []}


def test_what_is_wrong_is_told_at_its_place(caller: Caller):
    text = QUICKSTART.replace("count:", "cuont:", 1)
    line = next(n for n, line in enumerate(text.splitlines(), 1) if "cuont" in line)
    (told,) = caller.post("/specs/validate", text).json["diagnostics"]
    assert (told["code"], told["line"], told["hint"]) == ("S001", line, "did you mean 'count'?")
    problem = caller.post("/specs/preview", text)
    assert (problem.status, problem.headers["content-type"]) == (422, MEDIA_TYPE)
    assert problem.json["diagnostics"] == [told]


def test_parameters_come_by_the_query(caller: Caller):
    text = Path("specs/black_friday.yaml").read_text(encoding="utf-8")
    found = caller.post("/specs/preview?set=orders=1234&seed=7&rows=2&now=2025-11-28", text).json
    assert (found["seed"], found["entities"]["orders"]["rows"]) == (7, 1234)
    assert caller.post("/specs/validate?set=ordres=5", text).json["diagnostics"][0]["code"] == "P001"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sed=1", "sed"),
        ("seed=one", "seed"),
        ("seed=-1", "seed"),
        ("now=yesterday", "now"),
        ("set=orders", "NAME=VALUE"),
        ("rows=0", "rows"),
        ("seed=1&seed=2", "twice"),
    ],
)
def test_a_query_that_says_nothing_is_refused(caller: Caller, query: str, words: str):
    found = caller.post(f"/specs/preview?{query}", QUICKSTART)
    assert (found.status, found.json["type"]) == (400, "wrong-request")
    assert words in found.json["detail"]


def test_targets_go_by_names_and_never_tell_their_address(caller: Caller):
    unknown = caller.post("/specs/validate?target=mine", QUICKSTART)
    assert (unknown.status, unknown.json["type"]) == (422, "unknown-target")
    gone = caller.post("/specs/validate?target=gone", QUICKSTART)
    assert (gone.status, gone.json["type"]) == (503, "no-database")
    ready = caller.get("/health/ready")
    assert ready.status == 503
    assert not ready.json["parts"]["target gone"]["ready"]
    assert ready.json["parts"]["target default"]["ready"]
    assert ready.json["parts"]["queue"] == {"ready": True, "reason": "0 of 100 places are taken"}
    assert not [one for one in (unknown, gone, ready) if b"secret" in one.body or b"somebody" in one.body]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\x00", b"a: [", b"- 1", b"", b"!!python/object:x {}", b"a: &a [*a]"])
def test_what_is_no_spec_ends_in_a_diagnostic_or_a_problem(caller: Caller, body: bytes):
    found = caller.post("/specs/validate", body)
    assert found.status == 400 or found.json["valid"] is False


def test_too_much_is_refused_before_it_is_read(caller: Caller):
    assert caller.post("/specs/validate", b"#" * 10_000_000).status == 413


def test_who_sends_too_slowly_is_sent_away(shop: str):
    with (
        served(Settings(targets={"default": shop}, state=shop, answer_s=0.5)) as found,
        socket.create_connection(("127.0.0.1", found.port), timeout=20) as slow,
    ):
        slow.sendall(b"POST /specs/validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nscen")
        assert b" 408 " in slow.recv(65_536).splitlines()[0]


def test_who_asks_too_often_is_told_when_to_come_again(shop: str):
    with served(Settings(state=shop, per_minute=5)) as found:
        answers = [found.get("/health/live") for _ in range(8)]
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 3
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 13


def test_another_sites_page_may_not_ask(caller: Caller):
    assert caller.post("/specs/validate", QUICKSTART, Origin="https://evil.example").status == 403
    assert caller.post("/specs/validate", QUICKSTART, Origin=f"http://127.0.0.1:{caller.port}").status == 200
    rebound = caller.get("/specs", Host="evil.example")
    assert (rebound.status, rebound.json["type"]) == (403, "wrong-host")


def test_a_site_on_the_list_may(shop: str):
    with served(Settings(targets={"default": shop}, state=shop, origins=("https://desk.example",))) as found:
        answer = found.post("/specs/validate", QUICKSTART, Origin="https://desk.example")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://desk.example"


@pytest.fixture(scope="module")
def guarded(shop: str) -> Iterator[tuple[Caller, dict[str, str]]]:
    made = {role.name.lower(): new_token(f"a-{role.name.lower()}", role) for role in (Role.READ, Role.RUN)}
    settings = Settings(targets={"default": shop}, state=shop, tokens=read_tokens(line for _, line in made.values()))
    with served(settings) as found:
        yield found, {name: token for name, (token, _) in made.items()}


def test_without_a_token_or_with_a_wrong_one_nobody_gets_in(guarded: tuple[Caller, dict[str, str]]):
    caller, tokens = guarded
    for token in (None, "", "x", tokens["read"] + "x", tokens["read"][:-1]):
        found = replace(caller, token=token).get("/specs")
        assert (found.status, found.json["type"]) == (401, "no-token")
        assert found.headers["www-authenticate"] == "Bearer"
    assert replace(caller, token=tokens["read"]).get("/specs").status == 200
    assert caller.get("/health/live").status == 200


def test_rows_that_are_there_are_shown_to_who_may_run_only(guarded: tuple[Caller, dict[str, str]], shop: str):
    caller, tokens = guarded
    run_sql(shop, "create table if not exists secrets (id int primary key, word text)", "truncate secrets",
            "insert into secrets values (1, 'sesame')")  # fmt: skip
    text = """
scenario: curious
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  secrets: {table: secrets, existing: {columns: [word]}}
"""
    found = replace(caller, token=tokens["read"]).post("/specs/preview", text)
    assert (found.status, found.json["type"]) == (403, "wrong-role")
    assert b"sesame" not in found.body
    assert b"sesame" in replace(caller, token=tokens["run"]).post("/specs/preview", text).body


def test_tokens_are_kept_as_hashes_and_a_wrong_line_is_not_repeated(tmp_path: Path):
    token, line = new_token("ci", Role.RUN)
    assert token not in line
    file = tmp_path / "tokens"
    file.write_text(f"# who may\n{line}\n")
    assert [(t.name, t.role) for t in from_environment({"ENGINE_TOKENS": str(file)}).tokens] == [("ci", Role.RUN)]
    with pytest.raises(UsageError) as refused:
        read_tokens(["ci run plain-secret"])
    assert "plain-secret" not in str(refused.value)


def test_a_queue_that_is_full_or_not_migrated_is_not_ready_and_takes_no_run(server, shop_template):
    with (
        fresh_database(server, shop_template) as dsn,
        served(Settings(targets={"default": dsn}, state=dsn, queue=0)) as found,
    ):
        assert found.get("/health/ready").status == 503
        full = found.post("/runs", QUICKSTART)
        assert (full.status, full.json["type"]) == (503, "queue-full")
        assert "retry-after" in full.headers
        run_sql(dsn, "update engine.alembic_version set version_num = 'engine_0001' where version_num like 'engine_%'")
        assert "not migrated" in found.get("/health/ready").json["parts"]["queue"]["reason"]


def test_targets_come_from_the_environment():
    settings = from_environment({"ENGINE_DSN": NOWHERE, "ENGINE_TARGET_STAGING": NOWHERE})
    assert list(settings.targets) == ["default", "staging"]
    assert "very-secret" not in str(settings.shown())


def test_the_document_tells_every_operation_and_every_answer_fits_it(caller: Caller):
    document = caller.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    told = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert told == {(one.method, one.path) for one in OPERATIONS}
    run = caller.post("/runs", QUICKSTART).headers["location"]
    while caller.get(run).json["status"] in ("queued", "running"):
        time.sleep(0.1)
    asked = {"/specs/{name}": "/specs/quickstart"}
    for one in OPERATIONS:
        body = QUICKSTART if one.body else None
        path = asked.get(one.path, one.path.replace("/runs/{id}", run))
        found = caller.ask(one.method, path, body)
        answers = document["paths"][one.path][one.method.lower()]["responses"][str(found.status)]["content"]
        kind = found.headers["content-type"].partition(";")[0]
        assert kind in answers, path
        if kind.endswith("json"):
            schema = {"components": document["components"], **answers[kind]["schema"]}
            Draft202012Validator(schema).validate(found.json)
    assert set(document["components"]["schemas"]) >= {ProblemDetails.__name__, "Verdict", "Ready", "RunView"}


def test_the_command_refuses_to_be_open_to_everybody_and_serves_this_machine(shop: str):
    words = [sys.executable, "-m", "engine.cli", "serve"]
    refused = subprocess.run([*words, "--host", "0.0.0.0"], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 4
    assert "ENGINE_TOKENS" in refused.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    around = {**os.environ, "ENGINE_DSN": shop}
    process = subprocess.Popen([*words, "--port", str(port)], stderr=subprocess.PIPE, text=True, env=around)
    try:
        for _ in range(200):
            try:
                assert Caller(port).get("/health/live").status == 200
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("it does not answer")
        (shown,) = [block.body for block in blocks_of("api/README.md") if block.language == "console"]
        _, typed, *wanted = shown.splitlines()
        tried = typed.removeprefix("$ ").replace(":8080", f":{port}").split()
        assert subprocess.run(tried, capture_output=True, text=True, timeout=60).stdout.splitlines() == wanted
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_runner_that_ended_by_mistake_is_no_ready_server(shop: str):
    async def broken(_: Runner) -> None:
        raise ZeroDivisionError

    with patch.object(Runner, "serve", broken), served(Settings(targets={"default": shop}, state=shop)) as found:
        for _ in range(100):
            if (told := found.get("/health/ready")).status == 503:
                break
            time.sleep(0.1)
        assert (told.status, told.json["parts"]["runner"]["ready"]) == (503, False)


def test_what_keeps_a_server_from_starting_is_said_in_a_line(shop: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for more, code, told in (
            ({"ENGINE_DSN": shop}, 4, f"127.0.0.1:{port} is not to be had"),
            ({"ENGINE_DSN": "postgresql://ann:secret@127.0.0.1:9/x"}, 1, "cannot reach postgresql://ann@127.0.0.1:9"),
            ({"ENGINE_PARALLEL": "many"}, 2, "ENGINE_PARALLEL is a whole number"),
        ):
            words = [sys.executable, "-m", "engine.cli", "serve", "--port", str(port)]
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=os.environ | more)
            assert (done.returncode, told in done.stderr) == (code, True), done.stderr
            assert "Traceback" not in done.stderr
            assert "secret" not in done.stderr


def test_whoever_never_ends_a_head_is_not_waited_for(caller: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hurried, "HEAD_S", 0.5)
    whole = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for first in (b"", b"GET /health/live HTTP/1.1\r\nHost: lo", whole + whole[:20]):
        with socket.create_connection(("127.0.0.1", caller.port), timeout=20) as slow:
            slow.sendall(first)
            found = b""
            while data := slow.recv(4096):
                found += data
        assert found.count(b"HTTP/1.1 200") == (first.startswith(whole))
    assert caller.get("/health/live").status == 200


def in_a_form(*fields: tuple[str, str], name: str = "story.yaml") -> tuple[bytes, str]:
    """A multipart body and its media type; the field `spec` is an uploaded file."""
    lines = []
    for field, value in fields:
        file = f'; filename="{name}"' if field == "spec" else ""
        lines.append(f'--edge\r\nContent-Disposition: form-data; name="{field}"{file}\r\n\r\n{value}\r\n')
    return ("".join(lines) + "--edge--\r\n").encode(), "multipart/form-data; boundary=edge"


def test_a_spec_may_be_uploaded_with_the_rest_in_fields(caller: Caller):
    body, kind = in_a_form(("spec", QUICKSTART), ("rows", "3"), ("seed", "7"), ("target", ""))
    found = caller.post("/specs/preview", body, Content_Type=kind)
    assert found.status == 200, found.body
    by_query = caller.post("/specs/preview?rows=3&seed=7", QUICKSTART)
    assert found.json == by_query.json


def test_a_form_without_files_does_too(caller: Caller):
    body = urllib.parse.urlencode({"spec": QUICKSTART, "seed": "7"})
    found = caller.post("/specs/validate", body, Content_Type="application/x-www-form-urlencoded")
    assert found.json == {"valid": True, "diagnostics": []}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ((("seed", "1"),), "no field spec"),
        ((("spec", "a"), ("spec", "b")), "too many files|more than one field spec"),
        ((("spec", "scenario: x"), ("sed", "1")), "sed: Extra inputs"),
        ((("spec", "scenario: x"), ("seed", "1"), ("seed", "2")), "seed is said twice"),
    ],
)
def test_a_wrong_form_is_told(caller: Caller, fields: tuple[tuple[str, str], ...], told: str):
    body, kind = in_a_form(*fields)
    found = caller.post("/specs/validate", body, Content_Type=kind)
    assert found.status == 400
    assert re.search(told, found.json["detail"], re.IGNORECASE), found.json


@pytest.mark.parametrize("body", [b"", b"--edge\r\nnonsense", b"--edge--", b"\xff" * 1000])
def test_a_broken_form_is_told(caller: Caller, body: bytes):
    for kind in ("multipart/form-data; boundary=edge", "multipart/form-data"):
        assert caller.post("/specs/validate", body, Content_Type=kind).status == 400


def test_a_form_to_sign_in_with_is_no_way_around_the_limit(caller: Caller):
    kind = "application/x-www-form-urlencoded"
    assert caller.post("/sign-in", b"token=" + b"x" * (11 << 20), Content_Type=kind).status == 413
    assert caller.post("/sign-in", b"token=x", Content_Type=kind).status == 401
    assert caller.post("/sign-in", b"nonsense", Content_Type="multipart/form-data").status == 400
