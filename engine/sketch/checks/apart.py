"""How columns stand to each other: whether comparisons can all be true, and what they say of bounds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from engine.catalog.model import Column
from engine.sketch.checks.facts import Bound, Compare, Relation
from engine.sketch.checks.merged import ColumnFacts, add
from engine.sketch.checks.values import DAYS, NUMBERS, inclusive, position, value_at

Distances: TypeAlias = dict[tuple[str, str], tuple[Decimal, bool]]
"""For two columns the most that the first may be above the second, and whether it must be less than that."""


def distances(relations: tuple[Relation, ...]) -> Distances | None:
    """The closest limits that follow from comparisons; None where they contradict each other."""
    limits: Distances = {}
    for relation in relations:
        if isinstance(relation, Compare):
            for left, right, edge in _limits(relation):
                _tighten(limits, (left, right), edge)
    names = sorted({name for pair in limits for name in pair})
    for middle in names:
        for left in names:
            for right in names:
                first, second = limits.get((left, middle)), limits.get((middle, right))
                if first is not None and second is not None:
                    _tighten(limits, (left, right), (first[0] + second[0], first[1] or second[1]))
    if any(edge[0] < 0 or (edge[0] == 0 and edge[1]) for pair, edge in limits.items() if pair[0] == pair[1]):
        return None
    return None if any(_forced(limits, one) for one in relations if isinstance(one, Compare)) else limits


def _limits(one: Compare) -> list[tuple[str, str, tuple[Decimal, bool]]]:
    strict = one.op in ("<", ">")
    below = (one.column, one.other, (one.offset, strict))
    above = (one.other, one.column, (-one.offset, strict))
    return {"<": [below], "<=": [below], ">": [above], ">=": [above], "=": [below, above], "<>": []}[one.op]


def _tighten(limits: Distances, pair: tuple[str, str], edge: tuple[Decimal, bool]) -> None:
    known = limits.get(pair)
    if known is None or edge[0] < known[0] or (edge[0] == known[0] and edge[1]):
        limits[pair] = edge


def _forced(limits: Distances, one: Compare) -> bool:
    """Whether two columns that must differ can only be the same."""
    there, back = limits.get((one.column, one.other)), limits.get((one.other, one.column))
    if one.op != "<>" or there is None or back is None:
        return False
    return there[0] == one.offset and back[0] == -one.offset


def narrowed(
    facts: dict[str, ColumnFacts], limits: Distances, columns: Mapping[str, Column]
) -> dict[str, ColumnFacts] | None:
    """The facts with the bounds that other columns' bounds give them; None where no value is left."""
    found = facts
    for _ in columns:  # a bound can go from column to column
        more = _narrowed_once(found, limits, columns)
        if more is None or more == found:
            return more
        found = more
    return found


def _narrowed_once(
    facts: dict[str, ColumnFacts], limits: Distances, columns: Mapping[str, Column]
) -> dict[str, ColumnFacts] | None:
    found = dict(facts)
    for (left, right), (most, strict) in limits.items():
        if left == right or not _measured(columns[left]) or not _measured(columns[right]):
            continue
        for source, target, low in ((right, left, False), (left, right, True)):
            merged = _moved(facts, (source, target), -most if low else most, columns, low=low, strict=strict)
            if merged is None:
                continue
            better = add(found.get(target, ColumnFacts()), merged, columns[target].type)
            if better is None:
                return None
            found[target] = better
    return found


def _measured(column: Column) -> bool:
    return not column.type.array and column.type.family in (*NUMBERS, *DAYS)


def _moved(
    facts: Mapping[str, ColumnFacts],
    pair: tuple[str, str],
    by: Decimal,
    columns: Mapping[str, Column],
    *,
    low: bool,
    strict: bool,
) -> Bound | None:
    """The bound of one column as one of another that lies so far from it."""
    source, target = pair
    known = facts.get(source)
    if known is None or known.null:
        return None
    edge = known.low if low else known.high
    if edge is None:
        values = [] if known.one_of is None else [position(v, columns[source].type) for v in known.one_of]
        if not values:
            return None
        at = min(values) if low else max(values)
    else:
        at = position(edge, columns[source].type)
    strict = strict or (known.low_strict if low else known.high_strict)
    try:
        at, strict = inclusive(at + by, columns[target].type, low=low, strict=strict)
        value = value_at(at, columns[target].type)
    except ArithmeticError:
        return None
    return Bound(target, low=value, low_strict=strict) if low else Bound(target, high=value, high_strict=strict)
