"""PostgreSQL's regular expressions, as far as texts can be made of them and judged by them."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache

from engine.sketch.shapes import CAPITALS, DIGITS, LETTERS, Either, Letter, Repeat, Row, Shape

_POSIX = {
    "alpha": CAPITALS + LETTERS, "digit": DIGITS, "alnum": CAPITALS + LETTERS + DIGITS, "upper": CAPITALS,
    "lower": LETTERS, "space": " ", "blank": " ", "punct": string.punctuation, "xdigit": DIGITS + "abcdefABCDEF",
    "word": CAPITALS + LETTERS + DIGITS + "_", "print": string.printable[:95], "graph": string.printable[:94],
}  # fmt: skip
_ESCAPES = {"d": DIGITS, "w": CAPITALS + LETTERS + DIGITS + "_", "s": " "}
_UNIVERSE = string.printable[:95]
_QUANTIFIER = re.compile(r"\{(\d+)(,(\d*))?\}")
_MOST = 255
"""PostgreSQL repeats nothing more often."""


@cache
def shape_of(regex: str) -> Shape:
    """Texts in which the expression is found: those that it describes from end to end. Raises ValueError."""
    reader = _Reader(regex.removeprefix("(?i)"))
    found = reader.either()
    if reader.at < len(reader.text):
        raise ValueError(regex)
    return found


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0

    def either(self) -> Shape:
        ways = [self._row()]
        while self._next("|"):
            ways.append(self._row())
        return ways[0] if len(ways) == 1 else Either(tuple(ways))

    def _row(self) -> Shape:
        parts: list[Shape] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self._next("^", r"\A", "$", r"\Z"):
                continue
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _one(self) -> Shape:
        letter = self._take()
        if letter == "(":
            if self._next("?") and not self._next(":"):
                raise ValueError(self.text)
            inside = self.either()
            if not self._next(")"):
                raise ValueError(self.text)
            return inside
        if letter == "[":
            return Letter.among(self._members())
        if letter == "\\":
            return Letter.among(self._escape())
        if letter == ".":
            return Letter.among(_UNIVERSE)
        if letter in "*+?{":
            raise ValueError(self.text)
        return Letter(letter)

    def _escape(self) -> str:
        letter = self._take()
        if letter.lower() in _ESCAPES:
            known = _ESCAPES[letter.lower()]
            return known if letter.islower() else "".join(c for c in _UNIVERSE if c not in known)
        if letter.isalnum():
            raise ValueError(self.text)
        return letter

    def _members(self) -> str:
        negated = self._next("^")
        found = self._member() if self.text[self.at : self.at + 1] == "]" else ""
        while not self._next("]"):
            found += self._member()
        if not negated:
            return found
        left = "".join(c for c in _UNIVERSE if c not in found)
        return left or self._fail()

    def _member(self) -> str:
        if self._next("[:"):
            end = self.text.index(":]", self.at)
            name, self.at = self.text[self.at : end], end + 2
            return _POSIX.get(name) or self._fail()
        if self.text[self.at : self.at + 2] in ("[.", "[="):
            self._fail()
        first = self._single()
        dash = self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "")
        if len(first) > 1 or not dash:
            return first
        self.at += 1
        last = self._single()
        return "".join(chr(c) for c in range(ord(first), ord(last) + 1)) or self._fail()

    def _single(self) -> str:
        letter = self._take()
        return self._escape() if letter == "\\" else letter

    def _repeated(self, one: Shape) -> Shape:
        if self._next("*"):
            made: Shape = Repeat(one, 0, None)
        elif self._next("+"):
            made = Repeat(one, 1, None)
        elif self._next("?"):
            made = Repeat(one, 0, 1)
        elif found := _QUANTIFIER.match(self.text, self.at):
            self.at = found.end()
            low = int(found[1])
            high = low if found[2] is None else int(found[3]) if found[3] else None
            if max(low, high or 0) > _MOST or (high is not None and high < low):
                raise ValueError(self.text)
            made = Repeat(one, low, high)
        else:
            return one
        self._next("?")  # as few as possible: the same texts
        return made

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise ValueError(self.text)
        self.at += 1
        return self.text[self.at - 1]

    def _next(self, *signs: str) -> bool:
        found = next((s for s in signs if self.text.startswith(s, self.at)), "")
        self.at += len(found)
        return bool(found)

    def _fail(self) -> str:
        raise ValueError(self.text)


@cache
def compiled(regex: str, *, case_insensitive: bool) -> re.Pattern[str] | None:
    """The expression as Python reads it, for texts of ASCII; None where it might mean something else."""
    if re.search(r"\*\*\*|\[\[[.=]|\\[yYBaAcueUx0-9]|\(\?[^:=!i]", regex):
        return None
    text = re.sub(r"\[:(\w+):\]", lambda m: re.escape(_POSIX.get(m[1], "\0")), regex)
    text = re.sub(r"\\[mM]", r"\\b", text)
    try:
        return re.compile(text, re.ASCII | (re.IGNORECASE if case_insensitive else 0))
    except re.error:
        return None
