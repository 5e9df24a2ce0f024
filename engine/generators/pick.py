"""How a reference chooses: draws of a row number among the first `born` rows of an entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.batch import BATCH_ROWS
from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Rows, Target
from engine.generators.deal import Deal
from engine.generators.zipf import ZipfLaw, mass, rank_at
from engine.maths import power
from engine.permutation import permute, scramble
from engine.stream import Key, uniform
from engine.types import F64, I64, U64

MAX_ROUNDS = 64
TRIES = 256
"""Rounds until weights are summed; where they are 4 % of their maximum on the average, 3 rows in 100,000 are left."""
MOST_WEIGHED = 1 << 18
"""Rows to choose from whose weights are summed when drawing finds nobody."""


class Picker(Protocol):
    """Draws row numbers; pure in (key, identity, born), and for a tree in the rows' own numbers."""

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:
        """One number in [0, born) for each identity, (n,) → (n,); every `born` is at least 1."""


@dataclass(frozen=True, slots=True)
class UniformPick:
    """Every row that exists is as likely as any other."""

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """One number in [0, born) for each identity."""
        return np.asarray(uniform(key, identity) * born).astype(np.int64)


@dataclass(frozen=True, slots=True)
class ZipfPick:
    """Popularity by Zipf's law over a fixed population; ranks are dealt out by a keyed permutation."""

    law: ZipfLaw
    count: int
    ranks: Key

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """One number in [0, count) for each identity; `born` is the whole population here."""
        rank = self.law.quantile(uniform(key, identity)).astype(np.int64) - 1
        return permute(self.ranks, rank.astype(np.uint64), self.count)


@dataclass(frozen=True, slots=True, eq=False)
class GrowingZipfPick:
    """Popularity by Zipf's law over a population that grows, each row keeping its own popularity.

    Rows 2^m - 1 … 2^(m+1) - 2 are block m. Inside a block ranks follow Zipf's law and are dealt out in an
    order that never changes; a block of size B weighs B^s · H(B, s), so that blocks continue each other's
    law. A draw takes a block, then a rank, and is repeated only when it hits a row not yet born, which only
    the last block has: less than half of all draws.
    """

    exponent: float
    masses: F64  # (blocks,) H(2^m, s): the mass of block m in units of its first rank
    totals: F64  # (blocks + 1,) cumulative weights of blocks
    ranks: Key

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:
        """One number in [0, born) for each identity."""
        found = np.empty(len(identity), np.int64)
        open_rows = np.arange(len(identity))
        for attempt in range(MAX_ROUNDS):
            drawn = self._once(key.child("attempt", attempt), identity[open_rows], born[open_rows])
            found[open_rows] = drawn
            open_rows = open_rows[drawn >= born[open_rows]]
            if not len(open_rows):
                return found
        found[open_rows] = UniformPick().draw(rows, key.child("rest"), identity[open_rows], born[open_rows])
        return found

    def _once(self, key: Key, identity: U64, born: I64) -> I64:
        last = np.frexp(born.astype(np.float64))[1].astype(np.int64) - 1  # floor(log2(born)), exact
        weight = uniform(key, identity) * self.totals.take(last + 1)
        block = np.minimum(np.searchsorted(self.totals, weight, side="right") - 1, last)
        before, size = self.totals.take(block), np.int64(1) << block
        share = (weight - before) / (self.totals.take(block + 1) - before)
        rank = rank_at(self.exponent, share * self.masses.take(block)).astype(np.int64)
        return size - 1 + scramble(self.ranks, np.minimum(rank, size - 1), block)


@dataclass(frozen=True, slots=True)
class EvenPick:
    """Row i points to number i, and from the beginning again after the last: all are picked equally often."""

    count: int

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """One number in [0, count) for each row."""
        return rows.index % self.count


@dataclass(frozen=True, slots=True)
class DealtPick:
    """Picks what the deal of several columns gives the row."""

    deal: Deal

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """The digit of each row."""
        return self.deal.digits(rows)


class _Refers(Protocol):
    """What a reference says beside `pick`."""

    existing_at: str | None
    distinct_within: str | None
    same: str | None
    where: str | None
    differs_from: str | None

    @property
    def entity(self) -> str:
        """The entity that it points to."""


def evenly(refers: _Refers, target: Target, context: Context) -> EvenPick:
    """The picker that goes round. Raises SpecError (CONFLICT, INFEASIBLE)."""
    for key in ("existing_at", "distinct_within", "same", "where", "differs_from"):
        if getattr(refers, key):
            raise wrong(Code.CONFLICT, f"`{key}` and `pick: even` do not go together", path=(key,), hint="remove it")
    if context.count is None or context.scope.thinned() or target.chain:
        message = f"rows go round in their order, so '{context.entity}' and '{refers.entity}' need a `count` alone"
        raise wrong(Code.INFEASIBLE, message, path=("pick",), hint="neither `per` nor `keep`")
    return EvenPick(target.count)


def growing(exponent: float, count: int, ranks: Key) -> GrowingZipfPick:
    """The picker for a population that reaches `count`; blocks of 1, 2, 4, … rows."""
    sizes = [1 << m for m in range(count.bit_length())]
    masses = np.array([mass(exponent, size) for size in sizes])
    weights = power(np.array(sizes, np.float64), exponent) * masses
    return GrowingZipfPick(exponent, masses, np.concatenate(([0.0], np.cumsum(weights))), ranks)


@dataclass(frozen=True, slots=True)
class WeightedPick:
    """Popularity by a column of the parent: a uniform draw is kept with probability weight / maximum.

    Where few have nearly all of the weight, that finds nobody for too long: what is still open after `TRIES` rounds is
    looked up in the running sum of all weights, if the rows to choose from are few enough to be summed.
    """

    entity: str
    column: str
    maximum: float
    count: int | None = None  # rows in all; None for those that are counted first

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:
        """One number in [0, born) for each identity. Raises GenerateError for a weight above the maximum."""
        found = np.empty(len(identity), np.int64)
        open_rows = np.arange(len(identity))
        count = int(rows.firsts(self.entity)[-1]) if self.count is None else self.count
        small = count <= MOST_WEIGHED
        for attempt in range(TRIES if small else MAX_ROUNDS * 16):
            here = identity[open_rows]
            trial = np.asarray(uniform(key.child("try", attempt), here) * born[open_rows]).astype(np.int64)
            found[open_rows] = trial
            weight = self.weights(rows, trial)
            open_rows = open_rows[uniform(key.child("keep", attempt), here) * self.maximum >= weight]
            if not len(open_rows):
                return found
        if small:
            found[open_rows] = self._summed(rows, uniform(key.child("sum"), identity[open_rows]), born[open_rows])
            return found
        raise GenerateError(
            f"no row of '{self.entity}' was drawn by weight '{self.column}' in {MAX_ROUNDS * 16} tries; "
            f"its values lie far below the stated max of {self.maximum:g}"
        )

    def _summed(self, rows: Rows, u: F64, born: I64) -> I64:
        """The row at a share `u` of all weight that is there, (n,); sums run from the first row on, one by one."""
        blocks = range(0, int(born.max()), BATCH_ROWS)
        parts = [self.weights(rows, np.arange(at, min(at + BATCH_ROWS, int(born.max())))) for at in blocks]
        sums: F64 = np.cumsum(np.concatenate(([0.0], *parts)).clip(min=0))
        if float(sums[born].min()) <= 0:
            raise GenerateError(f"all that there are of '{self.entity}' at some moment have a '{self.column}' of 0")
        drawn = np.searchsorted(sums, u * sums[born], side="right") - 1
        return np.asarray(np.minimum(drawn, born - 1), np.int64)

    def weights(self, rows: Rows, index: I64) -> F64:
        """Of rows by number, (n,). Raises GenerateError for one above the maximum."""
        array = rows.at(self.entity, index).read((self.column,))
        weight: F64 = np.nan_to_num(array.cast("float64").to_numpy(zero_copy_only=False))
        if weight.max(initial=0) > self.maximum:
            raise GenerateError(
                f"'{self.entity}.{self.column}' is {weight.max():g}, above the stated max of {self.maximum:g}; raise it"
            )
        return weight
