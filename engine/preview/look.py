"""Looking at a plan: a bounded sample of its rows, made as a run would make them, however many it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.generate.rows import EntityRows, World
from engine.plan.explain import faults_in_words
from engine.plan.model import EntityPlan, Plan
from engine.plan.several import whose
from engine.preview.calendar import before, time_shape, timeline_views
from engine.preview.cells import texts
from engine.preview.columns import fact_of, histogram_of, periods_of, shares_of
from engine.preview.groups import FAMILY_ROWS, Rows, groups_of, weight
from engine.preview.lives import life_views
from engine.preview.model import (
    ALL,
    Brood,
    Cells,
    ColumnView,
    EntityView,
    Group,
    Link,
    Preview,
    TimelineView,
    TimeShape,
)
from engine.spec.model import Scenario
from engine.types import I64

ROWS, MOST_ROWS = 5, 100


def preview(scenario: Scenario, plan: Plan, *, rows: int = ROWS, only: str | None = None) -> Preview:
    """What the author of a scenario looks at: `rows` of every entity, or of one and its family.

    Pure, and the same for the same plan. Costs the same for ten thousand rows and ten billion.
    Raises GenerateError where a value cannot be made.
    """
    timelines = timeline_views(scenario, plan.window, plan.seed)
    views: dict[str, EntityView] = {}
    for entity in plan.entities.values():
        if entity.parent is None and (only is None or only in plan.family(entity.name)):
            views |= {view.name: view for view in _family(scenario, plan, entity, timelines, rows)}
    order = [name for name in plan.entities if name in views and only in (None, name)]
    window = plan.window
    told = (plan.scenario, scenario.description, plan.seed, window.timezone, window.start, window.end)
    return Preview(*told, timelines, tuple(views[name] for name in order), faults_in_words(plan))


def _family(
    scenario: Scenario, plan: Plan, root: EntityPlan, timelines: tuple[TimelineView, ...], rows: int
) -> Iterator[EntityView]:
    """A root and its children, from one sample of roots."""
    moment = scenario.entities[root.name].moment
    followed = moment.timeline.names if moment is not None and moment.timeline is not None else ()
    own = tuple(t for t in timelines if t.name in followed) or timelines
    groups = groups_of(plan, root, own)
    time = time_shape(root.moments, moment.column, plan.window.timezone) if root.moments and moment else None
    rows = max(1, min(rows, int(FAMILY_ROWS / weight(plan, root))))
    first = np.arange(min(rows, root.count or 0), dtype=np.int64)
    peak = _around(root, time, rows) if followed else first[:0]
    sampled = np.unique(np.concatenate([first, peak, *(group.index for group in groups)]))
    made = World(plan).roots(root.name, sampled).kept()
    try:
        yield from _views(made, Picked(plan, groups, first, peak, rows, {root.name: followed}, scenario), time)
    finally:
        made.release()


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Which roots are counted and which are shown, at most `rows` rows of each entity."""

    plan: Plan
    groups: list[Rows]
    first: I64
    peak: I64
    rows: int
    timelines: Mapping[str, tuple[str, ...]]
    scenario: Scenario

    @property
    def all(self) -> I64:
        """The roots that stand for all of them."""
        return next((group.index for group in self.groups if group.name == ALL), np.empty(0, np.int64))


def _around(root: EntityPlan, time: TimeShape | None, rows: int) -> I64:
    """The numbers of the rows around the fullest part."""
    if time is None or root.moments is None:
        return np.empty(0, np.int64)
    middle = int(before(root.moments, np.array([time.peak], np.int64))[0])
    start = max(0, min(middle - rows // 2, root.moments.count - rows))
    return np.arange(start, min(start + rows, root.moments.count), dtype=np.int64)


def _views(made: EntityRows, picked: Picked, time: TimeShape | None) -> Iterator[EntityView]:
    yield _view(made, picked, time, ())
    yield from _broods(made, picked)


def _broods(made: EntityRows, picked: Picked) -> Iterator[EntityView]:
    """The children of some rows, and theirs, with how many each row has."""
    some = _places(made, picked.all)
    for name in made.entity.children:
        rows, offsets = made.children(name)
        yield _view(rows, picked, None, _fan_out(np.diff(offsets)[some]))
        yield from _broods(rows, picked)


def _fan_out(children: I64) -> tuple[Brood, ...]:
    sizes, counts = np.unique(children, return_counts=True)
    return tuple(Brood(int(n), int(k) / len(children)) for n, k in zip(sizes, counts, strict=True))


def _view(made: EntityRows, picked: Picked, time: TimeShape | None, fan_out: tuple[Brood, ...]) -> EntityView:
    entity, timezone = made.entity, picked.plan.window.timezone
    columns = tuple(_columns(entity))
    values = _values(made, columns)
    types = {name: column.type for name, column in entity.columns.items()}
    places = {group.name: _places(made, group.index) for group in picked.groups}

    def shown(roots: I64) -> tuple[Cells, ...]:
        some = pa.array(_places(made, roots)[: picked.rows])
        cells = [texts(values[c.name].take(some), types[c.name], timezone) for c in columns]
        return tuple(zip(*cells, strict=True))

    exact = entity.parent is None and entity.keep is None
    sampled = {c.name: values[c.name].take(pa.array(_places(made, picked.all))) for c in columns}
    return EntityView(
        entity.name,
        "" if entity.virtual and not entity.existing else entity.table.qualified,
        entity.parent,
        round(entity.expected_rows),
        columns,
        first=shown(picked.first),
        peak=shown(picked.peak),
        time=time,
        groups=tuple(Group(g.name, g.rows if exact else None, len(places[g.name])) for g in picked.groups),
        shares=tuple(s for c in columns for s in shares_of(c.name, types[c.name], values[c.name], places)),
        histograms=tuple(b for c in columns for b in histogram_of(c.name, types[c.name], sampled[c.name])),
        periods=tuple(p for c in columns for p in periods_of(c.name, types[c.name], sampled[c.name], timezone)),
        facts=tuple(fact_of(c.name, sampled[c.name]) for c in columns),
        stage=_stage(picked.plan, entity),
        links=tuple(
            Link(whose(c.name), c.target)
            for c in entity.columns.values()
            if c.target and c.name != entity.parent_column
        ),
        fan_out=fan_out,
        timelines=picked.timelines.get(entity.name, ()),
        lives=life_views(picked.scenario, entity, sampled, picked.plan.window),
    )


def _stage(plan: Plan, entity: EntityPlan) -> int:
    """The number of the stage that loads an entity's root, from 1."""
    while entity.parent is not None:
        entity = plan.entities[entity.parent]
    return next(n for n, stage in enumerate(plan.stages, 1) if entity.name in stage.roots)


def _places(rows: EntityRows, roots: I64) -> I64:
    """Where the rows of some roots stand among these rows."""
    found: I64 = np.flatnonzero(np.isin(rows.index, roots))
    return found


def _columns(entity: EntityPlan) -> Iterator[ColumnView]:
    written = set(entity.written)
    for name, column in entity.columns.items():
        if "\0" not in name and (name in written or column.hidden):
            yield ColumnView(name, str(column.type), name not in written, column.note)


def _values(made: EntityRows, columns: tuple[ColumnView, ...]) -> Mapping[str, pa.Array]:
    """Every column: the written ones exactly as a run would send them."""
    batch = made.batch()
    return {c.name: made.read((c.name,)) if c.hidden else batch.column(c.name) for c in columns}
