"""Columns whose values are dealt out together, so that no two rows agree in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from engine.generators.base import Rows
from engine.permutation import LARGEST, permute
from engine.stream import Key
from engine.types import I64

MOST_PLACES = 1 << 40
"""More values of one column are not told apart: what is dealt out are the first of them."""


@dataclass(frozen=True, slots=True)
class Deal:
    """One column's share of a deal: row i has place π(i) of all combinations, and this digit of it.

    π is a keyed permutation of the `total` combinations, written in a mixed radix whose digits are the columns'.
    """

    key: Key
    total: int
    stride: int
    places: int

    @property
    def alone(self) -> bool:
        """Whether it is dealt out without others, so that no value comes twice."""
        return self.total == self.places

    def digits(self, rows: Rows) -> I64:
        """For each row the number of its value, in [0, places), (n,)."""
        if not rows.size:
            return np.zeros(0, np.int64)
        return np.asarray(permute(self.key, rows.index, self.total) // self.stride % self.places, np.int64)


def deals(places: Sequence[int], key: Key) -> tuple[Deal, ...]:
    """A deal for each of some columns with so many values; of those with most fewer are used, if there are too many."""
    used = [min(one, MOST_PLACES) for one in places]
    while prod(used) > LARGEST:
        widest = used.index(max(used))
        used[widest] = max(used[widest] >> 1, 1)
    total = prod(used)
    return tuple(Deal(key, total, prod(used[:at]), own) for at, own in enumerate(used))
