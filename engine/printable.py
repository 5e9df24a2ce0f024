"""A stranger's text as it may be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with a dot for every character that moves the cursor, colours the screen or turns the writing round.

    Lines stay lines.
    """
    return "".join(c if c.isprintable() or c == "\n" else "·" for c in text)
