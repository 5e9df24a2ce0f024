"""What the house tests look at: the tracked files, the parsed modules, and the tools beside this Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("engine", "api", "migrations", "observability")
MIDDLE = tuple(f"engine/{name}/" for name in ("spec", "generators", "timelines", "expressions", "plan", "generate"))


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its path from the repository's root, its lines, its syntax tree."""

    path: str
    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def names(self) -> tuple[str, ...]:
        """Its dotted name's parts."""
        parts = Path(self.path).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def is_public(self) -> bool:
        return not any(name.startswith("_") for name in self.names)


@cache
def tracked() -> tuple[str, ...]:
    """Every file that is committed, or would be by `git add .`, that is still there."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in set(found.split("\0")) if path and (ROOT / path).is_file()))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files below these folders."""
    paths = [p for p in tracked() if p.endswith(".py") and p.startswith(tuple(f"{f}/" for f in folders))]
    return tuple(_module(path) for path in paths)


@cache
def _module(path: str) -> Module:
    text = (ROOT / path).read_text(encoding="utf-8")
    return Module(path, tuple(text.splitlines()), ast.parse(text, path))


def tool(name: str, *arguments: str) -> tuple[int, str]:
    """Run a tool of this environment at the repository's root; its exit code and all that it printed."""
    beside = Path(sys.executable).parent / name
    command = [str(beside) if beside.exists() else name, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout
