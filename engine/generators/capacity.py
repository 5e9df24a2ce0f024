"""References that fill up: so many rows point to each row at most, by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.batch import BATCH_ROWS
from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Rows, Target
from engine.permutation import permute
from engine.stream import Key
from engine.types import I64, U64, Family

MOST_COUNTED = 1 << 18
"""Rows to point to whose capacities, where each has its own, are added up."""


class _Refers(Protocol):
    """What a reference says beside its capacity."""

    existing_at: str | None
    distinct_within: str | None
    same: str | None

    @property
    def capacity(self) -> int | str | None:
        """How many rows may point to each."""

    @property
    def pick(self) -> object:
        """How a row is chosen."""

    @property
    def entity(self) -> str:
        """The entity that it points to."""


def seats(refers: _Refers, target: Target, context: Context) -> SeatPick | CountedSeatPick:
    """The picker of a reference with a capacity.

    Raises SpecError (CONFLICT, INFEASIBLE, WRONG_KIND, UNKNOWN_COLUMN).
    """
    for key in ("existing_at", "distinct_within", "same", "where", "differs_from"):
        if getattr(refers, key):
            raise wrong(Code.CONFLICT, f"`{key}` and `capacity` do not go together", path=(key,), hint="remove it")
    if refers.pick != "uniform":
        raise wrong(Code.CONFLICT, "`pick` and `capacity` do not go together", path=("pick",), hint="remove it")
    if context.count is None or context.scope.thinned() or target.chain:
        message = f"seats are dealt out beforehand, so '{context.entity}' and '{refers.entity}' need a `count` alone"
        raise wrong(Code.INFEASIBLE, message, path=("capacity",), hint="neither `per` nor `keep`")
    if isinstance(refers.capacity, str):
        return _counted(refers.capacity, target, context)
    assert refers.capacity is not None
    if context.count > target.count * refers.capacity:
        raise wrong(
            Code.INFEASIBLE,
            f"{context.count:,} rows of '{context.entity}' want a place, and {target.count:,} rows of "
            f"'{refers.entity}' have {refers.capacity:,} each: {target.count * refers.capacity:,}",
            path=("capacity",),
        )
    return SeatPick(target.count, refers.capacity, context.key.child("seats"))


def _counted(column: str, target: Target, context: Context) -> CountedSeatPick:
    kind = context.scope.type_of((context.column, column))
    if kind.family is not Family.INTEGER or kind.array:
        message = f"'{target.entity}.{column}' is {kind}, and a capacity is a whole number"
        raise wrong(Code.WRONG_KIND, message, path=("capacity",))
    if target.count > MOST_COUNTED:
        message = f"the capacities of {target.count:,} rows are not added up; {MOST_COUNTED:,} are the most"
        raise wrong(Code.TOO_COSTLY, message, path=("capacity",), hint="give all of them the same: capacity: 30")
    assert context.count is not None
    return CountedSeatPick(target.entity, column, target.count, context.count, context.key.child("seats"))


@dataclass(frozen=True, slots=True)
class SeatPick:
    """Row i has seat π(i) of all seats, `capacity` of which are of each target; π is a keyed permutation."""

    targets: int
    capacity: int
    key: Key

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """One number in [0, targets) for each row, none of them more than `capacity` times."""
        return permute(self.key, rows.index, self.targets * self.capacity) // self.capacity if rows.size else rows.index


@dataclass(frozen=True, slots=True)
class CountedSeatPick:
    """The same where each target has as many seats as a column of it says."""

    entity: str
    column: str
    targets: int
    rows: int
    key: Key

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """One number in [0, targets) for each row. Raises GenerateError where there are fewer seats than rows."""
        if not rows.size:
            return rows.index
        blocks = range(0, self.targets, BATCH_ROWS)
        parts = [self._seats(rows, np.arange(at, min(at + BATCH_ROWS, self.targets))) for at in blocks]
        ends = np.cumsum(np.concatenate(parts))
        if self.rows > ends[-1]:
            raise GenerateError(
                f"{self.rows:,} rows want a place, and the {self.targets:,} rows of '{self.entity}' have "
                f"{int(ends[-1]):,} by '{self.column}'"
            )
        seat = permute(self.key, rows.index, int(ends[-1]))
        return np.asarray(np.searchsorted(ends, seat, side="right"), np.int64)

    def _seats(self, rows: Rows, index: I64) -> I64:
        column = rows.at(self.entity, index).read((self.column,))
        found: I64 = column.cast("int64").fill_null(0).to_numpy(zero_copy_only=False)
        if found.min(initial=0) < 0 or found.max(initial=0) > 1 << 40:
            wrong_one = found.min() if found.min() < 0 else found.max()
            raise GenerateError(f"'{self.entity}.{self.column}' is {int(wrong_one):,}, which is no capacity")
        return found
