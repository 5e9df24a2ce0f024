"""Values made of other types' values: arrays, composites, ranges and multiranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.expressions.text_form import render
from engine.generators.base import Rows
from engine.generators.kinds.maker import Between, Elements, Maker, Numbered
from engine.generators.kinds.spelling import join
from engine.stream import Key, bits, within
from engine.types import DATE, I64, INT4, INT8, TIMESTAMP, TIMESTAMPTZ, U64, PgType

SUBTYPES: Mapping[str, PgType] = {
    "int4range": INT4,
    "int8range": INT8,
    "numrange": PgType("numeric"),
    "daterange": DATE,
    "tsrange": TIMESTAMP,
    "tstzrange": TIMESTAMPTZ,
    "int4multirange": INT4,
    "int8multirange": INT8,
    "nummultirange": PgType("numeric"),
    "datemultirange": DATE,
    "tsmultirange": TIMESTAMP,
    "tstzmultirange": TIMESTAMPTZ,
}
"""What PostgreSQL's own ranges and multiranges are of."""


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """Arrays of one dimension."""

    elements: Maker
    items: Between
    key: Key

    def values(self, address: U64) -> pa.Array:
        """Lists, (n,)."""
        counts = self.items.drawn(self.key, address)
        parts = Elements.of(counts, address, self.key.child("element"))
        return parts.listed(self.elements.values(parts.address))


@dataclass(frozen=True, slots=True)
class CompositeOf:
    """Rows of a composite type."""

    fields: tuple[tuple[Maker, str], ...]  # with what parts the elements of arrays

    def values(self, address: U64) -> pa.Array:
        """In PostgreSQL's text form, every field quoted, (n,)."""
        texts = [quoted(render(field.values(address), delimiter)) for field, delimiter in self.fields]
        return join("(", pc.binary_join_element_wise(*texts, ","), ")")


def quoted(texts: pa.Array) -> pa.Array:
    """As a field of a composite, or a bound of a range: in double quotes, those and backslashes doubled."""
    escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '""')
    return join('"', escaped, '"')


@dataclass(frozen=True, slots=True)
class Ranges:
    """How ranges of a type are written, by the numbers of their bounds."""

    of: Numbered
    multirange: bool

    def written(self, low: I64, high: I64) -> pa.Array:
        """``["low","high")``; ``["low","low"]`` where larger numbers need not be larger values."""
        return self._closed(self._between(low, high))

    def two(self, numbers: tuple[I64, I64, I64, I64]) -> pa.Array:
        """Two ranges, of which the second begins behind the first."""
        first, second = self._between(*numbers[:2]), self._between(*numbers[2:])
        return self._closed(join(first, ",", second))

    def _between(self, low: I64, high: I64) -> pa.Array:
        bound = quoted(render(self.of.write(low)))
        if not self.of.ordered:
            return join("[", bound, ",", bound, "]")
        return join("[", bound, ",", quoted(render(self.of.write(high))), ")")

    def _closed(self, texts: pa.Array) -> pa.Array:
        return join("{", texts, "}") if self.multirange else texts


@dataclass(frozen=True, slots=True)
class RangeOf:
    """Ranges of up to an eighth of the plausible values; multiranges are one or two."""

    ranges: Ranges
    key: Key

    def values(self, address: U64) -> pa.Array:
        """In PostgreSQL's text form, (n,)."""
        numbered = self.ranges.of
        longest = max(numbered.places // 8, 1)
        low = within(self.key, address, max(numbered.places - longest, 1))
        high = low + 1 + within(self.key.child("length"), address, longest)
        if not numbered.ordered:
            high = low
        high = np.minimum(high, max(numbered.places - 1, 1))
        made = self.ranges.written(low, high)
        length = high - low
        if not self.ranges.multirange or not numbered.ordered or longest < _ROOM:
            return made
        third = length // _ROOM
        some = (bits(self.key.child("two"), address) >> np.uint64(63)) * (third > 0)
        two = self.ranges.two((low, low + third, high - third, high))
        return pc.if_else(pa.array(some.astype(np.bool_)), two, made)


_ROOM = 3


@dataclass(frozen=True, slots=True)
class ApartOf:
    """Ranges of which none overlaps another: the i-th row's lies in the i-th of slots of `width` numbers."""

    ranges: Ranges
    width: int
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """In PostgreSQL's text form, (n,): each begins in its slot's first quarter and ends in the last."""
        first, quarter = rows.place * self.width, max(self.width // 4, 1)
        if not self.ranges.of.ordered:
            return self.ranges.written(first, first)
        low = first + within(self.key, rows.identity, quarter)
        high = first + self.width - within(self.key.child("end"), rows.identity, quarter)
        return self.ranges.written(low, high)
