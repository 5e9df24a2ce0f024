"""Some rows of a plan, spread evenly over each entity, as a load makes them; only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from engine.errors import GenerateError
from engine.generate.rows import EntityRows, World
from engine.plan.model import Plan

MOST_ROWS = 256
MOST_CHILDREN = 50_000
"""A root that is expected to bring more rows than this along is not made for a sample."""


def sampled(plan: Plan, wanted: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """At most MOST_ROWS rows of each wanted entity: its name, and the columns that are wanted of it.

    What cannot be made is left out: the load will tell.
    """
    world = World(plan)
    for root, entity in plan.entities.items():
        family = plan.family(root)
        if entity.parent is not None or not entity.count or not set(family) & set(wanted):
            continue
        most = max(plan.entities[name].expected_rows for name in family if _leads(plan, name, wanted)) / entity.count
        if most > MOST_CHILDREN:
            continue
        rows = world.roots(root, spread(entity.count, max(1, int(MOST_ROWS / max(most, 1.0)))))
        try:
            rows = rows.kept()
            yield from _family(rows, wanted)
        except (GenerateError, pa.ArrowException, MemoryError, RecursionError):
            continue
        finally:
            rows.release()


def spread(count: int, most: int) -> np.typing.NDArray[np.int64]:
    """The numbers of at most so many of `count` rows: the middles of equal parts."""
    size = min(count, most)
    return np.array([(2 * i + 1) * count // (2 * size) for i in range(size)], np.int64)


def _leads(plan: Plan, name: str, wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether an entity, or one below it, is wanted."""
    return any(one in wanted for one in plan.family(name))


def _family(rows: EntityRows, wanted: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, pa.RecordBatch]]:
    name, plan = rows.entity.name, rows.world.plan
    if name in wanted and rows.size:
        made = pa.RecordBatch.from_arrays([rows.written(column) for column in wanted[name]], names=list(wanted[name]))
        yield name, made.take(pa.array(spread(rows.size, MOST_ROWS)))
    for child in rows.entity.children:
        if _leads(plan, child, wanted):
            yield from _family(rows.children(child)[0], wanted)
