"""``python -m tests.house.codemap``: the modules of the engine, each with its own first line, for engine/README.md."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "engine/README.md"
BEGIN, END = "<!-- codemap: begin -->\n", "<!-- codemap: end -->\n"

ORDER = (
    "cli",
    "run",
    "execute",
    "page",
    "check",
    "sink",
    "ledger",
    "telemetry",
    "remote",
    "plugin",
    "embedded",
    "preview",
    "generate",
    "plan",
    "sketch",
    "catalog",
    "spec",
    "lifecycles",
    "faults",
    "generators",
    "timelines",
    "expressions",
    "maths",
)
"""The packages, from the shell down to the ground."""


def codemap() -> str:
    """The generated part of the page."""
    parts = [_package(name) for name in ORDER]
    ground = sorted(p for p in (ROOT / "engine").glob("*.py") if p.stem != "__init__")
    parts.append("### the ground: what everything stands on\n\n" + "".join(map(_line, ground)))
    return "\n".join(parts)


def _package(name: str) -> str:
    folder = ROOT / "engine" / name
    said = _first_line(folder / "__init__.py")
    files = sorted(p for p in folder.rglob("*.py") if p.name != "__init__.py")
    title = f"### `{name}/`\n\n{said}\n\n" if said else f"### `{name}/`\n\n"
    return title + "".join(map(_line, files))


def _line(path: Path) -> str:
    return f"- `{path.relative_to(ROOT / 'engine')}` {_first_line(path)}\n"


def _first_line(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.partition("\n\n")[0].replace("\n", " ")


def with_codemap(page: str) -> str:
    """The page with its generated part made anew."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + codemap() + rest[rest.index(END) :]


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(with_codemap(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
