"""PostgreSQL's regular expressions, as far as texts can be made of them and judged by them."""

from __future__ import annotations

import re
from functools import cache

from engine.generators.pattern_syntax import Node, parse_pattern

_POSIX = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "word": r"\w", "print": " -~", "graph": "!-~",
}  # fmt: skip
_OURS_ALONE = re.compile(r"\*\*\*|\[\[[.=]|\\[yYBaAcueUx0-9]|\(\?[^:=!]")
"""What Python reads in another way, or not at all."""


@cache
def node_of(regex: str) -> Node:
    """What texts are made of that match from end to end, so that the expression is found in them. Raises ValueError."""
    return parse_pattern(regex.removeprefix("(?i)").replace(r"\A", "^").replace(r"\Z", "$"))


@cache
def compiled(regex: str, *, case_insensitive: bool) -> re.Pattern[str] | None:
    """The expression as Python reads it, for texts of ASCII; None where it might mean something else."""
    text = regex.removeprefix("(?i)")
    ignoring = case_insensitive or text != regex
    if _OURS_ALONE.search(text):
        return None
    text = re.sub(r"\[:(\w+):\]", lambda found: _POSIX.get(found[1], ""), text)
    text = re.sub(r"\\[mM]", r"\\b", text)
    try:
        return re.compile(text, re.ASCII | (re.IGNORECASE if ignoring else 0))
    except re.error:
        return None
