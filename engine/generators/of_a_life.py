"""What columns that tell of a life have in common: `lifecycles/` makes them, because it takes a whole entity."""

from __future__ import annotations

from typing import NoReturn

from engine.errors import Code, wrong
from engine.generators.base import Context, Generator


class OfALife(Generator):
    """Base of the columns that stand for themselves, not in another generator."""

    def compile(self, context: Context) -> NoReturn:  # noqa: ARG002
        """Refuse: the plan makes these where they are columns of an entity."""
        message = f"'{self.kind}' is a column of its own, not a part of another generator"
        raise wrong(Code.WRONG_KIND, message, path=(self.kind,))
