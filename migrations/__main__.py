"""``python -m migrations shop "gift cards"`` writes the next, empty migration of a branch."""

from __future__ import annotations

import sys

from alembic import command

from migrations.scripts import BRANCHES, configuration, next_revision

WORDS = 3


def main() -> None:
    """Write the file; its name is the branch's next number and the message."""
    if len(sys.argv) != WORDS or sys.argv[1] not in BRANCHES:
        raise SystemExit(f'usage: python -m migrations {"|".join(BRANCHES)} "what it does"')
    branch, message = sys.argv[1:]
    command.revision(configuration(), message, head=f"{branch}@head", rev_id=next_revision(branch))


if __name__ == "__main__":
    main()
