"""Fifth pass: every column's generator becomes a kernel, every `per` a fan-out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Distribution, Generator
from engine.generators.case import Case
from engine.generators.choice import Choice
from engine.generators.constant import Constant
from engine.generators.local import Earliest
from engine.generators.parent import MomentOf, ParentKey
from engine.generators.pointing import ReferenceKernel
from engine.generators.previous import Previous
from engine.generators.reference import Reference
from engine.generators.shares import ExactShares
from engine.lifecycles.steps import StepCount
from engine.plan.calendars import calendar_fan_out, calendar_kernel
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, follows, forks
from engine.plan.grids import grid_fan_out, grid_kernel
from engine.plan.links import key_of
from engine.plan.lives import recorded_by
from engine.plan.model import FanOut
from engine.plan.scope import EntityScope
from engine.plan.several import whose
from engine.types import INT8, Family

MAX_FAN_OUT = 1 << 20
"""Children of one parent: their place takes 20 bits of a row's lineage."""


def compile_columns(draft: Draft) -> None:
    """Compile each column that has no diagnostic yet."""
    for entity in draft.entities.values():
        for column in entity.columns.values():
            place = column_place(entity, column.name)
            if column.type is None or column.kernel is not None or draft.broken(*place):
                continue
            try:
                _compile(draft, entity, column)
            except SpecError as error:
                draft.report(error, *(column.base or place))


def _compile(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> None:
    assert column.type is not None
    if column.generator is None and column.target is not None:
        _require_key(draft, entity, column)
        column.kernel = ParentKey(column.name, key_of(draft, entity, column.name))
    elif column.generator is None:
        if entity.spec.per is not None and entity.spec.per.every is not None:
            column.kernel = grid_kernel(draft, entity, column, entity.spec.per.every)
            return
        if entity.spec.per is not None and entity.spec.per.calendar is not None:
            column.kernel = calendar_kernel(draft, entity, column, entity.spec.per.calendar)
            return
        if column.type.family not in (Family.TIMESTAMP, Family.DATE):
            raise wrong(Code.WRONG_KIND, f"a moment is a timestamp or a date, and '{column.name}' is {column.type}")
        if entity.moments is not None:
            column.kernel = MomentOf(entity.moments, column.type, draft.window.timezone)
    else:
        if column.target is not None:
            _require_key(draft, entity, column, column.generator.kind)
        deal, context = entity.deals.get(column.name), context_of(draft, entity, column)
        column.kernel = column.generator.dealt(context, deal) if deal else column.generator.compile(context)
        _first_parent(draft, entity, column)
        _require_values(column)


def _require_key(draft: Draft, entity: EntityDraft, column: ColumnDraft, *place: str) -> None:
    """Refuse a reference whose column cannot hold the key that it stores."""
    target, name = draft.entities[str(column.target)], key_of(draft, entity, column.name)
    key = target.columns[name].type
    _require_foreign_key(entity, column, target, name, place)
    assert column.type is not None
    if key is None:
        raise follows()
    if not (key.family is column.type.family and key.array == column.type.array and key.labels == column.type.labels):
        raise wrong(
            Code.WRONG_KIND,
            f"'{column.name}' is {column.type} and cannot hold '{target.name}.{name}', which is {key}",
            path=place,
        )


def _require_foreign_key(
    entity: EntityDraft, column: ColumnDraft, target: EntityDraft, name: str, place: tuple[str, ...]
) -> None:
    """Refuse a reference to rows of another table than the column's foreign key: its values would not be found there.

    But the other table's key may itself be one of that table, or the other a part of it.
    """
    keys = [key for key in entity.table.foreign_keys if key.columns == (whose(column.name),)]
    shared = any(key.columns == (name,) for key in target.table.foreign_keys)
    if not keys or shared or target.table.partition or target.spec.virtual or entity.columns[whose(column.name)].hidden:
        return
    there = (target.table.schema, target.table.name)
    if all(key.target != there for key in keys):
        told = ".".join(keys[0].target)
        raise wrong(
            Code.WRONG_KIND,
            f"'{column.name}' has a foreign key to {told}, and '{target.name}' fills {target.table.qualified}",
            path=place,
            hint=f"refer to an entity that fills {told}",
        )


def _require_values(column: ColumnDraft) -> None:
    """Refuse nulls that the spec writes for a column that is NOT NULL."""
    made = column.generator
    always = isinstance(made, Constant) and made.constant is None
    sometimes = isinstance(made, Choice) and any(option.value is None and option.weight for option in made.choice)
    sometimes |= isinstance(made, ExactShares) and any(o.value is None and o.share for o in made.shares)
    leads = isinstance(made, Previous) and made.first is None
    leads |= isinstance(made, Reference) and not isinstance(made.pick, str) and made.pick.tree is not None
    if made is not None and not (column.nullable or column.hidden) and (always or sometimes or leads):
        raise wrong(Code.NULL_NOT_ALLOWED, f"'{column.name}' is NOT NULL and cannot be null", path=(made.kind,))


def context_of(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> Context:
    """What the generator of `column` is told."""
    assert column.type is not None
    return Context(
        entity=entity.name,
        column=column.name,
        type=column.type,
        key=draft.key(entity.name, column.name),
        window=draft.window,
        scope=EntityScope(draft, entity),
        moment=(entity.moment_column,) if entity.moment_column else None,
        count=entity.count,
        unique=column.unique,
        correlated=entity.correlated.get(column.name),
    )


def _first_parent(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> None:
    """Refuse `existing_at` where the entity's first row comes before the first row of what it points to."""
    ways = forks(entity, column.name)
    if whose(column.name) != column.name:
        return  # one of several entities may begin later than others
    kernels = [entity.columns[way].kernel for way in ways] or [column.kernel]
    found = [kernel for kernel in kernels if isinstance(kernel, ReferenceKernel) and _too_early(draft, entity, kernel)]
    if found and len(found) == len(kernels):
        first = found[0].target.entity
        target = f"'{first}'" if len(found) == 1 else " and ".join(f"'{kernel.target.entity}'" for kernel in found)
        raise wrong(
            Code.NO_PARENT_YET,
            f"the first row of '{entity.name}' comes before the first of {target}, so it finds none",
            path=("existing_at",),
            hint=f"let '{first}' begin earlier: moment: {{…, spread: {{start: …}}}}",
        )


def _too_early(draft: Draft, entity: EntityDraft, kernel: ReferenceKernel) -> bool:
    """Whether the entity's first row is sure to come before the target's first."""
    if kernel.existing_at is None or not (entity.moments and entity.count and kernel.target.moments):
        return False
    bound = entity.columns[kernel.existing_at[0]].generator if kernel.existing_at[0] in entity.columns else None
    if isinstance(bound, Earliest):
        ends = entity.moments.at(np.array([0, entity.count - 1], np.int64))
        first = bound.kernel(draft.window).bound(ends).min(keepdims=True)
    elif kernel.existing_at == (entity.moment_column,) and not entity.local:
        first = entity.moments.at(np.zeros(1, np.int64))
    else:
        return False
    return int(kernel.target.moments.born(first - (kernel.target.lag or 0))[0]) == 0


def compile_fan_outs(draft: Draft) -> None:
    """Compile each `per.count` over its parent's rows."""
    for entity in draft.entities.values():
        if entity.parent is None or entity.parent not in draft.entities:
            continue
        try:
            entity.fan_out = _fan_out(draft, entity, draft.entities[entity.parent])
        except SpecError as error:
            said = [key for key in ("every", "calendar") if entity.spec.per and getattr(entity.spec.per, key)]
            draft.report(error, "entities", entity.name, "per", *(said or ["count"]))


def _recording(draft: Draft, entity: EntityDraft) -> FanOut:
    """A row for each entry that `on` names; they are on the average as many as if time were endless."""
    recorded, graph = recorded_by(draft, entity)
    mean = sum(visits for way, visits in zip(recorded.ways, graph.visits(), strict=True) if way) + recorded.birth
    own = replace(recorded, path=recorded.path[1:])
    into = tuple(way.to for way, told in zip(graph.ways, recorded.ways, strict=True) if told)
    return FanOut(StepCount(own), mean, graph.most_entries(into) + int(recorded.birth))


def _fan_out(draft: Draft, entity: EntityDraft, parent: EntityDraft) -> FanOut:
    assert entity.spec.per is not None
    count, every = entity.spec.per.count, entity.spec.per.every
    if every is not None:
        return grid_fan_out(draft, entity, every)
    if entity.spec.per.calendar is not None:
        return calendar_fan_out(draft, entity, entity.spec.per.calendar)
    if count is None:
        return _recording(draft, entity)
    context = Context(
        entity=entity.name,
        column="per.count",
        type=INT8,
        key=draft.key(entity.name, "per.count"),
        window=draft.window,
        scope=EntityScope(draft, parent),
        moment=(parent.moment_column,) if parent.moment_column else None,
        count=parent.count,
    )
    if isinstance(count, int):
        return FanOut(Constant(constant=count).compile(context), count, count)
    if isinstance(count, Distribution):
        law = count.law(draft.window)
        if law.low < 0 or not law.high < MAX_FAN_OUT:
            raise wrong(
                Code.OUT_OF_RANGE,
                f"a parent may have 0 to {MAX_FAN_OUT - 1:,} children, and this law gives {law.low:g} to {law.high:g}",
                hint="bound it with min and max beside the law",
            )
        return FanOut(count.compile(context), law.mean, int(law.high))
    return FanOut(count.compile(context), min(_usual(draft, count.generator, count.max), count.max), count.max)


def _usual(draft: Draft, made: Generator, most: int) -> float:
    """About how many children a row has: of a case what its last arm makes, of what nobody knows half of the most."""
    if isinstance(made, Case) and made.case[-1].made is not None:
        return _usual(draft, made.case[-1].made, most)
    if isinstance(made, Constant) and isinstance(made.constant, int):
        return made.constant
    return made.law(draft.window).mean if isinstance(made, Distribution) else most / 2
