"""A pass over references to rows that are not numbered: children, and what `keep` leaves; they are counted first."""

from __future__ import annotations

from engine.errors import Code, wrong
from engine.plan.draft import Draft, EntityDraft, column_place

MOST_PARENTS = 1 << 22
"""Rows whose children are counted before a row can be picked; each takes 8 bytes of every worker."""

MOST_TESTED = 1 << 20
"""Rows that are tested by `keep` before one of those that stay can be picked."""


def require_countable(draft: Draft) -> None:
    """Refuse a reference to rows that would take too long to count."""
    for entity in draft.entities.values():
        for column in entity.columns.values():
            target = draft.entities.get(column.target or "")
            if target is None or column.name == entity.parent_column:
                continue
            place = column_place(entity, column.name)
            parents, tested = _counted(draft, target)
            if (parents > MOST_PARENTS or tested > MOST_TESTED) and not draft.broken(*place):
                error = wrong(
                    Code.TOO_COSTLY,
                    f"to pick a row of '{target.name}' its rows are counted first, and there are too many: about "
                    + (f"{tested:,.0f} to test by `keep`" if tested > MOST_TESTED else f"{parents:,.0f} parents"),
                    path=("reference",),
                    hint=f"refer to an entity with a `count` and no `keep`; {MOST_PARENTS:,} parents and "
                    f"{MOST_TESTED:,} rows with `keep` are the most",
                )
                draft.report(error, *place)


def _counted(draft: Draft, target: EntityDraft) -> tuple[float, float]:
    """The most parents on the way to the target's rows, and the most rows that a `keep` looks at."""
    parents, tested = 0.0, 0.0
    while True:
        if target.spec.keep is not None:
            tested = max(tested, target.expected_rows)
        if target.parent is None:
            return parents, tested
        target = draft.entities[target.parent]
        parents = max(parents, target.expected_rows)
