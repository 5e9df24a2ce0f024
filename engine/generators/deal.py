"""Columns whose values are dealt out together, so that no two rows agree in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod

import numpy as np
import pyarrow.compute as pc

from engine.generators.base import Rows
from engine.permutation import LARGEST, permute
from engine.stream import Key
from engine.types import I64

MOST_PLACES = 1 << 40
"""More values of one column are not told apart: what is dealt out are the first of them."""


class Pair(StrEnum):
    """What two references to the same rows, dealt out together, have to be to each other."""

    APART = "apart"  # two different rows, in any order
    ASCENDING = "ascending"  # the first comes before the second, by their keys

    def combinations(self, rows: int) -> int:
        """How many pairs there are of so many rows."""
        return rows * (rows - 1) // (2 if self is Pair.ASCENDING else 1)

    def rows_of(self, number: I64, rows: int) -> tuple[I64, I64]:
        """The two rows of each pair by its number, (n,) → (n,), (n,): a bijection of all pairs."""
        if self is Pair.APART:
            first, step = number // (rows - 1), number % (rows - 1)
            return first, (first + 1 + step) % rows
        second = ((np.sqrt(8.0 * number + 1.0) + 1.0) / 2.0).astype(np.int64)
        second -= second * (second - 1) // 2 > number  # the root is rounded: one too many, or one too few
        second += (second + 1) * second // 2 <= number
        return number - second * (second - 1) // 2, second


@dataclass(frozen=True, slots=True)
class Deal:
    """One column's share of a deal: row i has place π(i) of all combinations, and this digit of it.

    π is a keyed permutation of the `total` combinations, written in a mixed radix whose digits are the columns'.
    """

    key: Key
    total: int
    stride: int
    places: int
    pair: Pair | None = None  # of which the digit is a number
    rows: int = 0  # that the pair is made of
    second: bool = False
    keyed: tuple[str, str] | None = None  # the entity and its key, by which an ascending pair is put in order

    @property
    def alone(self) -> bool:
        """Whether it is dealt out without others, so that no value comes twice."""
        return self.total == self.places and self.pair is None

    def digits(self, rows: Rows) -> I64:
        """For each row the number of its value, (n,): in [0, places), of a pair's in [0, rows)."""
        if not rows.size:
            return np.zeros(0, np.int64)
        found = np.asarray(permute(self.key, rows.place, self.total) // self.stride % self.places, np.int64)
        if self.pair is None:
            return found
        pair = self.pair.rows_of(found, self.rows)
        if self.keyed is None:
            return pair[self.second]
        entity, key = self.keyed
        first, second = (rows.at(entity, one).read((key,)) for one in pair)
        swapped = pc.greater(first, second).to_numpy(zero_copy_only=False)
        return np.where(swapped, pair[not self.second], pair[self.second])


def deals(places: Sequence[int], key: Key) -> tuple[Deal, ...]:
    """A deal for each of some columns with so many values; of those with most fewer are used, if there are too many."""
    used = [min(one, MOST_PLACES) for one in places]
    while prod(used) > LARGEST:
        widest = used.index(max(used))
        used[widest] = max(used[widest] >> 1, 1)
    total = prod(used)
    return tuple(Deal(key, total, prod(used[:at]), own) for at, own in enumerate(used))
