"""Plan → Batches: one partition, made in runs of roots that keep every batch near its size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from engine.batch import BATCH_ROWS, Batch, Partition
from engine.errors import GenerateError
from engine.generate.rows import EntityRows, World
from engine.plan.model import Plan


def make(world: World, partition: Partition, batch_rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """The batches of a partition, run by run, parents before their children within a run.

    Raises GenerateError where a value cannot be made.
    """
    step = run_length(world.plan, partition.entity, batch_rows)
    for start in range(partition.start, partition.stop, step):
        rows = world.roots(partition.entity, np.arange(start, min(start + step, partition.stop))).kept()
        try:
            yield from _batches(rows, batch_rows)
        finally:
            rows.release()


def run_length(plan: Plan, root: str, batch_rows: int) -> int:
    """How many roots to make at once, so that the most numerous of the family fills about one batch."""
    count = max(plan.entities[root].count or 0, 1)
    most = max(plan.entities[name].expected_rows for name in plan.family(root)) / count
    return max(1, int(batch_rows / max(most, 1.0)))


def _batches(rows: EntityRows, batch_rows: int) -> Iterator[Batch]:
    entity = rows.entity
    if rows.size and not entity.virtual:
        try:
            whole = rows.batch()
        except GenerateError as error:
            raise error.at(entity.name) from None
        except (pa.ArrowCapacityError, MemoryError):
            raise GenerateError(f"{entity.name}: {rows.size:,} rows of it do not fit into memory at once") from None
        except RecursionError:
            raise GenerateError(f"{entity.name}: its columns are made from each other through too many steps") from None
        for start in range(0, rows.size, batch_rows):
            yield Batch(entity.name, entity.table_id, whole.slice(start, batch_rows))
    for child in entity.children:
        yield from _batches(rows.children(child)[0], batch_rows)
