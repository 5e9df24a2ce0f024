"""Plan → Batches: one partition, made in runs of roots that keep every batch near its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pyarrow as pa

from engine.batch import BATCH_ROWS, Batch, Partition, TableId
from engine.errors import GenerateError
from engine.generate.faults import spoil
from engine.generate.layout import laid_out
from engine.generate.rows import EntityRows, World
from engine.plan.model import LABELS, Plan


def make(world: World, partition: Partition, batch_rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """The batches of a partition, run by run, parents before their children within a run.

    Where an entity of the family is laid out by time, all of the partition is made first, then sent entity by entity.

    Raises GenerateError where a value cannot be made.
    """
    family = world.plan.family(partition.entity)
    made = _made(world, partition, batch_rows)
    yield from laid_out(world.plan, made, batch_rows) if any(world.plan.entities[n].by_time for n in family) else made


def _made(world: World, partition: Partition, batch_rows: int) -> Iterator[Batch]:
    step = run_length(world.plan, partition.entity, batch_rows)
    labels: dict[str, list[pa.RecordBatch]] = {name: [] for name in world.plan.family(partition.entity)}
    for start in range(partition.start, partition.stop, step):
        rows = world.roots(partition.entity, np.arange(start, min(start + step, partition.stop))).kept()
        try:
            yield from _batches(rows, batch_rows, labels)
        finally:
            rows.release()
    yield from _labels(world.plan, chain.from_iterable(labels.values()))


def run_length(plan: Plan, root: str, batch_rows: int) -> int:
    """How many roots to make at once, so that the most numerous of the family fills about one batch."""
    count = max(plan.entities[root].count or 0, 1)
    most = max(plan.entities[name].expected_rows for name in plan.family(root)) / count
    return max(1, int(batch_rows / max(most, 1.0)))


def _labels(plan: Plan, batches: Iterable[pa.RecordBatch]) -> Iterator[Batch]:
    """What faults changed, entity by entity: in an order that does not depend on the size of batches."""
    if plan.labels is not None:
        table = plan.labels.table
        yield from (Batch(LABELS, TableId(table.schema, table.name), batch) for batch in batches)


def _batches(rows: EntityRows, batch_rows: int, labels: dict[str, list[pa.RecordBatch]]) -> Iterator[Batch]:
    entity = rows.entity
    if rows.size and not entity.virtual:
        try:
            spoiled = spoil(rows, rows.world.plan.labels)
        except GenerateError as error:
            raise error.at(entity.name) from None
        except (pa.ArrowCapacityError, MemoryError):
            raise GenerateError(f"{entity.name}: {rows.size:,} rows of it do not fit into memory at once") from None
        except RecursionError:
            raise GenerateError(f"{entity.name}: its columns are made from each other through too many steps") from None
        labels[entity.name] += spoiled.labels
        for start in range(0, spoiled.rows.num_rows, batch_rows):
            counts = {} if start else spoiled.counts
            yield Batch(entity.name, entity.table_id, spoiled.rows.slice(start, batch_rows), counts)
    for child in entity.children:
        yield from _batches(rows.children(child)[0], batch_rows, labels)
