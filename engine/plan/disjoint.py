"""A pass over entities that fill the same table: what must be unique there is counted from different starts."""

from __future__ import annotations

from itertools import combinations
from math import gcd, lcm

from engine.errors import Code, wrong
from engine.generators.sequence import Counted, Labelled
from engine.plan.draft import Draft, EntityDraft, column_place
from engine.plan.uniqueness import alone


def require_disjoint_keys(draft: Draft) -> None:
    """Refuse two sequences of one unique column that are sure to meet; keys made otherwise differ by their streams."""
    written = [e for e in draft.entities.values() if not e.unwritten and e.spec.keep is None and e.count]
    for one, other in combinations(written, 2):
        if (one.table.schema, one.table.name) != (other.table.schema, other.table.name):
            continue
        for name, constraint in alone(one).items():
            first, second, place = _counted(one, name), _counted(other, name), column_place(other, name)
            if first is None or second is None or first[0] != second[0] or draft.broken(*place):
                continue
            met = meeting(first[1], one.count or 0, second[1], other.count or 0)
            if met is None:
                continue
            error = wrong(
                Code.NOT_UNIQUE,
                f"'{name}' is unique in '{other.spec.table}' ({constraint}), and '{one.name}' and '{other.name}' both "
                f"make {met:,}",
                path=("sequence",),
                hint=f"let '{other.name}' begin at {first[1].first + first[1].step * (one.count or 0)}",
            )
            draft.report(error, *place)


def _counted(entity: EntityDraft, name: str) -> tuple[tuple[str, int], Counted] | None:
    """How a column is written (prefix and width) and counted, where a sequence makes it."""
    column = entity.columns.get(name)
    kernel = None if column is None or column.hidden else column.kernel
    if isinstance(kernel, Labelled):
        return (kernel.prefix, kernel.width), kernel.counted
    return (("", 0), kernel) if isinstance(kernel, Counted) and not kernel.siblings else None


def meeting(one: Counted, rows: int, other: Counted, others: int) -> int | None:
    """The least number that both reach, in units of the column; None where there is none.

    The common terms of two arithmetic progressions are one themselves, by the Chinese remainder theorem.
    """
    a, b = abs(one.step), abs(other.step)
    if not a or not b or (other.first - one.first) % gcd(a, b):
        return None
    ends = [sorted((s.first, s.first + s.step * (n - 1))) for s, n in ((one, rows), (other, others))]
    low, high = max(end[0] for end in ends), min(end[1] for end in ends)
    common, period = gcd(a, b), lcm(a, b)
    met = one.first + a * ((other.first - one.first) // common * pow(a // common, -1, b // common) % (b // common))
    met -= period * ((met - low) // period)
    return met if met <= high else None
