"""What a terminal is shown of a stranger's text: nothing that moves the cursor or colours the screen."""

from __future__ import annotations

from rich.text import Text


def printable(text: str) -> str:
    """The text with a dot for every character that is none to look at; lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


def plain(text: str, style: str = "") -> Text:
    """The same for `rich`, which reads neither markup nor the names of emoji in it."""
    return Text(printable(text), style)
