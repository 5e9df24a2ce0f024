"""What a row's life leaves behind: for each step the number of the way that it took, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.types import I64, Bool
from engine.views import as_column, as_words

NEVER = np.iinfo(np.int64).max
"""The moment of a step that is not taken."""
UNBORN = -1
"""What stands for the way of a step that is not taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Steps of rows, (n, k): `ways` by number (`UNBORN` where there is none) and moments in microseconds UTC.

    Moments do not fall along a row; a step that is not taken is at `NEVER`. `born` is (n,), `NEVER` for a row
    without a life.
    """

    born: I64
    ways: I64
    moments: I64

    @property
    def column(self) -> pa.Array:
        """The trace as one column of fixed-size binary, (n,), which rows can be taken from like from any other."""
        return as_column(np.concatenate((self.born[:, None], self.ways, self.moments), axis=1))

    @staticmethod
    def of(column: pa.Array) -> Trace:
        """The trace that a column holds."""
        words = as_words(column)
        steps = (words.shape[1] - 1) // 2
        return Trace(words[:, 0], words[:, 1 : 1 + steps], words[:, 1 + steps :])

    def until(self, last: I64 | None) -> Bool:
        """Which steps have happened at `last`, (n,) microseconds, itself included, (n, k); all where it is None."""
        taken: Bool = self.ways != UNBORN
        return taken if last is None else taken & (self.moments <= last[:, None])
