"""Trees: rows that hang on other rows of their own entity, level by level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Rows
from engine.generators.zipf import ZipfLaw
from engine.permutation import permute
from engine.stream import Key, uniform
from engine.types import F64, I64, U64, Bool

MOST_LEVELS = 64


class Tree(BaseModel):
    """How rows hang on rows of their own entity: ``{roots: 5, branching: 3}`` or ``{roots: 5, depth: 4, zipf: 0.8}``.

    With `branching` every row has so many below it, level by level, until there are no more rows. With `depth` alone
    there are so many levels, each as many times larger than the one above, and a row hangs on any row of the level
    above; `zipf` lets some have many more than others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    roots: int = Field(1, ge=1, le=1 << 40, description="How many rows hang on nothing: the first ones.")
    branching: int | None = Field(None, ge=1, le=1 << 40, description="How many rows hang on each row.")
    depth: int | None = Field(None, ge=1, le=MOST_LEVELS, description="The levels there may be, the roots' among them.")
    zipf: float | None = Field(None, ge=0, le=4, description="How unevenly rows hang on those of the level above.")

    def compile(self, count: int, key: Key) -> TreePick:
        """Find the levels. Raises SpecError (CONFLICT, INFEASIBLE) with paths relative to this mapping."""
        if self.branching is None and self.depth is None:
            raise wrong(Code.CONFLICT, "a tree has a `branching` or a `depth`, or both", hint="branching: 3")
        if self.branching is not None and self.zipf is not None:
            raise wrong(
                Code.CONFLICT,
                "where each row has as many below it, none has more",
                path=("zipf",),
                hint="say `depth` instead of `branching`",
            )
        if count < self.roots:
            raise wrong(Code.INFEASIBLE, f"{self.roots:,} roots of {count:,} rows", path=("roots",))
        ends = self._regular(count, self.branching) if self.branching is not None else self._growing(count)
        return TreePick(np.array(ends, np.int64), self.roots, self.branching, self._laws(ends), key)

    def _regular(self, count: int, branching: int) -> list[int]:
        """Where each level ends when every row of the level above has `branching` rows."""
        ends, size = [self.roots], self.roots
        most = self.depth or MOST_LEVELS
        while ends[-1] < count and len(ends) < most:
            size *= branching
            ends.append(ends[-1] + size)
        if ends[-1] < count:
            sizes = " + ".join(f"{self.roots * branching**n:,}" for n in range(min(most, 4)))
            more = " + …" if most > 4 else ""
            raise wrong(
                Code.INFEASIBLE,
                f"{most} levels hold {sizes}{more} = {ends[-1]:,} rows, and there are {count:,}",
                path=("depth",) if self.depth else ("branching",),
                hint="more `roots`, a larger `branching`" + (" or `depth`" if self.depth else "") + ", or fewer rows",
            )
        return [*ends[:-1], count]

    def _growing(self, count: int) -> list[int]:
        """Where each of `depth` levels ends, each larger than the one above by the same factor."""
        assert self.depth is not None
        levels = self.depth
        if count < self.roots + levels - 1:
            raise wrong(
                Code.INFEASIBLE,
                f"{levels} levels below {self.roots:,} roots need {self.roots + levels - 1:,} rows, "
                f"and there are {count:,}",
                path=("depth",),
            )
        if levels == 1 and count > self.roots:
            raise wrong(Code.INFEASIBLE, f"one level has {self.roots:,} rows, and there are {count:,}", path=("depth",))
        low, high = 0.0, float(count)
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if _total(self.roots, middle, levels) < count else (low, middle)
        ends, size = [self.roots], float(self.roots)
        for level in range(1, levels):
            size *= low
            left = levels - 1 - level
            ends.append(min(max(ends[-1] + 1, ends[-1] + round(size)), count - left))
        return [*ends[:-1], count]

    def _laws(self, ends: list[int]) -> tuple[ZipfLaw, ...]:
        if self.zipf is None:
            return ()
        starts = [0, *ends]
        return tuple(ZipfLaw(self.zipf, end - start) for start, end in zip(starts, ends, strict=False))


class _Refers(Protocol):
    """What a reference says beside its tree."""

    existing_at: str | None
    distinct_within: str | None
    same: str | None

    @property
    def entity(self) -> str:
        """The entity that it points to."""


def planted(tree: Tree, refers: _Refers, context: Context) -> TreePick:
    """The picker of a reference of an entity to itself. Raises SpecError (CONFLICT, INFEASIBLE)."""
    if refers.entity != context.entity:
        message = f"a tree is made of rows of '{context.entity}' itself, and this points to '{refers.entity}'"
        raise wrong(Code.CONFLICT, message, path=("reference",), hint=f"write {context.entity}")
    for key in ("existing_at", "distinct_within", "same", "where", "differs_from"):
        if getattr(refers, key):
            raise wrong(Code.CONFLICT, f"`{key}` and a tree do not go together", path=(key,), hint="remove it")
    if context.count is None or context.scope.thinned():
        why = "has a `per`" if context.count is None else "has a `keep` or `fold`"
        message = f"the rows of a tree are numbered beforehand, and '{context.entity}' {why}"
        raise wrong(Code.INFEASIBLE, message, path=("pick", "tree"), hint="give it a `count` alone")
    try:
        return tree.compile(context.count, context.key)
    except SpecError as error:
        raise error.under("pick", "tree") from None


def _total(roots: int, factor: float, levels: int) -> float:
    total, size = float(roots), float(roots)
    for _ in range(levels - 1):
        size *= factor
        total += size
    return total


@dataclass(frozen=True, slots=True, eq=False)
class TreePick:
    """Which row of its own entity each row hangs on: one of the level above; `ends` (levels,) are where levels end."""

    ends: I64
    roots: int
    branching: int | None
    laws: tuple[ZipfLaw, ...]
    key: Key

    def draw(self, rows: Rows, key: Key, identity: U64, born: I64) -> I64:  # noqa: ARG002
        """The number of the row above, smaller than the row's own; of a root, 0, which `absent` leaves out."""
        return self.above(rows.index)

    def absent(self, rows: Rows) -> Bool:
        """Which rows hang on nothing, (n,)."""
        found: Bool = rows.index < self.roots
        return found

    def level(self, index: I64) -> I64:
        """The level of rows, 1 for the roots, (n,) → (n,)."""
        return np.searchsorted(self.ends, index, side="right") + 1

    def above(self, index: I64) -> I64:
        """The number of the row that each hangs on, (n,) → (n,)."""
        if self.branching is not None:
            return np.maximum(index - self.roots, 0) // self.branching
        found = np.zeros(len(index), np.int64)
        level = self.level(index)
        u = uniform(self.key, index.astype(np.uint64))
        starts = np.concatenate(([0], self.ends))
        for depth in np.unique(level[level > 1]).tolist():
            here = np.flatnonzero(level == depth)
            start, size = int(starts[depth - 2]), int(starts[depth - 1] - starts[depth - 2])
            found[here] = start + self._among(u[here], size, depth - 2)
        return found

    def _among(self, u: F64, size: int, level: int) -> I64:
        if not self.laws:
            return np.asarray(u * size).astype(np.int64)
        rank = self.laws[level].quantile(u).astype(np.int64) - 1
        return permute(self.key.child("ranks", level), rank.astype(np.uint64), size)

    def ancestors(self, index: I64) -> Iterator[tuple[I64, I64]]:
        """The rows above, nearest first: positions (m,) of those that have one more, and its number (m,)."""
        here, number = np.arange(len(index)), index
        while len(here := here[number >= self.roots]):
            number = self.above(number[number >= self.roots])
            yield here, number
