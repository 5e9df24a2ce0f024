"""As whom the server runs: PostgreSQL refuses root, so root hands its work to an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.embedded.binaries import PROGRAM_S, Binaries
from engine.errors import ServerError

NOBODY = "nobody"
KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL's programs: ourselves, another user id, or ourselves under another id's name.

    `prefix` goes before every command: `unshare` shows a user namespace in which root's files belong to
    an unprivileged user, for data under a folder that only root may enter.
    """

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Give one file or folder to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[str | Path], *, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and give what it said; ServerError when it cannot be started or hangs."""
        words = [*self.prefix, *map(str, command)]
        try:
            return subprocess.run(
                words,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                check=False,
                user=self.uid,
                group=self.gid,
                extra_groups=[] if self.uid is not None else None,
            )
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"{Path(command[0]).name} took longer than {timeout_s:g} s") from error
        except OSError as error:
            raise ServerError(f"{command[0]} cannot be run: {error}") from error

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may use paths below `folder` (asked of the system: mode bits are not all there is)."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], timeout_s=PROGRAM_S).returncode == 0

    def can_run(self, binaries: Binaries) -> bool:
        """Whether this account may run these binaries."""
        try:
            asked = [
                self.run([binaries.program(name), "--version"], timeout_s=PROGRAM_S) for name in ("postgres", "initdb")
            ]
        except ServerError:
            return False
        return all(done.returncode == 0 for done in asked)


def environment() -> Mapping[str, str]:
    """What PostgreSQL's programs get of our environment: where things are, one locale, one time zone, no secrets."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    return kept | {"LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C", "TZ": "UTC"}


def choose(parent: Path, data: Path | None = None) -> Account:
    """The account for a data folder that lies, or will lie, in `parent`.

    Data that exist keep their owner. ServerError when root has no way to let an unprivileged user reach `parent`.
    """
    if os.geteuid() != 0:
        return Account()
    if data is not None and data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid) if owner.st_uid else namespace(parent)
    account = nobody()
    return account if account.can_enter(parent) else namespace(parent)


def nobody() -> Account:
    """The system's unprivileged user; ServerError where there is none that can run programs."""
    try:
        user = pwd.getpwnam(NOBODY)
    except KeyError as error:
        raise ServerError(f"PostgreSQL does not run as root, and there is no user {NOBODY!r} to run it") from error
    if user.pw_uid <= 0:
        raise ServerError("PostgreSQL does not run as root\n  hint: start the engine as an ordinary user")
    return Account(user.pw_uid, user.pw_gid)


def namespace(parent: Path) -> Account:
    """Root's own files seen as an unprivileged user's; ServerError where the system does not allow that."""
    program = shutil.which("unshare")
    if program is not None:
        user = nobody()
        account = Account(prefix=(program, "-U", f"--map-user={user.uid}", f"--map-group={user.gid}"))
        if account.run(["/bin/true"], timeout_s=PROGRAM_S).returncode == 0:
            return account
    raise ServerError(
        f"PostgreSQL does not run as root, and the user {NOBODY!r} cannot enter {parent}\n"
        "  hint: let ENGINE_HOME name a folder outside any private home, or start the engine as an ordinary user"
    )
