"""The rows of a partition in the order of their moments, for tables that are read and kept by time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from engine.batch import Batch
from engine.plan.model import Plan

_LAST = np.iinfo(np.int64).max


def laid_out(plan: Plan, batches: Iterable[Batch], batch_rows: int) -> Iterator[Batch]:
    """All batches entity by entity, parents first; of those that are laid out by time the rows sorted by their moment.

    Rows of one moment, and those without any, which come last, keep the order that they were made in.
    """
    found: dict[str, list[Batch]] = {}
    for batch in batches:
        found.setdefault(batch.entity, []).append(batch)
    order = {name: place for place, name in enumerate(plan.entities)}
    for name in sorted(found, key=lambda name: order.get(name, len(order))):  # labels, which are no entity, at the end
        entity = plan.entities.get(name)
        if entity is None or not entity.by_time:
            yield from found[name]
        else:
            yield from _by_time(found[name], str(entity.moment_column), batch_rows)


def _by_time(batches: list[Batch], column: str, batch_rows: int) -> Iterator[Batch]:
    rows = pa.Table.from_batches([batch.rows for batch in batches]).combine_chunks()
    moments = rows[column].cast(pa.int32() if pa.types.is_date32(rows[column].type) else pa.int64())
    order = np.argsort(moments.cast(pa.int64()).fill_null(_LAST).to_numpy(), kind="stable")
    counts: Counter[str] = Counter()
    for batch in batches:
        counts.update(batch.faults)
    for start in range(0, len(order), batch_rows):
        (part,) = rows.take(pa.array(order[start : start + batch_rows])).combine_chunks().to_batches()
        yield Batch(batches[0].entity, batches[0].table, part, {} if start else dict(counts))
