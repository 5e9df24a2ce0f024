"""What happened to rows between their birth and the end of the window: the changes that a database would have seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.batch import Partition
from engine.generate.rows import EntityRows, World
from engine.generators.instants import instants
from engine.lifecycles.trace import NEVER, Trace
from engine.plan.lives import TRACE
from engine.plan.model import Plan
from engine.types import I64, U64, Bool
from engine.views import differ


class Op(StrEnum):
    """What became of a row, in Debezium's letters."""

    CREATE = "c"
    UPDATE = "u"
    DELETE = "d"


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Changes of one kind to rows of one entity: when, (n,) microseconds UTC, and the rows after them.

    `index` and `lineage` name the rows; `changed` (n, columns) says which of the columns an update changed. The rows
    of a DELETE are as they were before.
    """

    entity: str
    op: Op
    moments: I64
    index: I64
    lineage: I64
    rows: pa.RecordBatch
    changed: Bool


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Rows as of one moment, in the order of their names."""

    names: U64  # (n, 2): index and lineage
    moments: I64
    rows: pa.RecordBatch

    def only(self, chosen: Bool) -> _Seen:
        return _Seen(self.names[chosen], self.moments[chosen], self.rows.filter(pa.array(chosen)))


def changes(world: World, partition: Partition) -> Iterator[Changes]:
    """Every change to the rows of a partition, version by version, parents before children.

    The changes of one row come in the order of time. After its last change a row holds what `make` makes of it; faults
    are no changes, and are not in here.
    """
    plan = world.plan
    index = np.arange(partition.start, partition.stop)
    moments = _versions(world, partition.entity, index)
    before: dict[str, _Seen] = {}
    for version in range(moments.shape[1]):
        there = moments[:, version] != NEVER  # as versions go on, rows only drop out
        rows = world.roots(partition.entity, index[there], moments[there, version]).kept()
        for name, seen in _family(plan, rows):
            if name in before:
                before[name] = before[name].only(np.isin(before[name].names[:, 0], rows.identity))
            yield from _compared(name, before.get(name), seen)
            before[name] = seen
        rows.release()


def history(world: World, entity: str, row: int) -> list[tuple[int, Op, dict[str, Any]]]:
    """What happened to one row of an entity with a `count`, by number from 0: (moment, op, the columns written)."""
    found = []
    for change in changes(world, Partition(entity, 0, row, row + 1)):
        if change.entity == entity:
            values = change.rows.to_pylist()[0]
            written = {n: v for n, v, new in zip(values, values.values(), change.changed[0], strict=True) if new}
            found.append((int(change.moments[0]), change.op, written))
    return found


def _versions(world: World, root: str, index: I64) -> I64:
    """The moments at which anything in each root's family changes, ascending, (n, v); NEVER where there are fewer."""
    rows = world.roots(root, index)
    found = [(np.arange(len(index)), _born(world.plan, rows))]
    for place, relatives in _relatives(world.plan, rows, np.arange(len(index))):
        for name in relatives.entity.columns:
            if name.endswith(TRACE):
                trace = Trace.of(relatives.read((name,)))
                lines, steps = np.nonzero(trace.moments != NEVER)
                found.append((place[lines], trace.moments[lines, steps]))
        if relatives.parent is not None and relatives.entity.moment_column is not None:
            found.append((place, _born(world.plan, relatives)))
    rows.release()
    return _table(np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found]), len(index))


def _table(lines: I64, moments: I64, size: int) -> I64:
    """(line, moment) pairs as a table with a row for each line: distinct, ascending, filled with NEVER."""
    order = np.lexsort((moments, lines))
    lines, moments = lines[order], moments[order]
    new = np.ones(len(lines), np.bool_)
    new[1:] = (np.diff(lines) != 0) | (np.diff(moments) != 0)
    lines, moments = lines[new], moments[new]
    starts = np.searchsorted(lines, np.arange(size + 1))
    column = np.arange(len(lines)) - starts[lines]
    table = np.full((size, int(np.diff(starts).max(initial=0))), NEVER)
    table[lines, column] = moments
    return table


def _relatives(plan: Plan, rows: EntityRows, place: I64) -> Iterator[tuple[I64, EntityRows]]:
    """These rows and all that hang on them, each with the places of its roots."""
    yield place, rows
    for child in rows.entity.children:
        children, _ = rows.children(child)
        yield from _relatives(plan, children, place[children.parent_position])


def _born(plan: Plan, rows: EntityRows) -> I64:
    """When each row comes into being: at its moment, or at the start of the window where it has none."""
    column = rows.entity.moment_column
    if column is None:
        return np.full(rows.size, plan.window.start)
    values = rows.read((column,))
    born = instants(values, plan.window.timezone)
    return np.where(pc.is_null(values).to_numpy(zero_copy_only=False), plan.window.start, born)


def _family(plan: Plan, rows: EntityRows, parents: Bool | None = None) -> Iterator[tuple[str, _Seen]]:
    """What is written of a family as of the moments of its roots; a row without a moment comes with its parent."""
    assert rows.as_of is not None
    there = _born(plan, rows) <= rows.as_of
    if parents is not None and rows.entity.moment_column is None:
        there = parents[rows.parent_position]
    names = np.stack((rows.index.astype(np.uint64), rows.lineage.astype(np.uint64)), axis=1)
    if not rows.entity.virtual:
        yield rows.entity.name, _Seen(names, rows.as_of, rows.batch()).only(there)
    for child in rows.entity.children:
        yield from _family(plan, rows.children(child)[0], there)


def _compared(entity: str, old: _Seen | None, new: _Seen) -> Iterator[Changes]:
    if old is None or not len(old.names):
        yield from _all(entity, Op.CREATE, new)
        return
    place, known = _find(old.names, new.names)
    yield from _all(entity, Op.CREATE, new.only(~known))
    both = np.flatnonzero(known)
    held, holds = old.rows.take(pa.array(place[both])), new.rows.take(pa.array(both))
    changed = np.stack([differ(a, b) for a, b in zip(held.columns, holds.columns, strict=True)], axis=1)
    touched = both[changed.any(axis=1)]
    if len(touched):
        yield Changes(
            entity,
            Op.UPDATE,
            new.moments[touched],
            new.names[touched, 0].astype(np.int64),
            new.names[touched, 1].astype(np.int64),
            new.rows.take(pa.array(touched)),
            changed[changed.any(axis=1)],
        )
    gone = np.ones(len(old.names), np.bool_)
    gone[place[both]] = False
    yield from _all(entity, Op.DELETE, old.only(gone))


def _all(entity: str, op: Op, seen: _Seen) -> Iterator[Changes]:
    if len(seen.names):
        every = np.ones((len(seen.names), seen.rows.num_columns), np.bool_)
        index, lineage = seen.names[:, 0].astype(np.int64), seen.names[:, 1].astype(np.int64)
        yield Changes(entity, op, seen.moments, index, lineage, seen.rows, every)


def _find(known: U64, wanted: U64) -> tuple[I64, Bool]:
    """Where each wanted name stands among the known, which are in order, and whether it does."""
    a, b = _word(known), _word(wanted)
    place = np.minimum(np.searchsorted(a, b), max(len(a) - 1, 0))
    return place, a[place] == b


def _word(names: U64) -> Any:
    """Two words as one that sorts like them."""
    return np.ascontiguousarray(names.astype(">u8")).view("S16").ravel() if len(names) else np.empty(0, "S16")
