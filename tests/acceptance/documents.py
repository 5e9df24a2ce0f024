"""Fenced blocks of a Markdown document, so that tests can run what readers will type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=ticks)[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, the words after it, its text, the line it starts on."""

    language: str
    words: tuple[str, ...]
    body: str
    line: int


def blocks(document: str) -> tuple[Block, ...]:
    """Every fenced block of a document's text, in order."""
    found = []
    for match in FENCE.finditer(document):
        language, *words = match["info"].split() or [""]
        found.append(Block(language, tuple(words), match["body"], document.count("\n", 0, match.start()) + 1))
    return tuple(found)


def blocks_of(name: str) -> tuple[Block, ...]:
    """Every fenced block of a document at the repository's root; none where it does not exist."""
    file = ROOT / name
    return blocks(file.read_text(encoding="utf-8")) if file.exists() else ()
