"""Where references lead: the rows that are picked, and the keys that are stored of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.errors import GenerateError
from engine.generators.base import NUMBER, Rows, Target
from engine.generators.fit import Fit, Spans
from engine.generators.instants import NEVER, instants
from engine.generators.pick import Picker
from engine.generators.siblings import repeated
from engine.generators.tree import TreePick
from engine.permutation import permute
from engine.stream import Key
from engine.types import I64, Bool, ColumnPath

DISTINCT_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class ReferenceKernel:
    """Picks a row number of the target for each row; its values are those rows' keys."""

    target: Target
    column: str
    where: str
    picker: Picker
    key: Key
    existing_at: ColumnPath | None
    distinct: bool
    timezone: str
    same: ColumnPath | None = None
    fit: Fit | None = None
    turns: int | None = None  # of how many rows that they share the target's rows go to one after the other

    def pick(self, rows: Rows) -> I64:
        """Numbers of target rows, (n,). Raises GenerateError where none existed at the moment asked."""
        if self.same is not None:
            return self._among(rows, self.same)
        born = self._born(rows)
        if rows.size and int(born.min()) < 1 and self.existing_at is None:
            raise GenerateError(f"{self.where}: '{self.target.entity}' has no rows to point to")
        if rows.size and int(born.min()) < 1:
            raise GenerateError(
                f"{self.where}: no row of '{self.target.entity}' exists yet at the earliest "
                f"{written('.'.join(self.existing_at or ()))}; "
                f"let '{self.target.entity}' begin earlier"
            )
        index = self._draw(rows, self.key, Spans(np.arange(rows.size), np.zeros(rows.size, np.int64), born))
        return self._distinct(rows, index, born) if self.distinct else index

    def available(self, rows: Rows) -> I64:
        """Of how many rows each row picks one, before any condition, (n,)."""
        return self._born(rows) if self.same is None else self._shared(rows, self.same)[1]

    def absent(self, rows: Rows) -> Bool | None:
        """Which rows point to none, whatever share of nulls is asked for: the roots of a tree, (n,)."""
        return self.picker.absent(rows) if isinstance(self.picker, TreePick) else None

    def _draw(self, rows: Rows, key: Key, spans: Spans) -> I64:
        """A row out of each span, (n,)."""
        if self.fit is not None:
            return self.fit.draw(rows, key, spans)
        return np.asarray(spans.base + self.picker.draw(rows, key, rows.identity[spans.at], spans.size), np.int64)

    def values(self, rows: Rows) -> pa.Array:
        """The keys of the picked rows, (n,)."""
        return rows.read((self.column, self.target.key))

    def _shared(self, rows: Rows, same: ColumnPath) -> tuple[I64, I64]:
        """The first of the target's rows that hang on the row to which `same` leads, and how many do, (n,) each."""
        common = rows.read((*same, NUMBER))
        if common.null_count:
            raise GenerateError(
                f"{self.where}: '{'.'.join(same)}' is null, so no row of '{self.target.entity}' shares it"
            )
        place = common.to_numpy() - 1
        if self.turns is not None:
            return place, (self.target.count - 1 - place) // self.turns + 1
        for entity in self.target.chain[:-1]:
            place = rows.firsts(entity)[place]
        firsts = rows.firsts(self.target.entity)
        return firsts[place], firsts[place + 1] - firsts[place]

    def _among(self, rows: Rows, same: ColumnPath) -> I64:
        """Numbers of target rows that hang on the row to which `same` leads, (n,)."""
        first, size = self._shared(rows, same)
        if rows.size and int(size.min()) < 1:
            raise GenerateError(
                f"{self.where}: a row of '{self.target.parent}' has no row of '{self.target.entity}' to point to; "
                "let each have one (`min: 1` beside the law of its count)"
            )
        if self.turns is not None:
            return self._taking_turns(rows, first, size)
        return self._draw(rows, self.key, Spans(np.arange(rows.size), first, size))

    def _taking_turns(self, rows: Rows, first: I64, size: I64) -> I64:
        """Every `turns`-th row of the target from the first on shares the same, (n,)."""
        assert self.turns is not None
        return np.asarray(first + self.turns * self.picker.draw(rows, self.key, rows.identity, size), np.int64)

    def _born(self, rows: Rows) -> I64:
        found = np.full(rows.size, self.target.count, np.int64)
        if self.existing_at is not None and self.target.moments is not None:
            moment = instants(rows.read(self.existing_at), self.timezone)
            born = self.target.moments.born(moment - (self.target.lag or 0))
            found = np.where(moment == NEVER, self.target.count, born)
        for entity in self.target.chain:
            found = rows.firsts(entity)[found]
        return found

    def _distinct(self, rows: Rows, index: I64, born: I64) -> I64:
        """Redraw the later of equal siblings, round by round, so that a row depends on its elders only."""
        parent, nought = rows.parent_position, np.zeros(rows.size, np.int64)
        losers = repeated(parent, index)
        for attempt in range(DISTINCT_ROUNDS):
            if not len(losers):
                return index
            key = self.key.child("again", attempt)
            index[losers] = self._draw(rows, key, Spans(losers, nought[losers], born[losers]))
            group = np.flatnonzero(np.isin(parent, np.unique(parent[losers])))
            losers = group[repeated(parent[group], index[group])]
        return self._next_free(rows, index, losers, born)

    def _next_free(self, rows: Rows, index: I64, losers: I64, born: I64) -> I64:
        """After 64 rounds: the next value, in keyed order, that no elder sibling holds."""
        parent = rows.parent_position
        for row in losers.tolist():  # a handful of rows in a crowded group, never the way of the rows
            siblings = parent == parent[row]
            n = int(born[siblings].min())
            taken = set(index[np.flatnonzero(siblings & (np.arange(len(index)) < row))].tolist())
            order = permute(self.key.child("free"), np.arange(n, dtype=np.uint64), n)
            order = order if self.fit is None else order[self.fit.for_one(rows, row, order)]
            free = next((value for value in order.tolist() if value not in taken), None)
            if free is None:
                raise GenerateError(
                    f"{self.where}: {int(siblings.sum())} siblings want different rows of "
                    f"'{self.target.entity}', and only {len(order)} {'exist' if self.fit is None else 'fit'}"
                )
            index[row] = free
        return index


def written(path: str) -> str:
    """A path as the spec has it: a moment on the row's own clock is looked at through a column of the plan's own."""
    return path.partition("\0")[0]
