"""The throw-away server: it starts, it serves, and it never outlives its owner."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from engine.embedded import Binaries, Throwaway, readable
from engine.errors import ServerError
from tests.servers import ask, binaries

OWNER = """
import sys, time
from engine.embedded import Binaries, Throwaway
server = Throwaway().start()
print(server.port, server.guard.pid, flush=True)
time.sleep(600)
"""


def await_end(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=20)[1]


def test_a_server_of_each_version_serves_with_logical_wal(each_database: str) -> None:
    assert ask(each_database, "show wal_level") == "logical"
    assert ask(each_database, "select upper('straße é')") is not None


def test_each_param_is_the_version_it_says(postgres_server: Throwaway, request: pytest.FixtureRequest) -> None:
    major = int(str(ask(postgres_server.dsn(), "show server_version_num"))) // 10_000
    assert f"pg{major}" in request.node.name


def test_two_databases_of_one_server_see_nothing_of_each_other(database: str, server: Throwaway) -> None:
    asyncio.run(_create(database))
    assert ask(server.dsn(), "select to_regclass('public.mine')") is None
    assert ask(database, "select to_regclass('public.mine')::text") == "mine"


async def _create(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table mine (id int)")
    await connection.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_its_owner_however_that_one_dies(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        guard = psutil.Process(int(owner.stdout.readline().split()[1]))
        family = [guard, *guard.children(recursive=True)]
        folder = _folder(family)
        assert len(family) > 1
        assert folder.exists()
        owner.send_signal(number)
    assert await_end(family) == []
    assert not folder.exists()


def test_a_server_ends_when_even_its_guard_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        guard = psutil.Process(int(owner.stdout.readline().split()[1]))
        servers = guard.children(recursive=True)
        folder = _folder(servers)
        guard.kill()
        owner.kill()
    assert await_end(servers) == []
    subprocess.run(["rm", "-rf", folder], check=True)


def _folder(family: list[psutil.Process]) -> Path:
    commands = [process.cmdline() for process in family]
    words = next(words for words in commands if "-D" in words and Path(words[0]).name == "postgres")
    return Path(words[words.index("-D") + 1]).parent


def test_a_server_outlives_the_thread_that_started_it() -> None:
    server = Throwaway()
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.3)
        assert ask(server.dsn(), "select 1") == 1
    finally:
        server.stop()


def test_no_process_of_the_server_shows_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_DSN", "postgresql://me:very-secret@db.example/shop")
    with Throwaway() as server:
        assert server.guard is not None
        guard = psutil.Process(server.guard.pid)
        for process in (guard, *guard.children(recursive=True)):
            assert "very-secret" not in f"{process.cmdline()} {process.environ()}"


def test_stop_leaves_neither_process_nor_folder() -> None:
    server = Throwaway().start()
    assert server.guard is not None
    guard = psutil.Process(server.guard.pid)
    family = guard.children(recursive=True)
    folder = _folder(family)
    server.stop()
    server.stop()
    assert await_end(family) == []
    assert not folder.exists()


def test_a_setting_that_postgres_refuses_is_told_with_its_own_words() -> None:
    with pytest.raises(ServerError, match="no_such_setting"):
        Throwaway(settings={"no_such_setting": "1"}).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_never_runs_the_server_itself(server: Throwaway) -> None:
    assert server.guard is not None
    (postgres,) = psutil.Process(server.guard.pid).children()
    assert postgres.uids().real != 0


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for copies that everybody can enter and nobody else uses."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(readable, "PLACES", (Path(folder),))
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's files are always open to himself")
def test_root_can_keep_the_binaries_under_a_private_home(tmp_path: Path, open_place: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    wheel = binaries("pg18").folder.parent.parent
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        subprocess.run(["cp", "-r", folder, home / folder.name], check=True)
    private = Binaries(home / wheel.name / "pginstall" / "bin", binaries("pg18").version)
    with Throwaway(private) as server:
        assert ask(server.dsn(), "select 1") == 1
    assert len(list(open_place.glob("scenario-engine/postgresql-18*"))) == 1
    assert home.stat().st_mode & 0o777 == 0o700
