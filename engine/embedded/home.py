"""The folder that keeps the resident server: its data, log, port and password, and a lock for whoever starts it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets  # noqa: TID251 - a password, unlike a row, must not be foreseeable
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.embedded.cluster import POLL_S, free_port, is_free
from engine.errors import ServerError

NAME = "scenario-engine"
SYSTEM = Path("/var/lib")
PORTS = range(15_432, 16_432)
"""Where we look first: below the range from which systems hand out ports, so that a remembered one stays free."""
LOCK_S = 180.0
ENTER, PRIVATE, SECRET = 0o711, 0o700, 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie below one folder."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "postgres.log"

    def ledger(self, database: str) -> Path:
        """The ledger of a database that does not let us keep one in it; made private, since it holds specs."""
        self.make()
        path = self.folder / f"ledger-{database}.sqlite"
        try:
            path.touch(mode=SECRET)
        except OSError as error:
            raise ServerError(f"{path} cannot be made: {error}\n  hint: --ledger names another file") from error
        return path

    def make(self) -> None:
        """Make the folder, which root must let its unprivileged user pass through; ServerError when it cannot be."""
        try:
            with contextlib.suppress(FileExistsError):  # another command may make it at the same moment
                self.folder.mkdir(parents=True)
                self.folder.chmod(ENTER if os.geteuid() == 0 else PRIVATE)
            self.log.touch(mode=SECRET)
        except OSError as error:
            raise ServerError(
                f"the folder for the engine's own PostgreSQL cannot be used: {error}\n"
                "  hint: ENGINE_HOME may name another folder, and --dsn another server"
            ) from error

    def password(self) -> str:
        """The superuser's password, made on the first call and kept in a file that only we can read."""
        path = self.folder / "password"
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        if self.data.exists():
            raise ServerError(f"{path} is gone, and the data in {self.data} cannot be used without it")
        made = secrets.token_urlsafe(24)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET), "w") as file:
            file.write(made + "\n")
        return made

    def choose_port(self) -> int:
        """The remembered port while it is free, so that a printed address stays good; else a new one."""
        path = self.folder / "port"
        with contextlib.suppress(OSError, ValueError):
            remembered = int(path.read_text())
            if is_free(remembered):
                return remembered
        first = int.from_bytes(hashlib.sha256(str(self.folder).encode()).digest()[:8], "big") % len(PORTS)
        ports = (*PORTS[first:], *PORTS[:first])  # two homes seldom want the same one
        port = next((port for port in ports if is_free(port)), None) or free_port()
        path.write_text(f"{port}\n")
        return port

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold what only one process may do at a time; ServerError when another one holds it for three minutes."""
        end = time.monotonic() + LOCK_S
        with (self.folder / "lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > end:
                        raise ServerError(f"another process has held {file.name} for {LOCK_S:g} s") from error
                    time.sleep(POLL_S)
            yield


def find() -> Home:
    """ENGINE_HOME, else root's place for services, else the user's data folder."""
    chosen = os.environ.get("ENGINE_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().resolve())
    if os.geteuid() == 0 and sys.platform == "linux" and os.access(SYSTEM, os.W_OK):
        return Home(SYSTEM / NAME)
    return Home(platformdirs.user_data_path(NAME, appauthor=False).resolve())
