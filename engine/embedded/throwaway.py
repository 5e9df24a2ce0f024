"""A PostgreSQL for tests: made in a moment, gone with its owner, however that one ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from engine.embedded import binaries as programs
from engine.embedded.account import Account, environment, nobody
from engine.embedded.binaries import Binaries
from engine.embedded.cluster import HOST, LOAD, PORT_TAKEN, SUPERUSER, Cluster, await_ready, free_port
from engine.embedded.launch import ENDED
from engine.embedded.readable import for_account
from engine.errors import ServerError

FAST = {**LOAD, "fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB", "max_wal_size": "2GB"}
START_S = 60.0
STOP_S = 30.0
ATTEMPTS = 5
PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own there
ENTER = 0o711


class Throwaway:
    """A server on an empty data folder of its own; use it as a context, or call `start` and `stop`.

    It listens on the loopback at a free port and, without a password, lets every local user in: that is for tests only.
    A guard process of its own stops it and removes the folder when this process ends, killed or not.
    """

    def __init__(
        self,
        binaries: Binaries | None = None,
        *,
        settings: Mapping[str, str] | None = None,
        password: str | None = None,
    ) -> None:
        self.binaries = binaries or programs.find()
        self.password = password
        self.settings = {**FAST, **(settings or {})}
        self.port = 0
        self.guard: subprocess.Popen[bytes] | None = None

    def start(self) -> Throwaway:
        """Make the data folder and start the server; ServerError with the end of the log when that fails."""
        account = Account() if os.geteuid() != 0 else nobody()
        binaries = for_account(self.binaries, account)
        said = ""
        for _ in range(ATTEMPTS):
            folder = scratch(account)
            cluster = Cluster(folder / "data", folder / "log", binaries, account)
            try:
                if self.launch(cluster, folder):
                    return self
                said = cluster.tail()
            except BaseException:
                self.stop()
                raise
            finally:
                if self.guard is None or self.guard.poll() is not None:
                    shutil.rmtree(folder, ignore_errors=True)
            self.stop()
            if PORT_TAKEN not in said:
                break
        raise ServerError(f"the throw-away PostgreSQL did not start:\n{said}")

    def launch(self, cluster: Cluster, folder: Path) -> bool:
        """Try one free port, which another process may take first."""
        cluster.initialise(self.settings, password=self.password)
        self.port = free_port()
        order = cluster.order("guard", self.port, folder)
        self.guard = subprocess.Popen(order, stdin=subprocess.PIPE, env=environment(), start_new_session=True, cwd="/")
        return await_ready(cluster.ready, (folder / ENDED).exists, START_S)

    def dsn(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        secret = "" if self.password is None else f":{self.password}"
        return f"postgresql://{SUPERUSER}{secret}@{HOST}:{self.port}/{database}"

    def stop(self) -> None:
        """Stop the server and remove its data; a second call does nothing."""
        guard, self.guard = self.guard, None
        if guard is None or guard.stdin is None:
            return
        with contextlib.suppress(OSError):
            guard.stdin.write(b".")  # a fork of ours may hold the pipe's end: closing it alone would not do
            guard.stdin.flush()
        with contextlib.suppress(OSError):
            guard.stdin.close()
        try:
            guard.wait(STOP_S)
        except subprocess.TimeoutExpired:
            guard.kill()
            guard.wait(STOP_S)

    def __enter__(self) -> Throwaway:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def scratch(account: Account) -> Path:
    """A new folder that `account` can enter, in the system's place for temporary files or another like it."""
    for place in (tempfile.gettempdir(), *PLACES):
        with contextlib.suppress(OSError):
            if account.can_enter(Path(place)):
                folder = Path(tempfile.mkdtemp(prefix="scenario-engine-", dir=place)).resolve()
                folder.chmod(ENTER if account.uid is not None else 0o700)
                return folder
    raise ServerError(f"no place for temporary data: tried {', '.join((tempfile.gettempdir(), *PLACES))}")
