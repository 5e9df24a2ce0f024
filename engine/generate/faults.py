"""What goes wrong with rows that are made: after the clean values, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from engine.batch import fault_count
from engine.errors import GenerateError
from engine.faults.spelled import joined, spelled
from engine.generate.rows import EntityRows
from engine.generators.copied import copied
from engine.plan.model import Change, EntityPlan, FaultPlan, LabelPlan
from engine.types import I64, Bool
from engine.views import differ


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One column of the rows that a fault takes: what stands there, what will, and where the two differ, (m,) each."""

    column: str
    old: pa.Array
    new: pa.Array
    differs: Bool


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """The rows that a fault takes, by their place among those made, ascending, and their cells."""

    fault: FaultPlan
    at: I64
    cells: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Rows as they are sent, copies behind their originals; what is written down of them, how many each fault took."""

    rows: pa.RecordBatch
    labels: tuple[pa.RecordBatch, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def spoil(rows: EntityRows, labels: LabelPlan | None) -> Spoiled:
    """What is written of some rows, with the faults of their entity. Raises GenerateError where one cannot be made."""
    clean = rows.batch()
    if not rows.entity.faults:
        return Spoiled(clean)
    found = tuple(hits(rows, rows.entity.faults))
    changed = [hit for hit in found if not hit.fault.again]
    copies = [hit for hit in found if hit.fault.again and len(hit.at)]
    columns = dict(zip(clean.schema.names, clean.columns, strict=True))
    for cells, at in ((cells, hit.at[cells.differs]) for hit in changed for cells in hit.cells):
        columns[cells.column] = _with(columns[cells.column], at, cells.new.filter(pa.array(cells.differs)))
    batch = pa.RecordBatch.from_arrays(list(columns.values()), schema=clean.schema)
    made = () if labels is None else tuple(_labels(rows, found, labels))
    return Spoiled(_again(clean, batch, copies), made, {fault_count(hit.fault.name): len(hit.at) for hit in found})


def hits(rows: EntityRows, faults: Iterable[FaultPlan]) -> Iterator[Hit]:
    """What each fault does to some rows, in order; a cell that one has changed is left alone by those that follow."""
    taken: dict[str, Bool] = {}
    for fault in faults:
        try:
            hit = _hit(rows, fault, taken)
        except GenerateError as error:
            raise error.at(f"fault {fault.name}") from None
        if not fault.again:
            for cells in hit.cells:
                mine = np.zeros(rows.size, np.bool_)
                mine[hit.at[cells.differs]] = True
                taken[cells.column] = mine | taken.get(cells.column, False)
        yield hit


def _hit(rows: EntityRows, fault: FaultPlan, taken: Mapping[str, Bool]) -> Hit:
    at = fault.draw.positions(rows)
    for change in fault.changes:
        if change.column in taken and not fault.again:
            at = at[~taken[change.column][at]]
    if fault.where is not None:
        at = at[fault.where.holds(rows.subset(at))]
    cells = tuple(_cells(rows, change, at) for change in fault.changes)
    effective = np.ones(len(at), np.bool_)
    if not fault.again:
        effective = np.logical_or.reduce([one.differs for one in cells])
    effective[effective] = fault.draw.chosen(rows, at[effective])
    kept = pa.array(effective)
    some = (Cells(c.column, c.old.filter(kept), c.new.filter(kept), c.differs[effective]) for c in cells)
    return Hit(fault, at[effective], tuple(some))


def _cells(rows: EntityRows, change: Change, at: I64) -> Cells:
    old = rows.written(change.column).take(pa.array(at))
    made = change.kernel.values(rows.subset(at))
    new = made if made.type == old.type else copied(made, change.type, f"{rows.entity.name}.{change.column}")
    if new.null_count and not rows.entity.schema.field(change.column).nullable:
        raise GenerateError(f"{rows.entity.name}.{change.column} is NOT NULL, and this makes null")
    return Cells(change.column, old, new, differ(old, new))


def _with(column: pa.Array, at: I64, values: pa.Array) -> pa.Array:
    """A column with other values at some places."""
    order = np.arange(len(column))
    order[at] = len(column) + np.arange(len(at))
    return pa.concat_arrays([column, values]).take(pa.array(order))


def _again(clean: pa.RecordBatch, batch: pa.RecordBatch, copies: list[Hit]) -> pa.RecordBatch:
    """The batch with a copy of clean rows right behind each of them."""
    if not copies:
        return batch
    places = np.concatenate([np.arange(batch.num_rows), *(hit.at for hit in copies)])
    order = pa.array(np.argsort(places, kind="stable"))
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        more = [_of(hit, name, clean.column(name)) for hit in copies]
        columns.append(pa.concat_arrays([column, *more]).take(order))
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _of(hit: Hit, name: str, clean: pa.Array) -> pa.Array:
    """A column of the copies: the fault's own values, or the clean ones."""
    own = next((cells.new for cells in hit.cells if cells.column == name), None)
    return clean.take(pa.array(hit.at)) if own is None else own


def _labels(rows: EntityRows, found: Iterable[Hit], labels: LabelPlan) -> Iterator[pa.RecordBatch]:
    """What was changed, sorted by row and then by the order of the spec; nothing where nothing was."""
    parts = [_label(rows, hit, cells) for hit in found if len(hit.at) for cells in hit.cells]
    if not parts:
        return
    order = pa.array(np.argsort(np.concatenate([at for at, _ in parts]), kind="stable"))
    columns = [pa.concat_arrays([part[1][i] for part in parts]).take(order) for i in range(len(labels.columns))]
    yield pa.RecordBatch.from_arrays(columns, schema=labels.schema)


def _label(rows: EntityRows, hit: Hit, cells: Cells) -> tuple[I64, list[pa.Array]]:
    """The rows of one fault in one column, and the five texts of each."""
    entity, some = rows.entity, pa.array(cells.differs)
    at = hit.at[cells.differs]
    clean = spelled(cells.old.filter(some), entity.columns[cells.column].type)
    told = (hit.fault.name, entity.table.qualified)
    names = [pa.repeat(pa.scalar(text), len(at)) for text in (*told, cells.column)]
    return at, [names[0], names[1], _keys(rows, entity, hit, at), names[2], clean]


def _keys(rows: EntityRows, entity: EntityPlan, hit: Hit, at: I64) -> pa.Array:
    """What the rows are called; copies by their own keys."""
    columns = []
    for name in entity.key_columns:
        own = next((cells.new for cells in hit.cells if hit.fault.again and cells.column == name), None)
        values = rows.written(name).take(pa.array(at)) if own is None else own
        columns.append(spelled(values, entity.columns[name].type))
    return joined(columns)
