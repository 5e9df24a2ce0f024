"""Rows by address: columns are evaluated when asked for, once, and references are followed by recomputing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.batch import BATCH_ROWS
from engine.errors import GenerateError
from engine.generate.followed import Followed, Forked
from engine.generate.selection import SomeRows
from engine.generators.base import NUMBER
from engine.generators.copied import copied
from engine.generators.pointing import ReferenceKernel
from engine.generators.several import SeveralKernel
from engine.plan.model import ColumnPlan, EntityPlan, Plan
from engine.stream import descend, uniform
from engine.types import I64, U64, Bool, ColumnPath

LINEAGE_BITS = 20
RESIDENT_ROWS = BATCH_ROWS
"""Entities with a `count` up to this are kept whole once read, column by column: products, not orders."""


@dataclass(slots=True)
class World:
    """One plan and the small entities that were read so far; lives as long as a worker."""

    plan: Plan
    resident: dict[str, EntityRows | SomeRows] = field(default_factory=dict)
    counted: dict[str, I64] = field(default_factory=dict)

    def roots(self, entity: str, index: I64, as_of: I64 | None = None) -> EntityRows:
        """Rows of an entity with a `count`, by number, seen at the moments `as_of`."""
        none = np.zeros(len(index), np.int64)
        rows = EntityRows(self, self.plan.entities[entity], index, none, _as_unsigned(index))
        rows.as_of = as_of
        return rows

    def whole(self, entity: str) -> EntityRows | SomeRows | None:
        """All rows of an entity, where it is small enough to keep."""
        if entity not in self.resident:
            if self._most(entity) > RESIDENT_ROWS:
                return None
            self.resident[entity] = self.numbered(entity, np.arange(self.size(entity)))
        return self.resident[entity]

    def _most(self, entity: str) -> float:
        plan = self.plan.entities[entity]
        return plan.expected_rows if plan.count is None else plan.count

    def size(self, entity: str) -> int:
        """How many rows an entity has in all; those of children, and what `keep` leaves, are counted first."""
        plan = self.plan.entities[entity]
        return plan.count if plan.count is not None and plan.keep is None else int(self.firsts(entity)[-1])

    def firsts(self, entity: str) -> I64:
        """How many rows of an entity come before each row of its parent (of `keep`: before each row), (n + 1,)."""
        if entity not in self.counted:
            plan = self.plan.entities[entity]
            total = (plan.count or 0) if plan.parent is None else self.size(plan.parent)
            parts = (np.arange(at, min(at + BATCH_ROWS, total)) for at in range(0, total, BATCH_ROWS))
            counts = [np.zeros(1, np.int64), *(self._count(plan, number) for number in parts)]
            self.counted[entity] = np.cumsum(np.concatenate(counts))
        return self.counted[entity]

    def _count(self, plan: EntityPlan, number: I64) -> I64:
        if plan.parent is None:
            assert plan.keep is not None
            return plan.keep.holds(self.roots(plan.name, number)).astype(np.int64)
        parents = self.numbered(plan.parent, number)
        counts: I64 = np.diff(parents.children(plan.name)[1])
        return counts

    def numbered(self, entity: str, number: I64) -> EntityRows | SomeRows:
        """Rows of an entity, by number among all that there are."""
        plan = self.plan.entities[entity]
        if plan.parent is None and plan.keep is None:
            return self.roots(entity, number)
        firsts = self.firsts(entity)
        unit = np.searchsorted(firsts, number, side="right") - 1
        if plan.parent is None:
            return self.roots(entity, unit)
        parents, place = np.unique(unit, return_inverse=True)
        rows, offsets = self.numbered(plan.parent, parents).children(entity)
        return SomeRows(rows, offsets[place] + number - firsts[unit])


class EntityRows:
    """The rows that kernels see (`generators.base.Rows`)."""

    __slots__ = (
        "_columns",
        "_followed",
        "_groups",
        "_place",
        "as_of",
        "complete",
        "entity",
        "identity",
        "index",
        "lineage",
        "parent",
        "world",
    )

    def __init__(self, world: World, entity: EntityPlan, index: I64, lineage: I64, identity: U64) -> None:
        self.world = world
        self.entity = entity
        self.index = index
        self.lineage = lineage
        self.identity = identity
        self._place: I64 | None = None
        self.as_of: I64 | None = None
        self.parent: tuple[EntityRows, I64] | None = None
        self.complete = False  # whether all siblings of each row are here, in order
        self._columns: dict[str, pa.Array] = {}
        self._followed: dict[str, Followed | Forked] = {}
        self._groups: dict[str, tuple[EntityRows, I64]] = {}

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.identity)

    @property
    def place(self) -> I64:
        """Where in the order of what is dealt out each row stands; those that are passed over are left out."""
        if self._place is None:
            passed = np.array(self.entity.passed, np.int64)
            behind = np.searchsorted(passed - np.arange(len(passed)), self.index, side="right") if len(passed) else 0
            self._place = self.index + behind
        return self._place

    def standing(self, place: I64) -> EntityRows:
        """The same rows as if they stood at other places."""
        self._place = place
        return self

    @property
    def parent_position(self) -> I64:
        """Which parent row each child belongs to."""
        if self.parent is None:
            raise TypeError(f"'{self.entity.name}' has no parent")
        return self.parent[1]

    def read(self, path: ColumnPath) -> pa.Array:
        """A column of these rows, or through a reference of the rows they point to."""
        head, *rest = path
        if rest:
            return self.follow(head).read(tuple(rest))
        if head not in self._columns:
            self._columns[head] = self._evaluate(head)
        return self._columns[head]

    def _evaluate(self, name: str) -> pa.Array:
        plan = self.entity.columns.get(name)
        if plan is None:
            return self._counter(name)
        try:
            values = plan.kernel.values(self)
        except GenerateError as error:
            raise error.at(f"{self.entity.name}.{name}") from None
        nulls = self._nulls(plan) if plan.target is None else None
        if nulls is None:
            return values
        return pc.if_else(pa.array(nulls), pa.scalar(None, values.type), values)

    def _counter(self, name: str) -> pa.Array:
        if name == "ordinal":
            return pa.array((self.lineage & ((1 << LINEAGE_BITS) - 1)) + 1)
        if name in ("row", NUMBER):
            return pa.array(self.index + 1 + (self.entity.offset if name == "row" else 0))
        raise KeyError(f"{self.entity.name}.{name}")

    def _nulls(self, plan: ColumnPlan) -> Bool | None:
        if plan.nulls is None:
            return None
        drawn: Bool = uniform(plan.nulls.key, self.identity) < plan.nulls.fraction
        return drawn

    def follow(self, name: str) -> Followed | Forked:
        """Where a reference column of these rows leads."""
        if name not in self._followed:
            self._followed[name] = self._follow(self.entity.columns[name])
        return self._followed[name]

    def _follow(self, plan: ColumnPlan) -> Followed | Forked:
        if self.parent is not None and plan.name == self.entity.parent_column:
            return Followed(self.parent[0], self.parent[1], None)
        if isinstance(plan.kernel, SeveralKernel):
            return self._fork(plan, plan.kernel)
        if not isinstance(plan.kernel, ReferenceKernel):
            raise TypeError(f"{self.entity.name}.{plan.name} is not a reference")
        nulls, absent = self._nulls(plan), plan.kernel.absent(self)
        if absent is not None:
            nulls = absent if nulls is None else nulls | absent
        return self._led(plan.kernel, self, nulls)

    def _led(self, kernel: ReferenceKernel, rows: EntityRows | SomeRows, nulls: Bool | None) -> Followed:
        """Where a reference leads some of these rows."""
        entity, index = kernel.target.entity, kernel.pick(rows)
        whole = self.world.whole(entity)
        if whole is not None:
            return Followed(whole, index, nulls)
        return Followed(self.world.numbered(entity, index), None, nulls)

    def _fork(self, plan: ColumnPlan, kernel: SeveralKernel) -> Forked:
        """Where a reference to several entities leads: each row by its own way."""
        made = (self.entity.columns[way].kernel for way in kernel.ways)
        ways = [way for way in made if isinstance(way, ReferenceKernel)]
        chosen = kernel.choose(self, [way.available(self) for way in ways])
        places = [np.flatnonzero(chosen == number) for number in range(len(ways))]
        parts = (self._led(way, self.subset(at), None) for way, at in zip(ways, places, strict=True))
        return Forked(tuple(parts), np.concatenate(places), self._nulls(plan))

    def read_as_of(self, path: ColumnPath, moments: I64) -> pa.Array:
        """A column of the rows that these point to, as it was at the moments."""
        head, *rest = path
        if self.parent is not None and head == self.entity.parent_column:
            rows = self.parent[0].cloned(self.parent[1])
        else:
            return self._follow(self.entity.columns[head]).seen(tuple(rest), moments)
        rows.as_of = moments
        return rows.read(tuple(rest))

    def cloned(self, positions: I64) -> EntityRows:
        """Some of these rows, with nothing read yet, so that they can be seen at other moments."""
        rows = EntityRows(
            self.world, self.entity, self.index[positions], self.lineage[positions], self.identity[positions]
        )
        rows.parent = None if self.parent is None else (self.parent[0], self.parent[1][positions])
        return rows

    def at(self, entity: str, index: I64) -> EntityRows | SomeRows:
        """Rows of another entity, by number."""
        whole = self.world.whole(entity)
        return self.world.numbered(entity, index) if whole is None else SomeRows(whole, index)

    def seen_at(self, entity: str, index: I64, moments: I64) -> EntityRows:
        """Rows of another entity, by number, as they were at moments."""
        rows = self.world.numbered(entity, index).cloned(np.arange(len(index)))
        rows.as_of = moments
        return rows

    def firsts(self, entity: str) -> I64:
        """How many rows of an entity come before each row of its parent."""
        return self.world.firsts(entity)

    def subset(self, positions: I64) -> SomeRows:
        """Some of these rows."""
        return SomeRows(self, positions)

    def children(self, entity: str) -> tuple[EntityRows, I64]:
        """All children of one kind, grouped by these rows, and where each group starts."""
        if entity not in self._groups:
            self._groups[entity] = self._bear(self.world.plan.entities[entity])
        return self._groups[entity]

    def _bear(self, child: EntityPlan) -> tuple[EntityRows, I64]:
        rows, offsets = self.all_children(child)
        if child.keep is not None:
            for series in child.series:  # while whole families are there
                rows.read((series,))
            rows = rows.kept()
            offsets = np.searchsorted(rows.parent_position, np.arange(self.size + 1))
        return rows, offsets

    def all_children(self, child: EntityPlan) -> tuple[EntityRows, I64]:
        """All children, also those that `keep` leaves out."""
        if child.fan_out is None:
            raise TypeError(f"'{child.name}' has no parent")
        counts = child.fan_out.kernel.values(self).cast("int64").fill_null(0).to_numpy(zero_copy_only=False)
        if self.size and not 0 <= int(counts.min()) <= int(counts.max()) <= child.fan_out.maximum:
            low = counts.min() < 0
            raise GenerateError(
                f"{child.name}: per.count is {int(counts.min() if low else counts.max()):,} for a row of "
                f"'{self.entity.name}'; 0 to {child.fan_out.maximum:,} are allowed"
                f" ({'write greatest(0, …)' if low else 'raise max'})"
            )
        offsets = np.concatenate(([0], np.cumsum(counts)))
        position = np.repeat(np.arange(self.size), counts)
        ordinal = np.arange(offsets[-1]) - offsets[:-1][position]
        rows = EntityRows(
            self.world,
            child,
            self.index[position],
            (self.lineage[position] << LINEAGE_BITS) | ordinal,
            descend(self.identity[position], ordinal, child.key),
        )
        rows.parent = (self, position)
        rows.complete = True
        rows.as_of = None if self.as_of is None else self.as_of[position]
        return rows, offsets

    def kept(self) -> EntityRows:
        """Those of these rows for which the entity's `keep` holds, in order, with what was read of them so far."""
        if self.entity.keep is None:
            return self
        chosen = np.flatnonzero(self.entity.keep.holds(self))
        rows = EntityRows(self.world, self.entity, self.index[chosen], self.lineage[chosen], self.identity[chosen])
        rows.as_of = None if self.as_of is None else self.as_of[chosen]
        rows.parent = None if self.parent is None else (self.parent[0], self.parent[1][chosen])
        places = pa.array(chosen)
        rows._columns = {name: column.take(places) for name, column in self._columns.items()}
        return rows

    def siblings(self) -> tuple[EntityRows, I64]:
        """These rows where families are whole, else a family for each row, seen at that row's moment.

        A family has those in it, too, that `keep` leaves out.
        """
        if self.complete:
            return self, np.arange(self.size)
        if self.parent is None:
            raise TypeError(f"'{self.entity.name}' has no parent")
        born, offsets = self.parent[0].cloned(self.parent[1]).all_children(self.entity)
        family = born.cloned(np.arange(born.size))
        family.complete = True
        if self.as_of is not None:
            seen = self.parent[0].cloned(self.parent[1])
            seen.as_of = self.as_of
            family.parent = (seen, born.parent_position)
            family.as_of = self.as_of[born.parent_position]
        return family, offsets[:-1] + (self.lineage & ((1 << LINEAGE_BITS) - 1))

    def release(self) -> None:
        """Forget every column, so that the cycles between parents and children hold no memory."""
        for rows, _ in self._groups.values():
            rows.release()
        self._columns.clear()
        self._followed.clear()
        self._groups.clear()

    def batch(self) -> pa.RecordBatch:
        """What is written of these rows, cast to the exact types of the table's columns."""
        columns = [self._written(field) for field in self.entity.schema]
        return pa.RecordBatch.from_arrays(columns, schema=self.entity.schema)

    def written(self, name: str) -> pa.Array:
        """One column as `batch` has it."""
        return self._written(self.entity.schema.field(name))

    def _written(self, column: pa.Field) -> pa.Array:
        values = self.read((column.name,))
        if values.null_count and not column.nullable:
            row = int(np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))[0])
            where = f"{self.entity.name}.{column.name}"
            raise GenerateError(f"{where} is NOT NULL, and the spec makes null (first in row {self.index[row] + 1:,})")
        if values.type == column.type:
            return values
        return copied(values, self.entity.columns[column.name].type, f"{self.entity.name}.{column.name}")


def _as_unsigned(index: I64) -> U64:
    return index.astype(np.uint64)
