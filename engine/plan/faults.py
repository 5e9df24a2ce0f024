"""A pass over the faults: which rows each takes, and whether the table allows what it does."""

from __future__ import annotations

from dataclasses import replace
from math import floor

from engine.errors import Code, SpecError, wrong
from engine.faults.draw import Draw
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
    key = draft.key("<fault>", name)
    asked = _asked(entity, fault)
    where = None if fault.where is None else _condition(draft, entity, fault.where, name)
    changes = SPOILERS[fault.kind](Site(draft, entity, fault, key))
    return FaultPlan(
        name=name,
        kind=fault.kind,
        draw=_draw(entity, fault, key, asked),
        changes=changes,
        asked=asked,
        where=where,
        again=fault.duplicate is not None,
    )


def _draw(entity: EntityDraft, fault: Fault, key: Key, asked: float) -> Draw:
    rows = key.child("rows")
    if fault.share is not None and (fault.where is not None or entity.count is None):
        return Draw(rows, share=fault.share)
    return Draw(rows, entity.count, int(asked))


def _asked(entity: EntityDraft, fault: Fault) -> float:
    """Rows that the fault should take. Raises SpecError where nobody knows, or where there are not so many."""
    if fault.share is not None:
        rows = fault.share * entity.expected_rows
        return rows if entity.count is None or fault.where is not None else float(floor(rows + 0.5))
    if entity.count is None:
        raise wrong(
            Code.WRONG_KIND,
            f"'{entity.name}' is made per '{entity.parent}', and nobody counts its rows before they are made",
            path=("count",),
            hint="say `share`: each row is drawn on its own",
        )
    assert fault.count is not None
    if fault.count > entity.count:
        message = f"{fault.count:,} rows of '{entity.name}', which has {entity.count:,}"
        raise wrong(Code.INFEASIBLE, message, path=("count",))
    return float(fault.count)


def _condition(draft: Draft, entity: EntityDraft, text: str, name: str) -> Condition:
    context = Context(
        entity=f"fault {name}",
        column="where",
        type=BOOL,
        key=draft.key("<fault>", name),
        window=draft.window,
        scope=EntityScope(draft, entity),
    )
    return compile_condition(text, replace(context, count=entity.count), path=("where",))
