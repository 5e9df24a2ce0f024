"""A column that points to a row of one of several entities of a table, each by a way of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.stream import Key, uniform
from engine.types import I64, ColumnPath, PgType


class Several(Generator):
    """What a reference to a list of entities becomes: hidden references to each of them, and a choice among these."""

    kind = "reference"
    ways: tuple[str, ...]
    entities: tuple[str, ...]

    def reads(self) -> tuple[ColumnPath, ...]:
        """The ways."""
        return tuple((way,) for way in self.ways)

    def result(self, scope: Scope) -> PgType:
        """The type of the key that all of them store."""
        return scope.type_of((self.ways[0],))

    def compile(self, context: Context) -> SeveralKernel:
        """Hold the column against the key. Raises SpecError (WRONG_KIND)."""
        target, key = context.scope.target(self.entities[0], self.ways[0]), self.result(context.scope)
        if key.family is not context.type.family:
            message = f"'{context.column}' is {context.type} and cannot hold '{target.entity}.{target.key}', which is "
            raise wrong(Code.WRONG_KIND, f"{message}{key}", path=(self.kind,))
        return SeveralKernel(context.column, target.key, self.ways, self.entities, context.key)


@dataclass(frozen=True, slots=True)
class SeveralKernel:
    """Says which of the ways each row goes; its values are the keys at their ends."""

    column: str
    stored: str
    ways: tuple[str, ...]
    entities: tuple[str, ...]
    key: Key

    def values(self, rows: Rows) -> pa.Array:
        """The keys of the rows pointed to, (n,)."""
        return rows.read((self.column, self.stored))

    def choose(self, rows: Rows, sizes: Sequence[I64]) -> I64:
        """The number of each row's way, drawn by how many rows `sizes` there are at its end, (n,) each → (n,).

        Raises GenerateError where there is none at all.
        """
        ends = np.cumsum(np.stack(sizes), axis=0)
        if rows.size and int(ends[-1].min()) < 1:
            raise GenerateError(
                f"none of {', '.join(self.entities)} has a row to point to for some of these; let one begin earlier"
            )
        drawn = uniform(self.key.child("which"), rows.identity) * ends[-1]
        found: I64 = (drawn >= ends[:-1]).sum(axis=0, dtype=np.int64)
        return found
