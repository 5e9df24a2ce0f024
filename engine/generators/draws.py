"""The uniform draw behind a column: its own stream, or one that leans on those of other columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.maths import ndtr_all, ndtri
from engine.stream import Key, bits, uniform
from engine.types import F64, U64

_LEAST, _MOST = 2.0**-53, 1.0 - 2.0**-53


class Draw(Protocol):
    """One uniform number for each address."""

    def uniform(self, addresses: U64) -> F64:
        """Doubles in (0, 1), (n,) → (n,)."""

    def bits(self, addresses: U64) -> U64:
        """The same as 64-bit words, of which the upper 52 count, (n,) → (n,)."""


@dataclass(frozen=True, slots=True)
class OwnDraw:
    """A column's own stream."""

    key: Key

    def uniform(self, addresses: U64) -> F64:
        """As the stream has them."""
        return uniform(self.key, addresses)

    def bits(self, addresses: U64) -> U64:
        """As the stream has them."""
        return bits(self.key, addresses)


@dataclass(frozen=True, slots=True)
class CorrelatedDraw:
    """A draw of a Gaussian copula: Φ of a weighted sum of independent standard normals, whose squares sum to 1.

    R. B. Nelsen, An Introduction to Copulas, 2006. The sum is taken in the order of the weights, so that it is the
    same on every machine.
    """

    weights: tuple[float, ...]
    keys: tuple[Key, ...]

    def uniform(self, addresses: U64) -> F64:
        """Doubles in (0, 1)."""
        total = np.zeros(len(addresses))
        for weight, key in zip(self.weights, self.keys, strict=True):
            if weight:
                total += weight * ndtri(uniform(key, addresses))
        return np.clip(ndtr_all(total), _LEAST, _MOST)

    def bits(self, addresses: U64) -> U64:
        """The same in steps of 2**-52."""
        return np.minimum(self.uniform(addresses) * 2.0**52, 2.0**52 - 1).astype(np.uint64) << np.uint64(12)
