"""Points, lines and areas of the plane, with coordinates from 0.0 to 99.9; cubes and segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pyarrow as pa

from engine.generators.kinds.maker import Numbered, Wishes
from engine.generators.kinds.spelling import join, plain, tenths
from engine.types import I64, PgType

_SIDE = 1000
_PLACES = _SIDE**4


def _place(number: I64) -> tuple[I64, I64]:
    return number % _SIDE, number // _SIDE % _SIDE


def _size(number: I64) -> tuple[I64, I64]:
    """How far it reaches, by the number's upper digits: 0.1 to 100.0 each way."""
    return _place(number // _SIDE**2)


def _pair(x: I64, y: I64) -> pa.Array:
    return join("(", tenths(x), ",", tenths(y), ")")


def _corners(number: I64) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Where it begins, and the two other corners of a triangle with a right angle there."""
    (x, y), (width, height) = _place(number), _size(number)
    return _pair(x, y), _pair(x + width + 1, y), _pair(x, y + height + 1)


def _point(number: I64) -> pa.Array:
    return _pair(*_place(number))


def _line(number: I64) -> pa.Array:
    (a, b), (c, _) = _place(number), _size(number)
    return join("{", tenths(a + 1), ",", tenths(b), ",", tenths(c), "}")


def _two(opened: str, closed: str, number: I64) -> pa.Array:
    (x, y), (width, height) = _place(number), _size(number)
    return join(opened, _pair(x + width + 1, y + height + 1), ",", _pair(x, y), closed)


def _three(opened: str, closed: str, number: I64) -> pa.Array:
    first, second, third = _corners(number)
    return join(opened, first, ",", second, ",", third, closed)


def _circle(number: I64) -> pa.Array:
    return join("<", _point(number), ",", tenths(_size(number)[0] + 1), ">")


def _seg(number: I64) -> pa.Array:
    low, width = _place(number)
    return join(plain(low), " .. ", plain(low + width + 1))


def _kind(write: Callable[[I64], pa.Array], places: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(places, write)


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "point": partial(_kind, _point, _SIDE**2),
    "line": partial(_kind, _line, _SIDE**3),
    "lseg": partial(_kind, partial(_two, "[", "]"), _PLACES),
    "box": partial(_kind, partial(_two, "", ""), _PLACES),
    "path": partial(_kind, partial(_three, "[", "]"), _PLACES),
    "polygon": partial(_kind, partial(_three, "(", ")"), _PLACES),
    "circle": partial(_kind, _circle, _SIDE**3),
    "cube": partial(_kind, partial(_two, "", ""), _PLACES),
    "seg": partial(_kind, _seg, _SIDE**2),
}
