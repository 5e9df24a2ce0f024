"""What a JSON document looks like: the YAML of `shape`, read into a tree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from engine.errors import Code
from engine.timelines.refusal import refuse

MOST_DEPTH, MOST_PARTS = 8, 200


class Leaf(StrEnum):
    """A scalar of JSON, by what is in it."""

    TEXT = "text"
    WORD = "word"
    INT = "int"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"
    UUID = "uuid"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some scalars, each as JSON."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """An array of any number of one shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: names, as JSON, and shapes."""

    fields: tuple[tuple[str, Shape], ...]


Shape: TypeAlias = Leaf | OneOf | Items | Fields

USUAL = Fields((('"id"', Leaf.INT), ('"name"', Leaf.TEXT), ('"active"', Leaf.BOOL), ('"tags"', Items(Leaf.WORD))))
"""What a document looks like of which nothing is said."""


def read_shape(value: object) -> Shape:
    """``{name: text, tags: [word], plan: [free, pro], nested: {…}}``: a list of one shape is an array of it.

    A list of several scalars is a choice among them.
    """
    return _read(value, 0)


def _read(value: object, depth: int) -> Shape:
    if depth > MOST_DEPTH:
        raise refuse(Code.OUT_OF_RANGE, f"a shape is at most {MOST_DEPTH} levels deep")
    match value:
        case None:
            return Leaf.NULL
        case Leaf() | OneOf() | Items() | Fields():
            return value
        case str():
            return _leaf(value)
        case Mapping():
            made: Shape = Fields(tuple((_as_json(str(name)), _read(part, depth + 1)) for name, part in value.items()))
        case list() | tuple():
            made = _listed(value, depth)
        case _:
            raise refuse(Code.WRONG_TYPE, f"{value!r} is no shape", _HINT)
    if sum(1 for _ in parts(made)) > MOST_PARTS:
        raise refuse(Code.OUT_OF_RANGE, f"a shape has at most {MOST_PARTS} parts")
    return made


def _listed(value: list[object] | tuple[object, ...], depth: int) -> Shape:
    if not value:
        raise refuse(Code.WRONG_TYPE, "an empty list is no shape", _HINT)
    if len(value) == 1 and not isinstance(value[0], bool | int | float):
        only = value[0]
        if not isinstance(only, str) or only in set(Leaf):
            return Items(_read(only, depth + 1))
    if any(isinstance(one, Mapping | list) for one in value):
        raise refuse(Code.WRONG_TYPE, "a list of several is a choice among scalars", _HINT)
    return OneOf(tuple(_as_json(one) for one in value))


def _leaf(word: str) -> Leaf:
    if word not in set(Leaf):
        raise refuse(Code.WRONG_TYPE, f"'{word}' is no shape", f"{_HINT}; a constant is a list of one: [{word}]")
    return Leaf(word)


def _as_json(scalar: object) -> str:
    if isinstance(scalar, str) and "\0" in scalar:
        raise refuse(Code.WRONG_TYPE, "PostgreSQL keeps no NUL in texts")
    return json.dumps(scalar, ensure_ascii=False)


def parts(shape: Shape) -> Iterator[Shape]:
    """The shape itself and all that are in it."""
    yield shape
    for inner in (part for _, part in shape.fields) if isinstance(shape, Fields) else ():
        yield from parts(inner)
    if isinstance(shape, Items):
        yield from parts(shape.shape)


_HINT = f"write one of {', '.join(Leaf)}, [shape] for an array, {{name: shape}} for an object, or [a, b] for a choice"

ShapeField = Annotated[
    Shape,
    PlainValidator(read_shape),
    WithJsonSchema({"anyOf": [{"enum": [*Leaf, None]}, {"type": "object"}, {"type": "array", "minItems": 1}]}),
]
