"""Spec + Catalog → Plan: a tuple of passes over a draft."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from engine.catalog.model import Catalog
from engine.errors import SpecError
from engine.generators.base import Window
from engine.generators.series import SeriesKernel
from engine.plan.append import continue_sequences, dealt_groups, offset_of
from engine.plan.correlations import correlate_columns
from engine.plan.costs import price_columns
from engine.plan.disjoint import require_disjoint_keys
from engine.plan.distinct import deal_columns
from engine.plan.draft import ColumnDraft, Draft, EntityDraft
from engine.plan.faults import compile_faults
from engine.plan.keeps import compile_keeps
from engine.plan.kernels import compile_columns, compile_fan_outs
from engine.plan.labels import find_labels
from engine.plan.links import find_keys, find_parents, find_targets
from engine.plan.lives import compile_lifecycles
from engine.plan.local import find_zones
from engine.plan.model import ColumnPlan, EntityPlan, Plan
from engine.plan.moments import compile_events, compile_timelines, compile_wholes, place_rows
from engine.plan.named import require_agreement
from engine.plan.order import order_columns
from engine.plan.pools import require_pools
from engine.plan.populations import require_countable
from engine.plan.stages import cut_partitions, descendants, expect_rows, order_stages, row_bytes
from engine.plan.tables import find_columns, find_tables
from engine.plan.triggers import require_one_mind
from engine.plan.uniqueness import require_promises, require_unique_keys
from engine.spec.load import Spec, place
from engine.types import value_type
from engine.units import zone

PASSES: tuple[Callable[[Draft], None], ...] = (
    compile_lifecycles,
    find_tables,
    find_columns,
    find_parents,
    find_keys,
    find_targets,
    require_agreement,
    find_zones,
    order_columns,
    compile_timelines,
    compile_wholes,
    compile_events,
    place_rows,
    correlate_columns,
    deal_columns,
    compile_columns,
    continue_sequences,
    compile_fan_outs,
    require_pools,
    compile_keeps,
    expect_rows,
    require_countable,
    require_promises,
    require_unique_keys,
    require_disjoint_keys,
    require_one_mind,
    cut_partitions,
    order_stages,
    price_columns,
    compile_faults,
    find_labels,
)


def compile_plan(spec: Spec, catalog: Catalog) -> Plan:
    """Decide everything about a scenario.

    Raises SpecError with every diagnostic, each at its place in the text.
    """
    scenario = spec.scenario
    timezone = zone(scenario.timezone)
    window = Window(scenario.window.start.micros(timezone), scenario.window.end.micros(timezone), scenario.timezone)
    draft = Draft(scenario, catalog, scenario.seed, window, spec.parameters)
    for run in PASSES:
        run(draft)
    if draft.diagnostics:
        raise SpecError(place(draft.diagnostics, spec.source))
    return _freeze(draft)


def _freeze(draft: Draft) -> Plan:
    roots = [name for stage in draft.stages for name in stage.roots]
    entities: dict[str, EntityPlan] = {}
    for root in roots:
        for entity in (draft.entities[root], *descendants(draft, draft.entities[root])):
            entities[entity.name] = _entity(draft, entity)
    return Plan(
        scenario=draft.scenario.scenario,
        seed=draft.seed,
        window=draft.window,
        entities=entities,
        stages=draft.stages,
        partition_rows=draft.partition_rows,
        costs=draft.costs,
        labels=draft.labels,
    )


def _entity(draft: Draft, entity: EntityDraft) -> EntityPlan:
    written = [c for c in entity.columns.values() if not c.hidden]
    offset, passed = offset_of(entity, draft)
    return EntityPlan(
        name=entity.name,
        table=entity.table,
        key=draft.key(entity.name, "rows"),
        columns={c.name: _column(c) for c in entity.columns.values()},
        schema=pa.schema([pa.field(c.name, value_type(c.type), nullable=c.nullable) for c in written if c.type]),
        expected_rows=entity.expected_rows,
        row_bytes=row_bytes(entity),
        count=entity.count,
        parent=entity.parent,
        parent_column=entity.parent_column,
        fan_out=entity.fan_out,
        moments=None if entity.local else entity.moments,
        moment_column=entity.moment_column,
        children=tuple(e.name for e in draft.entities.values() if e.parent == entity.name),
        server_columns=entity.server_columns,
        faults=tuple(entity.faults),
        key_columns=entity.key_columns,
        keep=entity.keep,
        virtual=entity.unwritten,
        existing=entity.spec.existing is not None,
        series=tuple(c.name for c in entity.columns.values() if isinstance(c.kernel, SeriesKernel)),
        by_time=entity.spec.layout == "by_time",
        suspends_triggers=entity.spec.triggers == "suspend" and not entity.unwritten,
        dealt=dealt_groups(entity),
        offset=offset,
        passed=passed,
    )


def _column(column: ColumnDraft) -> ColumnPlan:
    assert column.type is not None
    assert column.kernel is not None
    return ColumnPlan(
        name=column.name,
        type=column.type,
        kernel=column.kernel,
        hidden=column.hidden,
        nulls=column.nulls,
        target=column.target,
        reads=column.reads,
        note=column.generator.kind if column.generator else ("parent" if column.target else "moment"),
    )
