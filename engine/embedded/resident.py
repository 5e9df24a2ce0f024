"""The PostgreSQL that stays: started by any command that needs it, found again by the next, stopped when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.embedded import binaries as programs
from engine.embedded import home as homes
from engine.embedded.account import choose, environment
from engine.embedded.binaries import Binaries
from engine.embedded.cluster import (
    HOST,
    LOAD,
    POLL_S,
    PORT_LINE,
    PORT_TAKEN,
    STATE_LINE,
    SUPERUSER,
    Cluster,
    await_ready,
)
from engine.embedded.home import Home
from engine.embedded.process import alive, command, postmaster
from engine.embedded.readable import for_account
from engine.errors import ServerError

START_S = 120.0
"""As long as the recovery after a crash may take."""
LAUNCH_S = 30.0
FAST_S, IMMEDIATE_S = 60.0, 15.0
ATTEMPTS = 5
LOG_LIMIT = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the resident server without starting it; `major` is that of its data, if there are any."""

    running: bool
    pid: int | None
    port: int | None
    major: int | None
    data: Path
    log: Path


class Resident:
    """The engine's own server on this machine, in ENGINE_HOME or the user's data folder.

    It listens on the loopback only and asks for a password, which `url` holds.
    """

    def __init__(self, home: Path | None = None, binaries: Binaries | None = None) -> None:
        self.home = Home(home.resolve()) if home else homes.find()
        self.binaries = binaries

    def url(self, database: str = "postgres") -> str:
        """The address of a database, password included; the server is started if it is not running."""
        self.start()
        port = self.status().port
        return f"postgresql://{SUPERUSER}:{self.home.password()}@{HOST}:{port}/{database}"

    def status(self) -> Status:
        """Whether it runs, and where."""
        pid = postmaster(self.home.data)
        port = None
        with suppress(OSError, IndexError, ValueError):
            port = int((self.home.data / "postmaster.pid").read_text().splitlines()[PORT_LINE]) if pid else None
        return Status(pid is not None, pid, port, self.major(), self.home.data, self.home.log)

    def major(self) -> int | None:
        """The major version that made the data; None when there are none yet."""
        with suppress(OSError, ValueError):
            return int((self.home.data / "PG_VERSION").read_text())
        return None

    def start(self) -> bool:
        """Start it unless it runs; True when this call did. ServerError with the end of the log when it does not start.

        The data folder is made by the first start. Of two processes that start at once one does the work.
        """
        self.home.make()
        with self.home.lock():
            pid = postmaster(self.home.data)
            if pid is not None and not Path(command(pid)[0]).exists():
                self.stop_process(pid)  # its programs were removed under it: it could not load a library any more
                pid = None
            if pid is not None:
                self.await_running(pid)
                return False
            self.launch(self.cluster())
            return True

    def cluster(self) -> Cluster:
        """The data, made if there are none, with binaries that fit them."""
        made_by = self.major()
        account = choose(self.home.folder, None if made_by is None else self.home.data)
        binaries = for_account(self.binaries or programs.find(), account)
        cluster = Cluster(self.home.data, self.home.log, binaries, account)
        if made_by is None:
            cluster.initialise(LOAD, password=self.home.password())
        elif made_by != binaries.major:
            raise ServerError(
                f"the data in {self.home.data} were made by PostgreSQL {made_by}, the binaries are {binaries.version}\n"
                f"  hint: let PG_BINDIR name PostgreSQL {made_by}'s programs, or ENGINE_HOME another folder"
            )
        return cluster

    def launch(self, cluster: Cluster) -> None:
        """Start the server as nobody's child and wait until it answers; on another port if somebody is quicker."""
        if self.home.log.stat().st_size > LOG_LIMIT:
            self.home.log.replace(self.home.log.with_suffix(".log.old"))
            self.home.make()
        said = ""
        for _ in range(ATTEMPTS):
            before = self.home.log.stat().st_size
            if self.try_port(cluster, self.home.choose_port()):
                return
            said = cluster.tail(before)
            if PORT_TAKEN not in said:
                break
        raise ServerError(f"PostgreSQL did not start; the end of {self.home.log}:\n{said}")

    def try_port(self, cluster: Cluster, port: int) -> bool:
        """Start the server on one port; False when it ended or did not answer in time, then it is gone."""
        order = cluster.order("detach", port, self.home.folder)
        try:
            done = subprocess.run(
                order, capture_output=True, text=True, timeout=LAUNCH_S, check=True, cwd="/", env=environment()
            )
        except subprocess.CalledProcessError as error:
            raise ServerError(
                f"PostgreSQL could not be started: {error.stderr.strip().rpartition(chr(10))[2]}"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"PostgreSQL could not be started in {LAUNCH_S:g} s") from error
        pid = int(done.stdout)
        if await_ready(lambda: cluster.ready(pid), lambda: not alive(pid), START_S):
            return True
        if postmaster(self.home.data) == pid:
            self.stop_process(pid)
        return False

    def await_running(self, pid: int) -> None:
        """Wait for a server that somebody else started and that may still be recovering."""
        if await_ready(self.answers, lambda: not alive(pid), START_S):
            return
        raise ServerError(f"PostgreSQL runs (process {pid}) but does not answer\n  hint: see {self.home.log}")

    def answers(self) -> bool:
        """Whether the server's own file says that it takes connections."""
        with suppress(OSError, IndexError):
            return (self.home.data / "postmaster.pid").read_text().splitlines()[STATE_LINE].strip() == "ready"
        return False

    def stop(self) -> bool:
        """Stop it if it runs; True when it did. Only a process that is known to serve this data is signalled."""
        if not self.home.folder.exists():
            return False
        with self.home.lock():
            pid = postmaster(self.home.data)
            if pid is not None:
                self.stop_process(pid)
        return pid is not None

    def stop_process(self, pid: int) -> None:
        """Ask for a fast shutdown, then for an immediate one; ServerError when neither ends it."""
        for number, limit_s in ((signal.SIGINT, FAST_S), (signal.SIGQUIT, IMMEDIATE_S)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
            except PermissionError as error:
                raise ServerError(f"the server (process {pid}) belongs to another user") from error
            end = time.monotonic() + limit_s
            while time.monotonic() < end:
                if not alive(pid):
                    return
                time.sleep(POLL_S)
        raise ServerError(f"PostgreSQL (process {pid}) does not stop\n  hint: see {self.home.log}")
