"""Shapes of a pattern: rows of alphabets, one for each character, of which the pattern's values are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from typing import TypeAlias

from engine.generators.pattern_syntax import MOST_TIMES, Either, Node, One, Row, Times

MOST_SHAPES = 1_000
_MOST_WORK = 300_000
"""Characters of shapes that may be put together before it is too much."""
_UNBOUNDED = 8
"""How often `*` and `+` repeat at most."""
_REACHES = (None, 8, 4, 2, 1, 0)
"""By how much quantifiers go beyond their least, tried one after the other until the shapes are few enough."""

Shape: TypeAlias = tuple[str, ...]
Weighted: TypeAlias = dict[Shape, Fraction]


class TooManyError(ValueError):
    """A pattern has more shapes than are told apart."""


@dataclass(slots=True)
class Room:
    """Shapes are at most `longest` characters long, and quantifiers go `reach` beyond their least.

    `left` is how much may still be put together.
    """

    longest: int
    reach: int | None
    left: int = _MOST_WORK

    def sum(self, weighted: Iterable[tuple[Shape, Fraction]]) -> Weighted:
        """Shapes, each once. Raises TooManyError."""
        found: Weighted = {}
        for shape, weight in weighted:
            self.left -= len(shape) + 1
            found[shape] = found.get(shape, Fraction(0)) + weight
            if self.left < 0 or len(found) > MOST_SHAPES:
                raise TooManyError
        return found


def shapes_of(node: Node, longest: int | None) -> Weighted:
    """Every shape with at most so many characters, and its weight: each choice of the pattern is as likely as another.

    Where there are more than 1,000 shapes quantifiers repeat less often. Raises ValueError where that does not help,
    and where no shape fits.
    """
    for reach in _REACHES:
        try:
            found = _expanded(node, Room(min(longest or MOST_TIMES, MOST_TIMES), reach))
        except TooManyError:
            continue
        if not found:
            least = shortest(node)
            raise ValueError(f"its shortest value has {least} characters, and {longest or MOST_TIMES} are the most")
        return found
    raise ValueError(f"it has more than {MOST_SHAPES:,} forms")


def shortest(node: Node) -> int:
    """The characters of its shortest value."""
    match node:
        case One():
            return 1
        case Row(parts):
            return sum(map(shortest, parts))
        case Either(ways):
            return min(map(shortest, ways))
        case Times(part, least, _):
            return least * shortest(part)
    return 0


def _expanded(node: Node, room: Room) -> Weighted:
    match node:
        case One(alphabet):
            return {(alphabet,): Fraction(1)} if room.longest else {}
        case Either(ways):
            return _merged([_expanded(way, room) for way in ways], room)
        case Times(part, least, most):
            return _repeated(_expanded(part, room), (least, most), room)
        case Row(parts):
            found: Weighted = {(): Fraction(1)}
            for part in parts:
                found = _joined(found, _expanded(part, room), room)
            return found
    return {(): Fraction(1)}


def _merged(ways: list[Weighted], room: Room) -> Weighted:
    ways = [way for way in ways if way]
    letters = [next(iter(way)) for way in ways]
    if all(len(way) == 1 and len(shape) == 1 for way, shape in zip(ways, letters, strict=True)):
        alphabets = [shape[0] for shape in letters]
        joined = "".join(alphabets)
        if len(set(joined)) == len(joined) and len({len(alphabet) for alphabet in alphabets}) == 1:
            return {(joined,): Fraction(1)}  # (a|b|c) is [abc]
    return room.sum((shape, weight / len(ways)) for way in ways for shape, weight in way.items())


def _repeated(part: Weighted, bounds: tuple[int, int | None], room: Room) -> Weighted:
    least, most = bounds
    most = max(least, _UNBOUNDED) if most is None else most
    if room.reach is not None:
        most = min(most, least + room.reach)
    power: Weighted = {(): Fraction(1)}
    powers: list[Weighted] = []
    for times in range(most + 1):
        if times >= least:
            powers.append(power)
        power = _joined(power, part, room) if times < most else power
        if not power:
            break
    return room.sum((shape, weight / max(len(powers), 1)) for some in powers for shape, weight in some.items())


def _joined(left: Weighted, right: Weighted, room: Room) -> Weighted:
    pairs = product(left.items(), right.items())
    return room.sum(((*a, *b), u * v) for (a, u), (b, v) in pairs if len(a) + len(b) <= room.longest)


def apart(shapes: Iterable[Shape], *, fold: bool) -> tuple[Shape, ...]:
    """Shapes that have no value in common and together those of `shapes`, or nearly all where these would be too many.

    With `fold` values that differ in case alone are the same, and one of each is kept.
    """
    found: dict[int, list[Shape]] = {}
    count = 0
    for shape in sorted(map(_folded, shapes) if fold else shapes, key=size, reverse=True):
        same = found.setdefault(len(shape), [])
        rest = [shape]
        for other in same:
            rest = [piece for one in rest for piece in _without(one, other, fold)]
            if len(rest) > MOST_SHAPES:
                rest = []
        rest = rest if count + len(rest) <= MOST_SHAPES else []
        count += len(rest)
        same.extend(rest)
    return tuple(shape for length in sorted(found) for shape in found[length])


def size(shape: Shape) -> int:
    """How many values a shape has."""
    return prod(map(len, shape))


def _folded(shape: Shape) -> Shape:
    return tuple("".join({c.lower(): c for c in reversed(alphabet)}.values()) for alphabet in shape)


def _without(shape: Shape, other: Shape, fold: bool) -> list[Shape]:
    """What is left of a shape, as shapes that have nothing in common, when another's values are taken away."""
    common: Shape = ()
    pieces: list[Shape] = []
    for own, theirs in zip(shape, other, strict=True):
        inside, outside = _parted(own, theirs, fold)
        if not inside:
            return [shape]
        if outside:
            pieces.append((*common, outside, *shape[len(common) + 1 :]))
        common = (*common, inside)
    return pieces


@lru_cache(maxsize=10_000)
def _parted(own: str, theirs: str, fold: bool) -> tuple[str, str]:
    """The characters of one alphabet that are in another, and those that are not."""
    known = set(theirs.lower() if fold else theirs)
    inside = "".join(c for c in own if (c.lower() if fold else c) in known)
    return inside, "".join(c for c in own if c not in inside)


def without_blank_ends(shapes: Mapping[Shape, Fraction]) -> Weighted:
    """Shapes whose values do not end in a blank, which char(n) does not keep."""
    found: Weighted = {}
    for shape, weight in shapes.items():
        last = shape[-1].replace(" ", "") if shape else ""
        if last or not shape:
            found[(*shape[:-1], last) if shape else shape] = weight
    return found
