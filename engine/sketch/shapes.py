"""Patterns in pieces: how long their texts are, what some look like, and the same patterns as one would write them."""

from __future__ import annotations

import string
from dataclasses import dataclass
from itertools import groupby

from engine.generators.pattern_syntax import Either, Node, One, Row, Times

LETTERS, CAPITALS, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_WEYL, _FIRST, _SECOND, _WORD = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 2**64 - 1
_SPECIAL = frozenset(r"\^$.|?*+()[]{}/")
_SHORT = 4


def among(letters: str) -> One:
    """One of these, each named once."""
    return One("".join(sorted(set(letters))))


def lengths(node: Node) -> tuple[int, int]:
    """Characters of the shortest and the longest text of a node in which every repetition ends."""
    match node:
        case One():
            return 1, 1
        case Row(parts):
            sizes = [lengths(part) for part in parts]
            return sum(low for low, _ in sizes), sum(high for _, high in sizes)
        case Either(ways):
            sizes = [lengths(way) for way in ways]
            return min(low for low, _ in sizes), max(high for _, high in sizes)
        case Times(part, least, most):
            low, high = lengths(part)
            return low * least, high * (least if most is None else most)
    return 0, 0


def sample(node: Node, number: int) -> str:
    """One of its texts, another for another number; 0 is a shortest, 1 a longest one."""
    return _Sampler(number).text(node)


@dataclass(slots=True)
class _Sampler:
    number: int
    place: int = 0

    def text(self, node: Node) -> str:
        match node:
            case One(alphabet):
                return alphabet[self._below(len(alphabet))]
            case Row(parts):
                return "".join(self.text(part) for part in parts)
            case Either(ways):
                return self.text(ways[self._below(len(ways))])
            case Times(part, least, most):
                high = least if most is None else most
                times = {0: least, 1: high}.get(self.number)
                times = least + self._below(high - least + 1) if times is None else times
                return "".join(self.text(part) for _ in range(times))
        return ""

    def _below(self, count: int) -> int:
        """A number from 0, by splitmix64 (Steele, Lea & Flood, OOPSLA 2014) over the sample's number and the place."""
        self.place += 1
        mixed = (self.number << 32 | self.place) * _WEYL & _WORD
        mixed = (mixed ^ mixed >> 30) * _FIRST & _WORD
        mixed = (mixed ^ mixed >> 27) * _SECOND & _WORD
        return (mixed ^ mixed >> 31) % count


def write(node: Node) -> str:
    """The node as a regular expression."""
    match node:
        case One(alphabet):
            return _escaped(alphabet) if len(alphabet) == 1 else f"[{_spans(alphabet)}]"
        case Row(parts):
            return "".join(f"({write(p)})" if isinstance(p, Either) else write(p) for p in parts)
        case Either(ways):
            return "|".join(write(way) for way in ways)
        case Times(part, least, most):
            inner = write(part) if isinstance(part, One) else f"({write(part)})"
            return inner + _times(least, least if most is None else most)
    return ""


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


def ended(node: Node, at_least: int, more: int) -> Node:
    """The node with an end to every repetition: at least so often, and so much more often at most."""
    match node:
        case Row(parts):
            return Row(tuple(ended(part, at_least, more) for part in parts))
        case Either(ways):
            return Either(tuple(ended(way, at_least, more) for way in ways))
        case Times(part, least, most):
            low = max(least, at_least if most is None else min(most, at_least))
            high = low + more if most is None else min(most, low + more)
            return Times(ended(part, min(at_least, 1), min(more, 1)), low, high)
    return node


def cased(node: Node, case: str | None) -> Node | None:
    """The node with the letters that one would use: capitals or small ones alone, no signs where letters will do."""
    match node:
        case One():
            return _natural(node, case)
        case Times(part, least, most):
            inner = cased(part, case)
            return Times(inner, least, most) if inner is not None else None if least else Row(())
        case Row(parts):
            found = [cased(part, case) for part in parts]
            return None if None in found else Row(tuple(p for p in found if p is not None))
        case Either(ways):
            left = tuple(way for way in (cased(way, case) for way in ways) if way is not None)
            return Either(left) if left else None
    return node


def shifted(node: Node, case: str | None) -> Node:
    """The same letters, but capitals or small ones."""
    match node:
        case One(alphabet) if case is not None:
            return among(alphabet.upper() if case == "upper" else alphabet.lower())
        case Times(part, least, most):
            return Times(shifted(part, case), least, most)
        case Row(parts):
            return Row(tuple(shifted(part, case) for part in parts))
        case Either(ways):
            return Either(tuple(shifted(way, case) for way in ways))
    return node


def _natural(one: One, case: str | None) -> One | None:
    left = "".join(c for c in one.alphabet if case is None or c == (c.upper() if case == "upper" else c.lower()))
    if not left:
        return None
    for some in (LETTERS, CAPITALS + DIGITS, CAPITALS):
        if set(some) <= set(left):
            return among(some)
    plain = "".join(c for c in left if c.isalnum() and not (c.isupper() and c.lower() in left))
    return among(plain or left)
