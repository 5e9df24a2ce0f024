"""Which places in what is dealt out an append must pass over, because rows of before have those values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.batch import BATCH_ROWS
from engine.errors import Code, Diagnostic, SpecError
from engine.generate.rows import World
from engine.plan.model import EntityPlan, Plan
from engine.types import I64, Bool


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Values, or combinations of them, that rows have already: an array of the same length for each column.

    Texts that are `folded` are the same in whichever case they are written.
    """

    columns: tuple[str, ...]
    values: tuple[pa.Array, ...]
    folded: bool = False


def passed_over(plan: Plan, entity: EntityPlan, taken: Sequence[Taken]) -> tuple[int, ...]:
    """The places at which a value is taken, before the last place that the entity needs, ascending.

    Raises SpecError (INFEASIBLE) where there are fewer free values than rows.
    """
    world, wanted = World(plan), entity.count or 0
    passed: list[I64] = []
    free, at, step = 0, 0, min(2 * wanted + 64, BATCH_ROWS)
    end = False
    while free < wanted:
        try:
            hit = _taken_at(world, entity, np.arange(at, at + step), taken)
        except (ValueError, pa.ArrowIndexError):  # beyond the last value
            if step == 1:
                raise _exhausted(entity, taken, free) from None
            step, end = step // 2, True
            continue
        last = np.flatnonzero(~hit)[wanted - free - 1 : wanted - free]
        hit = hit[: int(last[0]) + 1] if len(last) else hit
        passed.append(at + np.flatnonzero(hit))
        free += int((~hit).sum())
        at += step
        step = step if end else min(2 * step, BATCH_ROWS)
    return tuple(np.concatenate(passed).tolist()) if passed else ()


def _taken_at(world: World, entity: EntityPlan, place: I64, taken: Sequence[Taken]) -> Bool:
    """At which places one of the values, or combinations, is taken, (n,)."""
    rows = world.roots(entity.name, np.minimum(place, max((entity.count or 0) - 1, 0))).standing(place)
    hits = []
    for one in taken:
        made = [rows.written(name) for name in one.columns]
        known = one.values
        hits.append(_among(*((_folded(made), _folded(known)) if one.folded else (made, known))))
    rows.release()
    return np.asarray(np.logical_or.reduce(hits), np.bool_)


def _folded(columns: Sequence[pa.Array]) -> list[pa.Array]:
    return [pc.utf8_lower(one) if pa.types.is_string(one.type) else one for one in columns]


def _among(made: Sequence[pa.Array], taken: Sequence[pa.Array]) -> Bool:
    """Which of the made combinations are among those taken, (n,); a combination with a null never is."""
    mine = np.zeros(len(made[0]), np.int64)
    theirs = np.zeros(len(taken[0]), np.int64)
    for new, known in zip(made, taken, strict=True):
        names = known.unique()
        mine = _joined(mine, new, names)
        theirs = _joined(theirs, known, names)
        both = np.unique(theirs[theirs >= 0])
        place = np.searchsorted(both, mine)
        found = (place < len(both)) & (mine >= 0)
        found[found] = both[place[found]] == mine[found]
        mine = np.where(found, place, -1)
        theirs = np.where(theirs >= 0, np.searchsorted(both, theirs), -1)
    return np.asarray(mine >= 0)


def _joined(number: I64, column: pa.Array, names: pa.Array) -> I64:
    """The number of each combination so far with one more column, -1 for one that has a strange value, (n,)."""
    named = pc.index_in(column, value_set=names, skip_nulls=True).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where((named < 0) | (number < 0), np.int64(-1), number * len(names) + named)


def _exhausted(entity: EntityPlan, taken: Sequence[Taken], free: int) -> Exception:
    columns = " or ".join(", ".join(one.columns) for one in taken)
    message = (
        f"{entity.count or 0:,} more rows of '{entity.name}' are asked for, and {free:,} values of {columns} are free "
        f"beside those that {entity.table.qualified} holds"
    )
    hint = "ask for fewer rows, or let the columns hold more; what refers to them takes those that are there, too"
    return SpecError([Diagnostic(Code.INFEASIBLE, message, hint=hint, most=free)])
