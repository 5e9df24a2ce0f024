"""Whether a process is alive, and whether it is the server of one data folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from engine.embedded.binaries import PROGRAM_S


def alive(pid: int) -> bool:
    """Whether there is such a process; a dead one that nobody has waited for does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return True


def command(pid: int) -> list[str]:
    """The words a process was started with; none when there is no such process."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            return []
    words = ["ps", "-o", "command=", "-p", str(pid)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PROGRAM_S, check=False)
    return done.stdout.split()


def postmaster(data: Path) -> int | None:
    """The process id of the server that runs on `data`, after making sure that it is that very server.

    A number left behind by a crash may belong to anything by now.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, IndexError, ValueError):
        return None
    words = command(pid) if pid > 0 and alive(pid) else []
    ours = bool(words) and Path(words[0]).name == "postgres" and str(data) in words
    return pid if ours else None
