"""Columns that are null while rows are loaded, because what they point to comes later; and what belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from engine.batch import Batch


def without(batches: Iterable[Batch], postponed: Mapping[str, tuple[str, ...]]) -> Iterator[Batch]:
    """The batches with nulls for the columns that are filled later."""
    for batch in batches:
        names = postponed.get(batch.entity, ())
        rows = batch.rows
        for name in names:
            place = rows.schema.get_field_index(name)
            field = rows.schema.field(place)
            rows = rows.set_column(place, field, pa.nulls(rows.num_rows, field.type))
        yield batch if not names else Batch(batch.entity, batch.table, rows, batch.faults)


def values_of(batch: Batch, key: tuple[str, ...], columns: tuple[str, ...]) -> pa.RecordBatch:
    """The key and some columns of the rows in which one of these has a value."""
    some = pc.is_valid(batch.rows.column(columns[0]))
    for name in columns[1:]:
        some = pc.or_(some, pc.is_valid(batch.rows.column(name)))
    return batch.rows.select([*key, *columns]).filter(some)
