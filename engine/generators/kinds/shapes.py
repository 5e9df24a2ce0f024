"""JSON documents of a given shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from engine.expressions.text_form import render
from engine.generators.kinds.bits import KINDS as BITS
from engine.generators.kinds.maker import Between, Drawn, Elements, Maker, Numbered, Wishes
from engine.generators.kinds.numbers import USUAL as USUAL_NUMBER
from engine.generators.kinds.shape import USUAL, Fields, Items, Leaf, OneOf, Shape
from engine.generators.kinds.spelling import join, padded, phrase, plain, words
from engine.generators.kinds.times import KINDS as TIMES
from engine.stream import Key
from engine.types import DATE, I64, TIMESTAMP, U64, UUID, PgType


@dataclass(frozen=True, slots=True)
class Document:
    """An object: its fields one after the other."""

    fields: tuple[tuple[str, Maker], ...]

    def values(self, address: U64) -> pa.Array:
        """As JSON, (n,)."""
        if not self.fields:
            return pa.array(["{}"]).take(pa.array([0] * len(address), pa.int32()))
        texts = [join(f"{name}: ", maker.values(address)) for name, maker in self.fields]
        return join("{", pc.binary_join_element_wise(*texts, ", "), "}")


@dataclass(frozen=True, slots=True)
class List:
    """An array of documents."""

    elements: Maker
    items: Between
    key: Key

    def values(self, address: U64) -> pa.Array:
        """As JSON, (n,)."""
        parts = Elements.of(self.items.drawn(self.key, address), address, self.key.child("element"))
        return join("[", pc.binary_join(parts.listed(self.elements.values(parts.address)), ", "), "]")


def json_of(type_: PgType, key: Key, wishes: Wishes) -> Maker:  # noqa: ARG001
    """Documents of the shape that is wished for."""
    return _maker(wishes.shape or USUAL, key, wishes)


def _maker(shape: Shape, key: Key, wishes: Wishes) -> Maker:
    match shape:
        case Fields(fields):
            return Document(tuple((name, _maker(part, key.child("field", name), wishes)) for name, part in fields))
        case Items(inner):
            return List(_maker(inner, key.child("element"), wishes), wishes.items, key)
        case OneOf(texts):
            return Drawn(Numbered.of(len(texts), partial(_take, pa.array(texts))), key)
        case Leaf():
            return Drawn(_LEAVES[shape](wishes), key)


def _take(values: pa.Array, number: I64) -> pa.Array:
    return values.take(pa.array(number))


def _text(number: I64) -> pa.Array:
    return join('"', phrase(number, 3), '"')


def _word(number: I64) -> pa.Array:
    return join('"', words(number), '"')


def _int(number: I64) -> pa.Array:
    return plain(number + 1)


def _number(number: I64) -> pa.Array:
    return join(plain(number // 100), ".", padded(number % 100, 2))


def _bool(number: I64) -> pa.Array:
    return _take(pa.array(["false", "true"]), number)


def _null(number: I64) -> pa.Array:
    return _take(pa.array(["null"]), number)


def _fixed(places: int, write: Callable[[I64], pa.Array], wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(places, write)


def _as_text(kind: Callable[[PgType, Wishes], Numbered], type_: PgType, wishes: Wishes) -> Numbered:
    made = kind(type_, wishes)
    return Numbered.of(made.places, partial(_in_quotes, made.write))


def _in_quotes(write: Callable[[I64], pa.Array], number: I64) -> pa.Array:
    return join('"', pc.replace_substring(render(write(number)), " ", "T"), '"')


_LEAVES: Mapping[Leaf, Callable[[Wishes], Numbered]] = {
    Leaf.TEXT: partial(_fixed, 1 << 24, _text),
    Leaf.WORD: partial(_fixed, 256, _word),
    Leaf.INT: partial(_fixed, USUAL_NUMBER, _int),
    Leaf.NUMBER: partial(_fixed, USUAL_NUMBER, _number),
    Leaf.BOOL: partial(_fixed, 2, _bool),
    Leaf.NULL: partial(_fixed, 1, _null),
    Leaf.DATE: partial(_as_text, TIMES["date"], DATE),
    Leaf.TIMESTAMP: partial(_as_text, TIMES["timestamp"], TIMESTAMP),
    Leaf.UUID: partial(_as_text, BITS["uuid"], UUID),
}
