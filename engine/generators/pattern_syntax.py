"""Regular expressions, of which a closed subset is read: what they are made of, and how they are written."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_core import PydanticCustomError

from engine.errors import Code
from engine.timelines.refusal import refuse

LONGEST = 200
"""Characters of a pattern."""
MOST_TIMES = 1_000
"""What a quantifier may say, and how many characters of a class are drawn from."""
_DEPTH = 20

_ALNUM = string.ascii_letters + string.digits
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CLASSES = {
    "alpha": string.ascii_letters,
    "digit": string.digits,
    "alnum": _ALNUM,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "punct": string.punctuation,
    "space": " ",
    "xdigit": "0123456789abcdefABCDEF",
    "word": f"{_ALNUM}_",
}
_ESCAPES = {"d": string.digits, "w": f"{_ALNUM}_", "s": " "}


@dataclass(frozen=True, slots=True)
class One:
    """One character out of some, each once, in order."""

    alphabet: str


@dataclass(frozen=True, slots=True)
class Row:
    """Parts, one behind the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of some ways."""

    ways: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A part so often; `most` is None where there is no end."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """``^`` or ``$``, and where it stands; of no length."""

    sign: str
    at: int


Node: TypeAlias = One | Row | Either | Times | Edge


def parse_pattern(text: str) -> Node:
    """Read a pattern that a whole value has to match. Raises ValueError with the place of what cannot be read.

    ``^`` and ``$`` at its ends, or at those of an alternative, say nothing more than that and are skipped.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters, and this has {len(text)}")
    reader = _Reader(text)
    node = reader.either(0)
    if reader.at < len(text):
        raise reader.wrong("this bracket was not opened")
    return reader.settled(node, first=True, last=True)


def checked(text: str) -> str:
    """The same text, if it can be read."""
    try:
        parse_pattern(text)
    except ValueError as error:
        raise _as_refusal(error) from None
    return text


def _as_refusal(error: ValueError) -> PydanticCustomError:
    hint = (
        "a pattern has letters, classes such as [A-Z0-9] and \\d, groups, a|b, and the quantifiers ? * + {2} {2,5}; "
        "other characters stand for themselves behind a backslash"
    )
    return refuse(Code.EXPR_SYNTAX, str(error), hint)


class _Reader:
    """A place in a pattern, and what stands there."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    @property
    def here(self) -> str:
        """The next character; nothing at the end."""
        return self.text[self.at : self.at + 1]

    def wrong(self, message: str, at: int | None = None) -> ValueError:
        """The error that shows its place."""
        return ValueError(f"{message}\n    {self.text}\n    {' ' * (self.at if at is None else at)}^")

    def skip(self, word: str) -> bool:
        """Whether this is what comes next; then it is passed."""
        found = self.text.startswith(word, self.at)
        self.at += len(word) * found
        return found

    def either(self, depth: int) -> Node:
        """Alternatives, up to the end or to a closing bracket."""
        if depth > _DEPTH:
            raise self.wrong(f"groups are at most {_DEPTH} levels deep")
        ways = [self.row(depth)]
        while self.skip("|"):
            ways.append(self.row(depth))
        return ways[0] if len(ways) == 1 else Either(tuple(ways))

    def row(self, depth: int) -> Node:
        """Parts with their quantifiers."""
        parts: list[Node] = []
        while self.here and self.here not in "|)":
            at = self.at
            part: Node = Edge(self.here, at) if self.here in "^$" else self.atom(depth)
            self.at += isinstance(part, Edge)
            parts.append(self.quantified(part))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def atom(self, depth: int) -> Node:
        """One character, class or group."""
        at = self.at
        if self.skip("("):
            if self.here == "?" and not self.skip("?:"):
                raise self.wrong("look-around, names and flags cannot be drawn; write (…) or (?:…)", at)
            group = self.either(depth + 1)
            if not self.skip(")"):
                raise self.wrong("this bracket is not closed", at)
            return group
        if self.skip("["):
            return One(self.alphabet(at))
        if self.here in "?*+{":
            raise self.wrong("there is nothing to repeat" if self.here != "{" else "write \\{ for a brace")
        if self.skip("."):
            return One(_ALNUM)
        if self.here == "\\":
            return One(self.escaped())
        self.at += 1
        return One(self.text[at])

    def escaped(self) -> str:
        """The characters that an escape stands for."""
        at, letter = self.at, self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if letter.lower() in _ESCAPES and letter:
            return _others(_ESCAPES[letter.lower()])
        if not letter or letter.isalnum():
            raise self.wrong(f"\\{letter} cannot be drawn" if letter else "a backslash stands before something", at)
        return letter

    def alphabet(self, opened: int) -> str:
        """The characters of a class, behind its ``[``."""
        negated, found, first = self.skip("^"), "", self.at
        while self.here and (self.here != "]" or self.at == first):
            found += self.member()
        if not self.skip("]"):
            raise self.wrong("this class is not closed", opened)
        found = _others(found) if negated else found
        if not found:
            raise self.wrong("no printable character of ASCII is in this class", opened)
        return "".join(dict.fromkeys(found))[:MOST_TIMES]

    def member(self) -> str:
        """A character, a range, an escape or a named class within a class."""
        at = self.at
        if self.skip("[:"):
            name, _, _ = self.text[self.at :].partition(":]")
            if name not in _CLASSES:
                raise self.wrong(f"there is no class [:{name[:20]}:]", at)
            self.at += len(name) + 2
            return _CLASSES[name]
        if self.text[at : at + 2] in ("[.", "[="):
            raise self.wrong("collating elements cannot be drawn", at)
        low = self.escaped() if self.here == "\\" else self.text[at]
        self.at += self.at == at
        if self.here != "-" or self.text[self.at + 1 : self.at + 2] in ("", "]") or len(low) != 1:
            return low
        self.at += 1
        after = self.at
        high = self.escaped() if self.here == "\\" else self.text[after]
        self.at += self.at == after
        if len(high) != 1 or high < low:
            raise self.wrong("a range goes from a character to a later one", at)
        last = min(ord(high), ord(low) + MOST_TIMES)
        return "".join(chr(c) for c in range(ord(low), last + 1) if not 0xD800 <= c < 0xE000)

    def quantified(self, part: Node) -> Node:
        """The part with the quantifier behind it, if there is one; a lazy one matches the same texts."""
        at = self.at
        if not self.here or self.here not in "?*+{":
            return part
        if isinstance(part, Edge):
            raise self.wrong("the ends of the text cannot be repeated")
        least, most = self.bounds()
        if most is not None and (most < least or most > MOST_TIMES):
            raise self.wrong(f"a quantifier is {{n,m}} with n ≤ m ≤ {MOST_TIMES:,}", at)
        self.skip("?")
        if self.here and self.here in "?*+{":
            raise self.wrong("a quantifier cannot be repeated")
        return Times(part, least, most)

    def bounds(self) -> tuple[int, int | None]:
        """How often, at least and at most."""
        at = self.at
        for sign, bounds in _QUANTIFIERS.items():
            if self.skip(sign):
                return bounds
        found = re.compile(r"\{(\d{1,6})(,(\d{1,6})?)?\}").match(self.text, at)
        if not found:
            raise self.wrong("a quantifier is {n}, {n,} or {n,m}; write \\{ for a brace")
        self.at = found.end()
        least = int(found[1])
        most = int(found[3]) if found[3] else None if found[2] else least
        if least > MOST_TIMES:
            raise self.wrong(f"at most {MOST_TIMES:,} times", at)
        return least, most

    def settled(self, node: Node, *, first: bool, last: bool) -> Node:
        """The same without edges, which may stand only where nothing is before or behind them."""
        match node:
            case Edge(sign, at):
                if not (first if sign == "^" else last):
                    raise self.wrong("this can only stand at the end of the text" if sign == "$" else _BEGIN, at)
                return Row(())
            case Either(ways):
                return Either(tuple(self.settled(way, first=first, last=last) for way in ways))
            case Times(part, least, most):
                return Times(self.settled(part, first=False, last=False), least, most)
            case Row(parts):
                begun = [all(map(_is_edge, parts[:i])) for i in range(len(parts))]
                ended = [all(map(_is_edge, parts[i + 1 :])) for i in range(len(parts))]
                places = zip(parts, begun, ended, strict=True)
                return Row(tuple(self.settled(p, first=first and b, last=last and e) for p, b, e in places))
        return node


_BEGIN = "this can only stand at the beginning of the text"
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}


def _is_edge(node: Node) -> bool:
    return isinstance(node, Edge)


def _others(alphabet: str) -> str:
    """What is not in an alphabet: letters and digits, or where none is left, other printable characters of ASCII."""
    left = "".join(c for c in _ALNUM if c not in alphabet)
    return left or "".join(c for c in _PRINTABLE if c not in alphabet)
