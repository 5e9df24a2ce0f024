"""The table of operations in api/README.md, made from the list: ``python -m tests.house.operations``."""

from __future__ import annotations

from pathlib import Path

from api.routes import OPERATIONS

PAGE = Path(__file__).parents[2] / "api" / "README.md"
BEGIN, END = "<!-- operations: begin -->\n", "<!-- operations: end -->"


def table() -> str:
    """One line for each operation."""
    lines = ["| operation | role | answers |", "|---|---|---|"]
    for one in OPERATIONS:
        role = one.role.name.lower()
        lines.append(f"| `{one.method} {one.path}` | {'anybody' if role == 'nobody' else role} | {one.summary} |")
    return "\n".join(lines) + "\n"


def with_operations(text: str) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + rest[rest.index(END) :]


if __name__ == "__main__":
    PAGE.write_text(with_operations(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
