"""Pin the whole resolution without naming where packages come from: `just lock` and `just upgrade`.

`uv.lock` holds the address of an index in every entry, so it is not committed. Two things are instead, both
made here from the same resolution: the exact versions in pyproject.toml's `constraint-dependencies`, which
`uv run` obeys on a fresh clone, and `requirements.lock`, the same with hashes, which pip and uv can install.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = re.compile(r"(constraint-dependencies = \[\n)(.*?)(^\])", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\\n]+))?", re.MULTILINE)
EXPORT = ["export", "--frozen", "--all-groups", "--no-emit-project", "--no-header", "--no-annotate"]


def pins(locked: str) -> list[str]:
    """Requirement strings for `constraint-dependencies`, from the text of requirements.lock.

    A marker stays only where it chooses between two versions of one package.
    """
    found = [(m["name"], m["version"], (m["marker"] or "").strip()) for m in ENTRY.finditer(locked)]
    versions: dict[str, set[str]] = {}
    for name, version, _ in found:
        versions.setdefault(name, set()).add(version)
    several = {name for name, known in versions.items() if len(known) > 1}
    return [
        f"{name}=={version} ; {marker}" if name in several else f"{name}=={version}" for name, version, marker in found
    ]


def with_pins(pyproject: str, lines: list[str]) -> str:
    """The text of pyproject.toml with these constraints in place of the old ones."""
    body = "".join(f'  "{line}",\n' for line in lines)
    return PINS.sub(lambda m: m[1] + body + m[3], pyproject)


def _uv(*arguments: str) -> str:
    command = [os.environ.get("UV", "uv"), *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Resolve again (with --upgrade from nothing, else keeping every pin that still fits) and write both files."""
    pyproject = ROOT / "pyproject.toml"
    before = pyproject.read_text()
    upgrade = "--upgrade" in sys.argv[1:]
    try:
        if upgrade:
            pyproject.write_text(with_pins(before, []))
        _uv("lock", "--quiet", *(["--upgrade"] if upgrade else []))
        locked = _uv(*EXPORT, "--format", "requirements-txt")
    except BaseException:
        pyproject.write_text(before)
        raise
    (ROOT / "requirements.lock").write_text(locked)
    pyproject.write_text(with_pins(pyproject.read_text(), pins(locked)))
    _uv("lock", "--quiet")


if __name__ == "__main__":
    main()
