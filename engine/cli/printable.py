"""What a terminal is shown of a stranger's text: nothing that moves the cursor or colours the screen."""

from __future__ import annotations

from rich.text import Text

from engine.printable import printable


def plain(text: str, style: str = "") -> Text:
    """The same for `rich`, which reads neither markup nor the names of emoji in it."""
    return Text(printable(text), style)
