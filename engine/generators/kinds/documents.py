"""Small documents of one form each: XML, JSON paths, what full-text search takes, and the types of extensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.generators.kinds.maker import Elements, Maker, Numbered, Wishes
from engine.generators.kinds.spelling import join, padded, phrase, plain, words
from engine.stream import Key, within
from engine.types import I64, U64, PgType

_THREE_WORDS = 1 << 24
_USUAL_DIMENSIONS = 3


def _xml(number: I64) -> pa.Array:
    return join("<note><to>", words(number), "</to><text>", phrase(number >> 8, 2), "</text></note>")


def _jsonpath(number: I64) -> pa.Array:
    return join("$.", words(number), "[*].", words(number, 1), " ? (@ > ", plain(number >> 16), ")")


def _tsvector(number: I64) -> pa.Array:
    return join("'", words(number), "':1 '", words(number, 1), "':2 '", words(number, 2), "':3")


def _tsquery(number: I64) -> pa.Array:
    return join("'", words(number), "' & ( '", words(number, 1), "' | '", words(number, 2), "' )")


def _hstore(number: I64) -> pa.Array:
    return join(
        '"name"=>"', words(number), '", "place"=>"', words(number, 1), '", "count"=>"', plain(number >> 16), '"'
    )


def _ltree(number: I64) -> pa.Array:
    return join(phrase(number, 3, "."))


def _lquery(number: I64) -> pa.Array:
    return join(words(number), ".*.", words(number, 1))


def _ltxtquery(number: I64) -> pa.Array:
    return join(words(number), " & ", words(number, 1))


def _query_int(number: I64) -> pa.Array:
    return join(plain(number % 1000), " & ", plain(number // 1000))


def _numbered_book(prefix: str, number: I64) -> pa.Array:
    """13 digits of which the last is the check digit of EAN-13 (ISO/IEC 15420): weights 1 and 3 in turn."""
    body = int(prefix) * 10 ** (12 - len(prefix)) + number
    weighted = sum(body // 10**place % 10 * (3 if place % 2 == 0 else 1) for place in range(12))
    return padded(body * 10 + -weighted % 10, 13)


def _kind(write: Callable[[I64], pa.Array], places: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(places, write)


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "xml": partial(_kind, _xml, _THREE_WORDS),
    "jsonpath": partial(_kind, _jsonpath, _THREE_WORDS),
    "tsvector": partial(_kind, _tsvector, _THREE_WORDS),
    "tsquery": partial(_kind, _tsquery, _THREE_WORDS),
    "hstore": partial(_kind, _hstore, _THREE_WORDS),
    "ltree": partial(_kind, _ltree, _THREE_WORDS),
    "lquery": partial(_kind, _lquery, 1 << 16),
    "ltxtquery": partial(_kind, _ltxtquery, 1 << 16),
    "query_int": partial(_kind, _query_int, 10**6),
    "ean13": partial(_kind, partial(_numbered_book, "20"), 10**9),
    "isbn": partial(_kind, partial(_numbered_book, "978"), 10**9),
    "isbn13": partial(_kind, partial(_numbered_book, "978"), 10**9),
    "ismn": partial(_kind, partial(_numbered_book, "9790"), 10**8),
    "ismn13": partial(_kind, partial(_numbered_book, "9790"), 10**8),
    "issn": partial(_kind, partial(_numbered_book, "977"), 10**9),
    "issn13": partial(_kind, partial(_numbered_book, "977"), 10**9),
    "upc": partial(_kind, partial(_numbered_book, "0"), 10**9),
}


@dataclass(frozen=True, slots=True)
class Vector:
    """Vectors of numbers from -1.000 to 1.000; sparse ones hold three, at places of their own."""

    dimensions: int
    key: Key
    sparse: bool = False

    def values(self, address: U64) -> pa.Array:
        """In pgvector's text form, (n,)."""
        held = min(self.dimensions, _HELD) if self.sparse else self.dimensions
        parts = Elements.of(np.full(len(address), held), address, self.key)
        texts = _THOUSANDTHS.take(pa.array(within(self.key.child("value"), parts.address, len(_THOUSANDTHS))))
        if not self.sparse:
            return join("[", pc.binary_join(parts.listed(texts), ","), "]")
        stride = self.dimensions // held
        place = np.tile(np.arange(held) * stride, len(address)) + within(self.key.child("at"), parts.address, stride)
        pairs = join(plain(place + 1), ":", texts)
        return join("{", pc.binary_join(parts.listed(pairs), ","), "}/", str(self.dimensions))


_HELD = 3
_THOUSANDTHS = pa.array(np.arange(-1000, 1001) / 1000.0).cast(pa.string())


def _vector(sparse: bool, type_: PgType, key: Key, wishes: Wishes) -> Maker:  # noqa: ARG001
    return Vector(type_.length or _USUAL_DIMENSIONS, key, sparse)


VECTORS: Mapping[str, Callable[[PgType, Key, Wishes], Maker]] = {
    "vector": partial(_vector, False),  # noqa: FBT003
    "halfvec": partial(_vector, False),  # noqa: FBT003
    "sparsevec": partial(_vector, True),  # noqa: FBT003
}
