"""A compiled expression: a tree of frozen, picklable nodes, each of which makes a column from a frame.

No node runs over a frame without rows: a constant that must not be divided by would fail there for nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from engine.errors import GenerateError
from engine.expressions.column import Column, Frame, gather, union
from engine.types import I64, Bool, ColumnPath, PgType


class Node(Protocol):
    """One value per row."""

    @property
    def type(self) -> PgType:
        """What the values are; a numeric's scale is always known."""

    @property
    def fails(self) -> bool:
        """Whether a row can be the reason of a GenerateError; such a node only sees rows that need it."""

    @property
    def ragged(self) -> bool:
        """Whether PostgreSQL would keep a scale of its own for each row, so that the text form is not known."""

    def run(self, frame: Frame) -> Column:
        """The values, (n,) or a constant."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A column of the row."""

    type: PgType
    path: ColumnPath
    ragged: bool = False
    fails: bool = False

    def run(self, frame: Frame) -> Column:
        """The column as it is."""
        return frame.column(self.path, self.type)


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """The same value in every row; `text` is a literal as written while its type is unknown."""

    type: PgType
    column: Column
    text: str | None = None
    ragged: bool = False
    fails: bool = False

    def run(self, frame: Frame) -> Column:  # noqa: ARG002
        """The value, once."""
        return self.column


@dataclass(frozen=True, slots=True, eq=False)
class Impossible:
    """A constant that cannot be computed, such as 1 / 0: an error, but only for rows that need it."""

    type: PgType
    message: str
    span: tuple[int, int]
    ragged: bool = False
    fails: bool = True

    def run(self, frame: Frame) -> Column:  # noqa: ARG002
        """Raises GenerateError."""
        raise GenerateError(self.message)


@dataclass(frozen=True, slots=True, eq=False)
class Strict:
    """A function that gives null where any argument is null; it sees the nulls only to know what may not fail."""

    type: PgType
    function: Callable[..., Any]
    args: tuple[Node, ...]
    risky: bool = True  # whether the function itself can fail
    ragged: bool = False

    @property
    def fails(self) -> bool:
        """Whether the function or an argument can."""
        return self.risky or any(arg.fails for arg in self.args)

    def run(self, frame: Frame) -> Column:
        """The function over the arguments' values."""
        columns = [arg.run(frame) for arg in self.args]
        nulls = union(column.nulls for column in columns)
        return Column(self.function(nulls, *(column.data for column in columns)), nulls)


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A function that looks at nulls itself."""

    type: PgType
    function: Callable[..., Column]
    args: tuple[Node, ...]
    risky: bool = True  # whether the function itself can fail
    ragged: bool = False

    @property
    def fails(self) -> bool:
        """Whether the function or an argument can."""
        return self.risky or any(arg.fails for arg in self.args)

    def run(self, frame: Frame) -> Column:
        """The function over the arguments."""
        return self.function(*(arg.run(frame) for arg in self.args))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """CASE: each row gets the first value whose condition is true, and only those rows evaluate it."""

    type: PgType
    whens: tuple[tuple[Node, Node], ...]
    otherwise: Node
    ragged: bool = False

    @property
    def fails(self) -> bool:
        """Whether any part can."""
        return self.otherwise.fails or any(test.fails or value.fails for test, value in self.whens)

    def run(self, frame: Frame) -> Column:
        """The arms, put together."""
        left: I64 = np.arange(frame.size)
        pieces = []
        for test, value in self.whens:
            held = true_in(test, frame, left)
            chosen = left[held]
            if len(chosen):
                pieces.append((chosen, value.run(frame.at(chosen))))
            left = left[~held]
            if not len(left):
                return gather(frame.size, pieces)
        pieces.append((left, self.otherwise.run(frame.at(left))))
        return gather(frame.size, pieces)


def true_in(test: Node, frame: Frame, rows: I64) -> Bool:
    """Whether `test` is true (not null) in each of `rows`, (m,); one that cannot fail is evaluated everywhere."""
    if test.fails:
        return holds(test.run(frame.at(rows)), len(rows))
    return holds(test.run(frame), frame.size)[rows]


def holds(column: Column, size: int) -> Bool:
    """Where a boolean column is true, (size,)."""
    data: Bool = column.data if column.nulls is None else column.data & ~column.nulls
    return np.broadcast_to(data, size)


@dataclass(frozen=True, slots=True, eq=False)
class First:
    """COALESCE: the first value that is not null; later ones are evaluated only where it is still needed."""

    type: PgType
    args: tuple[Node, ...]
    ragged: bool = False

    @property
    def fails(self) -> bool:
        """Whether any part can."""
        return any(arg.fails for arg in self.args)

    def run(self, frame: Frame) -> Column:
        """The values, put together."""
        left: I64 = np.arange(frame.size)
        pieces: list[tuple[I64, Column]] = []
        for arg in self.args:
            column = arg.run(frame.at(left))
            if column.nulls is None and not pieces:
                return column
            pieces.append((left, column))
            if column.nulls is not None:
                left = left[np.broadcast_to(column.nulls, len(left))]
            if column.nulls is None or not len(left):
                break
        return gather(frame.size, pieces)


@dataclass(frozen=True, slots=True, eq=False)
class Junction:
    """AND and OR in three-valued logic; the right side is evaluated only where the left one leaves it open."""

    type: PgType
    left: Node
    right: Node
    decisive: bool  # False for AND, True for OR: the value that settles it

    ragged: bool = False

    @property
    def fails(self) -> bool:
        """Whether either side can."""
        return self.left.fails or self.right.fails

    def run(self, frame: Frame) -> Column:
        """Both sides, combined."""
        first = self.left.run(frame)
        settled = holds(first if self.decisive else _inverse(first), frame.size)
        second = self._where_open(frame, np.flatnonzero(~settled)) if self.right.fails else self.right.run(frame)
        settled = settled | holds(second if self.decisive else _inverse(second), frame.size)
        nulls = union((first.nulls, second.nulls))
        data: Bool = settled if self.decisive else ~settled
        return Column(data, None if nulls is None else nulls & ~settled)

    def _where_open(self, frame: Frame, rows: I64) -> Column:
        """The right side in the rows that need it, (n,); elsewhere what settles it."""
        settling = Column(np.array([self.decisive]))
        if not len(rows):
            return settling
        return gather(frame.size, [(np.arange(frame.size), settling), (rows, self.right.run(frame.at(rows)))])


def _inverse(column: Column) -> Column:
    return Column(~column.data, column.nulls)
