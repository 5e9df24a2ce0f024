"""A pass over references that must differ among siblings: there are as many rows to point to as siblings at most."""

from __future__ import annotations

from engine.errors import Code, wrong
from engine.generators.reference import Reference
from engine.plan.draft import Draft, EntityDraft, column_place


def require_pools(draft: Draft) -> None:
    """Refuse a `distinct_within` for which a parent may have more children than there are rows to point to."""
    for entity in draft.entities.values():
        siblings = _most_siblings(entity)
        for name, column in entity.columns.items():
            made, place = column.generator, column_place(entity, name)
            if siblings is None or not isinstance(made, Reference) or made.distinct_within is None:
                continue
            pool = _most_rows(draft, draft.entities.get(made.entity))
            if pool is None or siblings <= pool or draft.broken(*place):
                continue
            error = wrong(
                Code.INFEASIBLE,
                f"a row of '{entity.parent}' may have {siblings:,} children in '{entity.name}', which are to point to "
                f"different rows of '{made.entity}', and there are only {pool:,}",
                path=("distinct_within",),
                hint=f"let `per` make {pool:,} at most (`max: {pool}` beside a law)"
                + (f", or give '{made.entity}' a `count` of {siblings:,}" if pool else ""),
            )
            draft.report(error, *place)


def _most_siblings(entity: EntityDraft) -> int | None:
    """The largest fan-out, where the author wrote it down and nothing leaves children out.

    Time bounds grids and recorded lives, a condition those that are kept: None.
    """
    per = entity.spec.per
    if per is None or per.count is None or entity.fan_out is None or entity.spec.keep or entity.spec.fold:
        return None
    return entity.fan_out.maximum


def _most_rows(draft: Draft, entity: EntityDraft | None) -> int | None:
    """How many rows of an entity there are at most; None where it, or what it hangs on, is broken."""
    rows = 1
    while entity is not None and entity.parent is not None:
        if entity.fan_out is None:
            return None
        rows *= entity.fan_out.maximum
        entity = draft.entities.get(entity.parent)
    return None if entity is None or entity.count is None else rows * entity.count
