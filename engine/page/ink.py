"""The colours of pages and pictures, each by its job; a page's style gives every one a second value for the dark."""

from __future__ import annotations

MARK, ACTUAL, SPIKE, OUTAGE = "#2f6f8f", "#c2571a", "#d9a21b", "#b5303c"
INK, SOFT, LINE, PAPER = "#1d2733", "#5c6b7a", "#d5dce3", "#ffffff"

NAMES = {
    MARK: "mark",
    ACTUAL: "actual",
    SPIKE: "spike",
    OUTAGE: "outage",
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    PAPER: "paper",
}
"""The variable of the page's style that stands for a colour of a drawing."""

FONT = "Liberation Sans, Helvetica, Arial, sans-serif"
"""What pictures are written in, and what charts are measured in; a page sets its own."""
