"""What texts of a pattern are built of: how long they are, how many there are, what some of them look like."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from itertools import groupby
from math import prod
from typing import TypeAlias

LETTERS, CAPITALS, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_LONG = 50
"""Of longer repetitions only so many lengths are counted: there are enough of them."""
_MIXED = 6364136223846793005
_SPECIAL = frozenset(r"\^$.|?*+()[]{}/")
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Letter:
    """One character out of some, in order."""

    of: str

    @staticmethod
    def among(letters: str) -> Letter:
        """One of these, each named once."""
        return Letter("".join(sorted(set(letters))))


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several ways."""

    ways: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part again and again; without an end where `high` is None."""

    part: Shape
    low: int
    high: int | None


Shape: TypeAlias = Letter | Row | Either | Repeat


@dataclass(frozen=True, slots=True)
class Size:
    """Characters of the shortest and the longest text; `texts` are ways to make one, as far as they are counted."""

    shortest: int
    longest: int
    texts: int


def size(shape: Shape) -> Size:
    """The size of a shape in which every repetition ends."""
    match shape:
        case Letter():
            return Size(1, 1, len(shape.of))
        case Row():
            parts = [size(part) for part in shape.parts]
            return Size(sum(p.shortest for p in parts), sum(p.longest for p in parts), prod(p.texts for p in parts))
        case Either():
            ways = [size(way) for way in shape.ways]
            return Size(min(w.shortest for w in ways), max(w.longest for w in ways), sum(w.texts for w in ways))
        case Repeat():
            one, high = size(shape.part), shape.low if shape.high is None else shape.high
            texts = sum(one.texts**n for n in range(shape.low, min(high, shape.low + _LONG) + 1))
            return Size(one.shortest * shape.low, one.longest * high, texts)


def sample(shape: Shape, number: int) -> str:
    """One of its texts, another for another number; 0 is a shortest, 1 a longest one."""
    return _Sampler(number).text(shape)


@dataclass(slots=True)
class _Sampler:
    number: int
    state: int = 0

    def text(self, shape: Shape) -> str:
        match shape:
            case Letter():
                return shape.of[self._below(len(shape.of))]
            case Row():
                return "".join(self.text(part) for part in shape.parts)
            case Either():
                return self.text(shape.ways[self._below(len(shape.ways))])
            case Repeat():
                high = shape.low if shape.high is None else shape.high
                times = {0: shape.low, 1: high}.get(self.number)
                times = shape.low + self._below(high - shape.low + 1) if times is None else times
                return "".join(self.text(shape.part) for _ in range(times))

    def _below(self, count: int) -> int:
        """A number from 0; Knuth's linear congruence (MMIX) is good enough to look around with."""
        self.state = (self.state * _MIXED + 1442695040888963407 + self.number) % 2**64
        return (self.state >> 33) % count


def write(shape: Shape) -> str:
    """The shape as a regular expression."""
    match shape:
        case Letter():
            return _escaped(shape.of) if len(shape.of) == 1 else f"[{_spans(shape.of)}]"
        case Row():
            return "".join(f"({write(p)})" if isinstance(p, Either) else write(p) for p in shape.parts)
        case Either():
            return "|".join(write(way) for way in shape.ways)
        case Repeat():
            part = write(shape.part) if isinstance(shape.part, Letter) else f"({write(shape.part)})"
            return part + _times(shape.low, shape.low if shape.high is None else shape.high)


def _times(low: int, high: int) -> str:
    if (low, high) == (0, 1):
        return "?"
    return "" if low == high == 1 else f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _escaped(letter: str) -> str:
    return f"\\{letter}" if letter in _SPECIAL else letter


def _spans(letters: str) -> str:
    """Letters of a class with neighbours as spans, a dash behind them all."""
    runs = [[v for _, v in run] for _, run in groupby(enumerate(sorted(letters.replace("-", ""))), _place)]
    spans = [f"{_inner(r[0])}-{_inner(r[-1])}" if len(r) >= _SHORT else "".join(map(_inner, r)) for r in runs]
    return "".join(spans) + "-" * ("-" in letters)


def _place(at: tuple[int, str]) -> int:
    return ord(at[1]) - at[0]


def _inner(letter: str) -> str:
    return f"\\{letter}" if letter in r"\]^[" else letter


def ended(shape: Shape, least: int, more: int) -> Shape:
    """The shape with an end to every repetition: at least so often, and so much more often at most."""
    match shape:
        case Row():
            return Row(tuple(ended(part, least, more) for part in shape.parts))
        case Either():
            return Either(tuple(ended(way, least, more) for way in shape.ways))
        case Repeat():
            low = max(shape.low, least) if shape.high is None else max(shape.low, min(shape.high, least))
            high = low + more if shape.high is None else min(shape.high, low + more)
            inner = ended(shape.part, min(least, 1), min(more, 1))
            return Repeat(inner, low, high)
    return shape


def cased(shape: Shape, case: str | None) -> Shape | None:
    """The shape with the letters that one would use: capitals or small ones alone, no signs where letters will do."""
    match shape:
        case Letter():
            return _natural(shape, case)
        case Repeat():
            part = cased(shape.part, case)
            if part is None:
                return None if shape.low else Row(())
            return replace(shape, part=part)
        case Row():
            parts = [cased(part, case) for part in shape.parts]
            return None if None in parts else Row(tuple(p for p in parts if p is not None))
        case Either():
            ways = tuple(way for way in (cased(way, case) for way in shape.ways) if way is not None)
            return Either(ways) if ways else None


def _natural(letter: Letter, case: str | None) -> Letter | None:
    allowed = {"upper": letter.of.upper(), "lower": letter.of.lower()}.get(case or "", letter.of)
    left = "".join(c for c in letter.of if c in allowed and (case is None or c == getattr(c, case)()))
    if not left:
        return None
    for some in (LETTERS, CAPITALS + DIGITS, CAPITALS):
        if set(some) <= set(left):
            return Letter.among(some)
    plain = "".join(c for c in left if c.isalnum() and not (c.isupper() and c.lower() in left))
    return Letter(plain or left)
