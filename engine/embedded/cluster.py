"""A data folder and the programs that serve it: making it, starting a server on it, waiting until it is ready."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.embedded import launch
from engine.embedded.account import Account
from engine.embedded.binaries import Binaries
from engine.errors import ServerError

HOST = "127.0.0.1"
SUPERUSER = "postgres"
INITDB_S = 120.0
LOG_TAIL = 2_000
POLL_S = 0.02
PORT_TAKEN = "Address already in use"
"""How the log says that another process was quicker (in English: see `environment`)."""
PID_LINE, PORT_LINE, STATE_LINE = 0, 3, 7
"""Lines of `postmaster.pid` (counted from 0), see PostgreSQL's src/include/utils/pidfile.h."""

LOAD = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_replication_slots": "10",
    "max_wal_senders": "10",
    "max_connections": "100",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
"""Settings for bulk loads and change-data capture on a laptop."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One data folder, the binaries for it, who runs them, and where the server's log goes."""

    data: Path
    log: Path
    binaries: Binaries
    account: Account

    def initialise(self, settings: Mapping[str, str], *, password: str | None = None) -> None:
        """Make the data folder, whole or not at all; without a password every local user is let in.

        Raises ServerError with initdb's last words.
        """
        fresh = self.data.with_name(f"{self.data.name}.new")
        secret = self.data.with_name(f"{self.data.name}.secret")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        try:
            secret.touch(mode=0o600)
            secret.write_text(password or "unused")
            self.account.own(secret)
            words = self.initdb(fresh, secret, trust=password is None)
            words += ["--no-sync"] if settings.get("fsync") == "off" else []
            done = self.account.run(words, timeout_s=INITDB_S)
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise ServerError(f"initdb failed:\n{(done.stdout + done.stderr)[-LOG_TAIL:].strip()}")
        configure(fresh / "postgresql.conf", settings)
        fresh.rename(self.data)

    def initdb(self, folder: Path, secret: Path, *, trust: bool) -> list[str | Path]:
        """The command that makes a data folder, with the same text rules on every machine where there are such."""
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        words: list[str | Path] = [self.binaries.program("initdb"), "-D", folder, "-U", SUPERUSER, "--encoding=UTF8"]
        words += [f"--locale={locale}", f"--auth={'trust' if trust else 'scram-sha-256'}", f"--pwfile={secret}"]
        builtin_since = 17
        if self.binaries.major >= builtin_since:
            words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return words

    def order(self, mode: str, port: int, folder: Path) -> list[str]:
        """The command line of the launcher (see launch.py); every user can read it, so it holds no secret."""
        server = [str(self.binaries.program("postgres")), "-D", str(self.data), "-p", str(port)]
        order = {
            "mode": mode,
            "command": [*self.account.prefix, *server],
            "uid": self.account.uid,
            "gid": self.account.gid,
            "log": str(self.log),
            "folder": str(folder),
        }
        return [sys.executable, "-I", "-S", str(Path(launch.__file__).resolve()), json.dumps(order)]

    def ready(self, pid: int | None = None) -> bool:
        """Whether a server on this data says that it answers; that very process, where data may hold an old file."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return pid in (None, int(lines[PID_LINE])) and lines[STATE_LINE].strip() == "ready"
        return False

    def tail(self, start: int = 0) -> str:
        """The end of what the server wrote to its log after byte `start`."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(start)
            return log.read()[-LOG_TAIL:].decode(errors="replace").strip()
        return ""


def configure(path: Path, settings: Mapping[str, str]) -> None:
    """Append our settings to `postgresql.conf`, so that a user's ALTER SYSTEM still has the last word."""
    with path.open("a") as conf:
        conf.write("\n# set by the scenario engine when the data folder was made\n")
        conf.writelines(f"{key} = '{value}'\n" for key, value in settings.items())


def free_port() -> int:
    """A TCP port that is free on the loopback at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen at `port` of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does: a port in TIME_WAIT is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def await_ready(ready: Callable[[], bool], gone: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until the server is `ready`; False when it is `gone` first or the time is over."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if ready():
            return True
        if gone():
            return False
        time.sleep(POLL_S)
    return False
