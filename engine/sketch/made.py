"""How a column of a drafted spec is made, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """What the spec says of a column, as the plain data of its YAML, and why, as its comment says it.

    `pool` is how many different values it can have where each is as likely as any other and all can be dealt out
    without repetition (a choice, a uniform law, a pattern); None where nobody knows.
    """

    said: object
    why: str = ""
    pool: int | None = None
