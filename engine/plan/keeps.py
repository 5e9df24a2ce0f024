"""Which rows of an entity there are: its `keep`, compiled like the `when` of a case."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context
from engine.generators.condition import compile_condition, condition_reads
from engine.generators.fold import Granted
from engine.plan.draft import Draft, EntityDraft
from engine.plan.lives import TRACE
from engine.plan.order import Node, nodes_of
from engine.plan.scope import EntityScope
from engine.types import BOOL, ColumnPath


def compile_keeps(draft: Draft) -> None:
    """Compile the condition of every entity that has one."""
    for entity in draft.entities.values():
        condition = entity.spec.keep
        if entity.spec.fold is not None:
            entity.keep = Granted()
        if condition is None or draft.broken("entities", entity.name, "keep"):
            continue
        try:
            compiled = compile_condition(condition, _context(draft, entity))
            _require_no_life(draft, entity, condition)
        except SpecError as error:
            draft.report(error, "entities", entity.name, "keep")
            continue
        entity.keep = entity.keep or compiled


def _context(draft: Draft, entity: EntityDraft) -> Context:
    return Context(
        entity=entity.name,
        column="keep",
        type=BOOL,
        key=draft.key(entity.name, "keep"),
        window=draft.window,
        scope=EntityScope(draft, entity),
        moment=(entity.moment_column,) if entity.moment_column else None,
        count=entity.count,
    )


def _require_no_life(draft: Draft, entity: EntityDraft, condition: str) -> None:
    """Refuse a condition on what changes in the life of a row: it would come and go."""
    if changes_in_a_life(draft, entity, condition_reads(condition)):
        raise wrong(
            Code.CONFLICT,
            "`keep` looks at a life cycle, so the row would come and go",
            hint="decide by a column that does not change: {bernoulli: 0.9}",
        )


def changes_in_a_life(draft: Draft, entity: EntityDraft, paths: Iterable[ColumnPath]) -> bool:
    """Whether what some paths read is made, through however many columns, from a life cycle."""
    seen: dict[Node, None] = {}
    waiting = [node for path in paths for node in nodes_of(draft, entity, path)]
    while waiting:
        node = waiting.pop()
        if node in seen or node[1] not in draft.entities[node[0]].columns:
            continue
        seen[node] = None
        waiting.extend(draft.entities[node[0]].columns[node[1]].reads)
    return any(name.endswith(TRACE) for _, name in seen)
