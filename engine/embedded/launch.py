"""Starts `postgres` as a child of its own: a program that is run as a file, with nothing but the standard library.

Argument: one JSON object ``{mode, command, uid, gid, log, folder}``; the server gets our environment. Mode ``detach``
prints the server's process id, leaves it running and ends, so that the server belongs to no command. Mode ``guard``
stays: it holds the server's life to its own standard input, stops the server when the other end closes (however its
owner died, and whichever thread had started it), and removes `folder`. A server that ends on its own leaves a file
``ended`` there.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

PR_SET_PDEATHSIG = 1
STOP_S = 10.0
ENDED = "ended"


class Over(BaseException):
    """Somebody told us to end it."""


def over(_signal: int, _frame: FrameType | None) -> None:
    """A signal handler that ends the wait."""
    raise Over


def die_with_guard() -> None:
    """In the child: ask Linux for SIGQUIT (PostgreSQL's immediate stop) should even the guard be killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)


def spawn(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The server, in a session of its own, writing to its log."""
    guarded = order["mode"] == "guard"
    with Path(order["log"]).open("ab") as log:
        return subprocess.Popen(
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            user=order["uid"],
            group=order["gid"],
            extra_groups=[] if order["uid"] is not None else None,
            preexec_fn=die_with_guard if guarded else None,
        )


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop at once; the data are thrown away."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(number)
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            continue


def guard(order: dict[str, Any]) -> None:
    """Keep the server until our standard input says a byte or ends, or somebody terminates us."""
    server: subprocess.Popen[bytes] | None = None
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, over)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: Path(order["folder"], ENDED).touch())
        server = spawn(order)
        os.read(0, 1)
    except Over:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if server is not None:
            stop(server)
        shutil.rmtree(order["folder"], ignore_errors=True)


def main() -> None:
    """Do what the one argument says."""
    order = json.loads(sys.argv[1])
    if order["mode"] == "guard":
        guard(order)
        return
    print(spawn(order).pid, flush=True)  # noqa: T201 - a program of its own, and this is its answer
    os._exit(0)  # without the destructor that would complain of a child still running


if __name__ == "__main__":
    main()
