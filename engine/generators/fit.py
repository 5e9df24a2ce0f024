"""Rows that a reference may point to: those that fit a condition, and not the one that another reference has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.batch import BATCH_ROWS
from engine.errors import GenerateError
from engine.generators.base import Rows
from engine.generators.condition import Condition
from engine.generators.instants import NEVER, instants
from engine.generators.pick import Picker, WeightedPick
from engine.stream import Key, uniform
from engine.types import F64, I64, Bool, ColumnPath

ROUNDS = 48
"""Draws of a row until those that fit are looked up; where every tenth fits, 6 rows in 1,000 are left."""
ROUNDS_AT = 384
"""The same where rows fit at some moments and not at others, so that none can be looked up beforehand."""
MOST_SEARCHED = 1 << 18


@dataclass(frozen=True, slots=True)
class Spans:
    """From which rows each referring row picks: `size` of them from number `base` on; `at` are the rows, all (n,)."""

    at: I64
    base: I64
    size: I64

    def some(self, places: I64) -> Spans:
        """Some of them."""
        return Spans(self.at[places], self.base[places], self.size[places])


@dataclass(frozen=True, slots=True)
class Fit:
    """Draws again until a row fits; what is still open after `ROUNDS` is drawn among those that do, by weight."""

    where: str  # for messages
    entity: str
    picker: Picker
    condition: Condition | None
    other: ColumnPath | None  # the key behind another reference
    key_column: str
    moment: ColumnPath | None = None  # the moment that the condition is judged at, where rows change by a life cycle
    timezone: str = "UTC"

    def draw(self, rows: Rows, key: Key, spans: Spans) -> I64:
        """Numbers of rows of the entity, (n,). Raises GenerateError where none fits."""
        identity, taken, at = rows.identity[spans.at], self._taken(rows, spans.at), self._moments(rows, spans.at)
        found = spans.base + self.picker.draw(rows, key, identity, spans.size)
        unfit = np.flatnonzero(~self._fits(rows, found, taken, at))
        for attempt in range(ROUNDS if at is None else ROUNDS_AT):
            if not len(unfit):
                return found
            again = key.child("fit", attempt)
            drawn = self.picker.draw(rows, again, identity[unfit], spans.size[unfit])
            found[unfit] = spans.base[unfit] + drawn
            seen = None if at is None else at[unfit]
            unfit = unfit[~self._fits(rows, found[unfit], _some(taken, unfit), seen)]
        if len(unfit) and at is not None:
            raise GenerateError(
                f"{self.where}: {ROUNDS_AT + 1} draws found no row of '{self.entity}' that fitted at its moment"
                f"{self._said()}; let more of them fit"
            )
        if len(unfit):
            u = uniform(key.child("fit", ROUNDS), identity[unfit])
            found[unfit] = self._searched(rows, u, spans.some(unfit), _some(taken, unfit))
        return found

    def fitting(self, rows: Rows, number: I64, at: I64 | None = None) -> Bool:
        """Which rows of the entity the condition holds for, (n,); `at` moments (n,), where these are told."""
        if self.condition is None:
            return np.ones(len(number), np.bool_)
        if at is not None:
            return self.condition.holds(rows.seen_at(self.entity, number, at))
        parts = (number[at : at + BATCH_ROWS] for at in range(0, len(number), BATCH_ROWS))
        held = [self.condition.holds(rows.at(self.entity, part)) for part in parts]
        return np.concatenate([np.empty(0, np.bool_), *held])

    def for_one(self, rows: Rows, row: int, number: I64) -> Bool:
        """Which rows of the entity one row may point to, (n,)."""
        same = np.full(len(number), row)
        return self._fits(rows, number, self._taken(rows, same), self._moments(rows, same))

    def _taken(self, rows: Rows, at: I64) -> pa.Array | None:
        return None if self.other is None else rows.read(self.other).take(pa.array(at))

    def _moments(self, rows: Rows, at: I64) -> I64 | None:
        """When each row looks at the others; where it has no moment, at the end of the window."""
        if self.moment is None or self.condition is None:
            return None
        found = instants(rows.read(self.moment), self.timezone)[at]
        return np.where(found == NEVER, np.iinfo(np.int64).max, found)

    def _fits(self, rows: Rows, number: I64, taken: pa.Array | None, at: I64 | None) -> Bool:
        fits = self.fitting(rows, number, at)
        if taken is None:
            return fits
        keys = rows.at(self.entity, number).read((self.key_column,))
        same: Bool = pc.fill_null(pc.equal(keys, taken), fill_value=False).to_numpy(zero_copy_only=False)
        return fits & ~same

    def _searched(self, rows: Rows, u: F64, spans: Spans, taken: pa.Array | None) -> I64:
        """The row at a share `u` of the weight of all that fit and are not taken, (n,)."""
        number = self._within(spans)
        number = number[self.fitting(rows, number)]
        low, high = np.searchsorted(number, spans.base), np.searchsorted(number, spans.base + spans.size)
        weights = self.picker.weights(rows, number) if isinstance(self.picker, WeightedPick) else np.ones(len(number))
        sums: F64 = np.cumsum(np.concatenate(([0.0], weights.clip(min=0))))
        skipped, width = np.full(len(u), np.inf), np.zeros(len(u))
        if taken is not None and len(number):
            keys = rows.at(self.entity, number).read((self.key_column,))
            place = pc.index_in(taken, value_set=keys, skip_nulls=True).fill_null(-1).to_numpy()
            inside = np.flatnonzero((place >= low) & (place < high))
            skipped[inside] = sums[place[inside]]
            width[inside] = sums[place[inside] + 1] - sums[place[inside]]
        whole = sums[high] - sums[low] - width
        if float(whole.min()) <= 0:
            raise self._none(int(spans.size[whole <= 0][0]))
        drawn = sums[low] + u * whole
        drawn += np.where(drawn >= skipped, width, 0)
        return np.asarray(number[np.searchsorted(sums, drawn, side="right") - 1], np.int64)

    def _within(self, spans: Spans) -> I64:
        """Every number that some span holds, ascending. Raises GenerateError where they are too many."""
        order = np.argsort(spans.base, kind="stable")
        base = spans.base[order]
        end = np.maximum.accumulate((spans.base + spans.size)[order])
        first = np.flatnonzero(np.concatenate(([True], base[1:] > end[:-1])))
        low, high = base[first], end[np.append(first[1:], len(base)) - 1]
        total = int((high - low).sum())
        if total > MOST_SEARCHED:
            raise GenerateError(
                f"{self.where}: {ROUNDS + 1} draws found no row of '{self.entity}' that fits{self._said()}, "
                f"and {total:,} are too many to be searched; let more of them fit"
            )
        before = np.cumsum(high - low) - (high - low)
        return np.repeat(low - before, high - low) + np.arange(total)

    def _none(self, size: int) -> GenerateError:
        of = (
            f"the only row of '{self.entity}' it may point to does not fit"
            if size == 1
            else (f"none of the {size:,} rows of '{self.entity}' it may point to fits")
        )
        return GenerateError(f"{self.where}: {of}{self._said()}; let there be one for every row")

    def _said(self) -> str:
        parts = [] if self.condition is None else ["`where`"]
        parts += [] if self.other is None else [f"`differs_from: {'.'.join(self.other[:-1])}`"]
        return f" ({' and '.join(parts)})"


def _some(taken: pa.Array | None, places: I64) -> pa.Array | None:
    return None if taken is None else taken.take(pa.array(places))
