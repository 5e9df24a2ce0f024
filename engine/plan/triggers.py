"""A pass over entities that fill the same table: they say the same of its triggers."""

from __future__ import annotations

from engine.errors import Code, wrong
from engine.plan.draft import Draft, EntityDraft


def require_one_mind(draft: Draft) -> None:
    """Refuse a table whose triggers one entity keeps and another suspends."""
    first: dict[tuple[str, str], EntityDraft] = {}
    for entity in draft.entities.values():
        if entity.unwritten:
            continue
        before = first.setdefault(entity.table.id, entity)
        if before.spec.triggers != entity.spec.triggers:
            error = wrong(
                Code.CONFLICT,
                f"'{before.name}' and '{entity.name}' fill {entity.table.qualified}, and one of them keeps its "
                "triggers where the other suspends them",
                hint="say the same in both",
            )
            draft.report(error, "entities", entity.name, "triggers")
