"""How long the texts of a pattern are, and how many there are of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod

_LONG = 50
"""Of longer repetitions only so many lengths are counted: there are enough of them."""


@dataclass(frozen=True, slots=True)
class Size:
    """Characters of the shortest and the longest text; `texts` are ways to make one, as far as they are counted."""

    shortest: int
    longest: int
    texts: int


@cache
def size_of(pattern: str) -> Size:
    """The size of a pattern of literals, classes, groups, alternatives, ? and {n,m}. Raises ValueError for others."""
    reader = _Reader(pattern)
    found = reader.either()
    if reader.at < len(pattern):
        raise ValueError(pattern)
    return found


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0

    def either(self) -> Size:
        ways = [self._row()]
        while self._next("|"):
            ways.append(self._row())
        return Size(min(w.shortest for w in ways), max(w.longest for w in ways), sum(w.texts for w in ways))

    def _row(self) -> Size:
        parts = list(self._parts())
        return Size(sum(p.shortest for p in parts), sum(p.longest for p in parts), prod(p.texts for p in parts))

    def _parts(self) -> Iterator[Size]:
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            one = self._one()
            low, high = self._times()
            texts = sum(one.texts**n for n in range(low, min(high, low + _LONG) + 1))
            yield Size(one.shortest * low, one.longest * high, texts)

    def _one(self) -> Size:
        letter = self._take()
        if letter == "(":
            inside = self.either()
            if not self._next(")"):
                raise ValueError(self.text)
            return inside
        if letter == "[":
            return Size(1, 1, self._members())
        if letter == "\\":
            return Size(1, 1, {"d": 10, "w": 63}.get(self._take(), 1))
        if letter in "^$.*+":
            raise ValueError(self.text)
        return Size(1, 1, 1)

    def _members(self) -> int:
        end = self.text.index("]", self.at + 1)
        inside, self.at = self.text[self.at : end], end + 1
        if inside.startswith("^"):
            raise ValueError(self.text)
        found: set[str] = set()
        at = 0
        while at < len(inside):
            dash = inside[at + 1 : at + 2] == "-" and at + 2 < len(inside)
            last = inside[at + 2] if dash else inside[at]
            found |= {chr(c) for c in range(ord(inside[at]), ord(last) + 1)}
            at += 3 if dash else 1
        return len(found)

    def _times(self) -> tuple[int, int]:
        if self._next("?"):
            return 0, 1
        if not self._next("{"):
            return 1, 1
        end = self.text.index("}", self.at)
        low, comma, high = self.text[self.at : end].partition(",")
        self.at = end + 1
        return int(low), int(high) if comma else int(low)

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise ValueError(self.text)
        self.at += 1
        return self.text[self.at - 1]

    def _next(self, letter: str) -> bool:
        here = self.text[self.at : self.at + 1] == letter
        self.at += here
        return here
