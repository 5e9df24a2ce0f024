"""A pass over the faults: which rows each takes, and whether the table allows what it does."""

from __future__ import annotations

from dataclasses import replace
from math import floor

from engine.errors import Code, SpecError, wrong
from engine.faults.draw import Lot
from engine.generators.base import Context
from engine.generators.condition import Condition, compile_condition
from engine.plan.draft import Draft, EntityDraft
from engine.plan.model import FaultPlan
from engine.plan.scope import EntityScope
from engine.plan.spoil import SPOILERS, Site
from engine.spec.fault import Fault
from engine.stream import Key
from engine.types import BOOL


def compile_faults(draft: Draft) -> None:
    """Compile each fault of an entity that is known, in the order of the spec."""
    for name, fault in draft.scenario.faults.items():
        entity = draft.entities.get(fault.entity)
        if entity is None or draft.broken("faults", name):
            continue
        try:
            entity.faults.append(_compile(draft, entity, name, fault))
        except SpecError as error:
            draft.report(error, "faults", name)


def _compile(draft: Draft, entity: EntityDraft, name: str, fault: Fault) -> FaultPlan:
    _require_rows(entity)
    key = draft.key("<fault>", name)
    asked = _asked(draft, entity, fault)
    where = None if fault.where is None else _condition(draft, entity, fault.where, name)
    changes = SPOILERS[fault.kind](Site(draft, entity, fault, key))
    return FaultPlan(
        name=name,
        kind=fault.kind,
        draw=_draw(draft, entity, fault, key),
        changes=changes,
        asked=asked,
        where=where,
        again=fault.duplicate is not None,
    )


def _require_rows(entity: EntityDraft) -> None:
    """Refuse faults of rows that are never written."""
    if entity.unwritten:
        why = "is virtual, so nothing of it is there to be wrong" if entity.spec.virtual else "is only read"
        raise wrong(Code.CONFLICT, f"'{entity.name}' {why}", path=("entity",))


def _by_row(entity: EntityDraft, fault: Fault) -> bool:
    """Whether each row is drawn on its own: a share of rows whose number is not known before they are made."""
    thinned = entity.spec.keep is not None or entity.keep is not None
    return fault.share is not None and (fault.where is not None or entity.count is None or thinned)


def _draw(draft: Draft, entity: EntityDraft, fault: Fault, key: Key) -> Lot:
    rows = key.child("rows")
    if fault.share is not None and _by_row(entity, fault):
        return Lot(rows, share=fault.share)
    return Lot(rows, _root(draft, entity).count, int(_asked(draft, entity, fault)), one_each=entity.count is None)


def _root(draft: Draft, entity: EntityDraft) -> EntityDraft:
    """The entity with a `count` that this one hangs on, or it itself."""
    while entity.parent is not None:
        entity = draft.entities[entity.parent]
    return entity


def _asked(draft: Draft, entity: EntityDraft, fault: Fault) -> float:
    """Rows that the fault should take. Raises SpecError where nobody knows, or where there are not so many."""
    if fault.share is not None:
        rows = fault.share * entity.expected_rows
        return rows if _by_row(entity, fault) else float(floor(rows + 0.5))
    root = _root(draft, entity)
    assert fault.count is not None
    assert root.count is not None
    if fault.count > root.count:
        there = f"there are {root.count:,}"
        if root is not entity:
            there = f"one is taken below each of {root.count:,} '{root.name}'"
        message = f"{fault.count:,} rows of '{entity.name}' are asked for, and {there}"
        hint = None if root is entity else "say `share`: each row is drawn on its own"
        raise wrong(Code.INFEASIBLE, message, path=("count",), hint=hint)
    return float(fault.count)


def _condition(draft: Draft, entity: EntityDraft, text: str, name: str) -> Condition:
    context = Context(
        entity=f"fault {name}",
        column="where",
        type=BOOL,
        key=draft.key("<fault>", name),
        window=draft.window,
        scope=EntityScope(draft, entity),
        moment=(entity.moment_column,) if entity.moment_column else None,
    )
    return compile_condition(text, replace(context, count=entity.count), path=("where",))
