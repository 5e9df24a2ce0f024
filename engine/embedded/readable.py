"""A copy of the binaries that an unprivileged user can read, for wheels under a private home."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

from engine.embedded.account import Account
from engine.embedded.binaries import Binaries
from engine.errors import ServerError

PLACES = (Path("/var/cache"), Path("/var/lib"), Path("/opt"), Path("/var/tmp"))  # noqa: S108 - `trusted` guards it
FOLDERS = ("bin", "lib", "share")
EVERYBODY = 0o755


def for_account(binaries: Binaries, account: Account) -> Binaries:
    """`binaries` where `account` can run them, else a copy of them that it can run.

    The copy is made once for each build (41 MB for the wheel's) in the first of PLACES that works. ServerError
    when no place can hold it.
    """
    if account.can_run(binaries):
        return binaries
    for place in PLACES:
        try:
            copied = copy(binaries, place)
        except OSError:
            continue
        if account.can_run(copied):
            return copied
    raise ServerError(
        f"the user that runs PostgreSQL cannot read {binaries.folder}, and no place was found for a copy\n"
        "  hint: install the engine outside private homes, or let PG_BINDIR name binaries that everybody can read"
    )


def copy(binaries: Binaries, place: Path) -> Binaries:
    """The copy of `binaries` under `place`, made if it is not there; OSError when it cannot be."""
    shelf = trusted(place / "scenario-engine")
    prefix = binaries.folder.parent
    target = shelf / f"postgresql-{binaries.version}-{build(binaries)}"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=shelf) as scratch:
            fresh = Path(scratch) / "copy"
            fill(prefix, fresh)
            publish(fresh, target)
    return replace(binaries, folder=target / prefix.parent.name / prefix.name / "bin")


def trusted(shelf: Path) -> Path:
    """`shelf`, made if need be; OSError unless it is a folder that is ours alone to write to."""
    if not os.path.lexists(shelf):
        shelf.mkdir()
        shelf.chmod(EVERYBODY)
    found = shelf.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{shelf} is not ours alone to write to")
    return shelf


def build(binaries: Binaries) -> str:
    """A short name for this very build: a new wheel gets a new copy, the same one in another place does not."""
    with binaries.program("postgres").open("rb") as server:
        return hashlib.file_digest(server, "sha256").hexdigest()[:12]


def fill(prefix: Path, target: Path) -> None:
    """Copy what a server needs from `prefix`, readable for everybody.

    A wheel keeps some libraries in a folder ``PACKAGE.libs`` beside its package, which the programs find by a relative
    path: the copy keeps the two as they lie.
    """
    package = prefix.parent
    for name in FOLDERS:
        shutil.copytree(prefix / name, target / package.name / prefix.name / name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(EVERYBODY if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def publish(fresh: Path, target: Path) -> None:
    """Put the finished copy in its place at once; another process may have been quicker, then its copy stays."""
    try:
        fresh.rename(target)
    except OSError:
        if not target.exists():
            raise
