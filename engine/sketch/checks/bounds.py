"""What the keys of a partitioned table may be, so that every row has a partition to go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import prod

from sqlglot import exp

from engine.catalog.model import Check, Column, Table
from engine.sketch.checks.combine import combine
from engine.sketch.checks.merged import ColumnFacts
from engine.sketch.checks.reading import parse, reading_of
from engine.sketch.checks.terms import bare, constant
from engine.sketch.checks.values import ORDERED, position, step
from engine.types import PgType


@dataclass(frozen=True, slots=True)
class Reach:
    """Facts by column under which a row has a partition; no facts where any row has one.

    `nowhere` says that there is none for any row; `unread` are bounds that are not understood, whose rows are left out.
    """

    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)
    nowhere: bool = False
    unread: tuple[str, ...] = ()


def partition_facts(table: Table) -> Reach:
    """What a table's partitions take: where there are gaps, the longest stretch of keys without one; never raises."""
    cut = table.partitioning
    if cut is None:
        return Reach()
    if not cut.bounds:
        return Reach(nowhere=True)
    if any(map(_takes_all, cut.bounds)):
        return Reach()
    columns = {column.name: column for column in table.columns}
    boxes, unread = [], []
    for bound in cut.bounds:
        tree = parse(bound)
        found = combine([reading_of(Check("", bound), tree and _without_hash(tree), columns)], columns)
        if found.opaque or found.unsatisfied:
            unread.append(bound)
        else:
            boxes.append(dict(found.columns))
    if cut.strategy == "hash" and sum(1 / modulus for modulus, _ in _hashes(cut.bounds)) < 1:
        unread = list(cut.bounds)  # some rows have none, and which ones only PostgreSQL knows
    return Reach(_together(boxes, columns), unread=tuple(unread))


def _hashes(bounds: Sequence[str]) -> set[tuple[Fraction, int]]:
    """Modulus and remainder of each partition."""
    found = set()
    for tree in filter(None, map(parse, bounds)):
        for node in filter(_is_hash, tree.walk()):
            modulus, remainder = (constant(part) for part in node.expressions[1:3])
            if isinstance(modulus, int) and isinstance(remainder, int):
                found.add((Fraction(modulus), remainder))
    return found


def _is_hash(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "satisfies_hash_partition"


def _takes_all(bound: str) -> bool:
    """Whether a partition is the table's default: what no other one takes is its."""
    tree = parse(bound)
    tree = tree if tree is None else bare(tree)
    return isinstance(tree, exp.Not) or (isinstance(tree, exp.Boolean) and bool(tree.this))


def _without_hash(tree: exp.Expr) -> exp.Expr:
    """A bound without what it says of remainders: whoever cuts by hash has a partition for each of them."""
    return tree.transform(lambda node: exp.true() if _is_hash(node) else node)


def _together(boxes: Sequence[dict[str, ColumnFacts]], columns: Mapping[str, Column]) -> dict[str, ColumnFacts]:
    """Facts of which every combination lies in one of the boxes."""
    names = list(dict.fromkeys(name for box in boxes for name in box))
    sides = {name: list(dict.fromkeys(box.get(name, ColumnFacts()) for box in boxes)) for name in names}
    if len(names) > 1 and prod(map(len, sides.values())) > len({tuple(box.get(n) for n in names) for box in boxes}):
        first = names[0]
        alike = [box for box in boxes if box.get(first) == boxes[-1].get(first)]
        return _together([box for box in boxes if box == boxes[-1]] if len(alike) == len(boxes) else alike, columns)
    return {name: _run(sides[name], columns[name].type) for name in names}


def _run(sides: Sequence[ColumnFacts], pg: PgType) -> ColumnFacts:
    """All values of lists; of ranges, the longest stretch without a gap."""
    known = replace(sides[0], one_of=None)
    lists = [side.one_of for side in sides if side.one_of is not None]
    if len(lists) == len(sides):
        values = dict.fromkeys(value for one in lists for value in one)
        return replace(known, one_of=tuple(values))
    ranges = [side for side in sides if side.one_of is None]
    if pg.family not in ORDERED:
        return ranges[0]
    runs: list[ColumnFacts] = []
    for side in sorted(ranges, key=lambda one: _at(one.low, pg, Decimal("-Infinity"))):
        if runs and _touch(runs[-1], side, pg):
            runs[-1] = replace(runs[-1], high=side.high, high_strict=side.high_strict)
        else:
            runs.append(side)
    return max(runs, key=lambda one: _at(one.high, pg, Decimal("Infinity")) - _at(one.low, pg, Decimal("-Infinity")))


def _at(value: object, pg: PgType, otherwise: Decimal) -> Decimal:
    return otherwise if value is None else position(value, pg)  # type: ignore[arg-type]


def _touch(before: ColumnFacts, after: ColumnFacts, pg: PgType) -> bool:
    """Whether no value lies between two ranges."""
    if before.high is None or after.low is None:
        return True
    end, begin, grid = position(before.high, pg), position(after.low, pg), step(pg)
    return begin - end <= grid if grid is not None else begin <= end
