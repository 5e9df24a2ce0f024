"""What makes values of one type: by address, or, where they can be numbered, by number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from engine.generators.base import Window
from engine.generators.kinds.shape import Shape
from engine.stream import Key, descend, within
from engine.types import I64, U64

Write: TypeAlias = Callable[[I64], pa.Array]
"""From numbers to values in the Arrow type that carries them, (n,) → (n,); a function of the number alone."""


class Maker(Protocol):
    """Makes values of one type; frozen and picklable."""

    def values(self, address: U64) -> pa.Array:
        """A value for each stream address, (n,), in the Arrow type that carries it."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A type whose values have numbers: no two numbers below `most` have the same value.

    Draws are below `places`, which are the plausible ones; `ordered` says that larger numbers are larger values.
    """

    places: int
    write: Write
    most: int
    ordered: bool = False

    @staticmethod
    def of(places: int, write: Write, *, most: int | None = None, ordered: bool = False) -> Numbered:
        """Values of which all are plausible, where `most` is not said."""
        return Numbered(places, write, max(most or places, places), ordered)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Numbered values, all equally likely."""

    numbered: Numbered
    key: Key

    def values(self, address: U64) -> pa.Array:
        """The values, (n,)."""
        return self.numbered.write(within(self.key, address, self.numbered.places))


@dataclass(frozen=True, slots=True)
class Between:
    """How many, from the fewest to the most."""

    min: int
    max: int

    def drawn(self, key: Key, address: U64) -> I64:
        """A number for each address, all equally likely, (n,)."""
        return self.min + within(key, address, self.max - self.min + 1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an author may say of values of any type.

    `items` are those of arrays, `length` the characters of texts or bytes of byte strings; `slots` is into how many
    parts the window is to be cut at least, and `shape` what JSON documents look like.
    """

    window: Window
    items: Between
    length: Between | None = None
    slots: int = 0
    shape: Shape | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """Parts of values: `address` of each, (m,), and where those of each value begin, (n + 1,)."""

    address: U64
    ends: I64

    @staticmethod
    def of(counts: I64, address: U64, key: Key) -> Elements:
        """So many parts of each value, each with an address of its own below the value's."""
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        ordinal = np.arange(ends[-1]) - np.repeat(ends[:-1], counts)
        return Elements(descend(np.repeat(address, counts), ordinal, key), ends)

    def listed(self, parts: pa.Array) -> pa.ListArray:
        """The parts, (m,), as a list for each value, (n,)."""
        return pa.ListArray.from_arrays(pa.array(self.ends.astype(np.int32)), parts)
