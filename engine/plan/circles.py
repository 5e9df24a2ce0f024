"""Foreign keys that stay in force while rows are loaded: no row may come before the one that it points to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.catalog.model import ForeignKey
from engine.errors import Refused
from engine.plan.model import EntityPlan, Plan, Stage
from engine.plan.several import whose

KeyName = tuple[str, str, str]
"""Schema, table and name of a foreign key."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A foreign key by which rows of one entity point to rows of another, which must be there before."""

    source: EntityPlan
    target: EntityPlan
    key: ForeignKey
    roots: tuple[str, str]

    @property
    def later(self) -> tuple[str, ...]:
        """The columns that can be null at first and be filled when all rows are there; none where that cannot be."""
        table, columns = self.source.table, self.key.columns
        nullable = tuple(name for name in columns if (c := table.column(name)) is not None and c.nullable)
        if set(nullable) & set(table.primary_key) or (self.key.match_full and len(nullable) < len(columns)):
            return ()
        return nullable if table.primary_key and set(table.primary_key) <= set(self.source.written) else ()

    def __str__(self) -> str:
        return f"{self.source.name}.{', '.join(self.key.columns)}"


def untangled(plan: Plan, kept: Iterable[KeyName]) -> Plan:
    """The plan in an order that the kept foreign keys allow, with columns that are filled later where they go round.

    Raises Refused, with the way round, where none of the columns on it can be null.
    """
    edges = list(_edges(plan, frozenset(kept)))
    place = {root: number for number, stage in enumerate(plan.stages) for root in stage.roots}
    if all(place[edge.roots[1]] < place[edge.roots[0]] for edge in edges):
        return plan
    postponed: dict[str, tuple[str, ...]] = {}
    while circle := _circle(edges):
        edge = next((edge for edge in circle if edge.later), None)
        if edge is None:
            raise _refused(circle)
        known = postponed.get(edge.source.name, ())
        postponed[edge.source.name] = tuple(dict.fromkeys((*known, *edge.later)))
        edges = [other for other in edges if (other.source.name, other.key.name) != (edge.source.name, edge.key.name)]
    return replace(plan, stages=_stages(plan, edges), postponed=postponed)


def stuck(plan: Plan) -> tuple[tuple[str, str], ...]:
    """References, by entity and column, of ways round on which nothing can be filled later, if all keys stay."""
    edges = list(_edges(plan, _keys(plan)))
    found: list[tuple[str, str]] = []
    while circle := _circle(edges):
        edge = next((edge for edge in circle if edge.later), None)
        gone = [edge] if edge is not None else circle
        if edge is None:
            found += [way for one in circle for way in _ways(one)]
        edges = [one for one in edges if one not in gone]
    return tuple(dict.fromkeys(found))


def _ways(edge: _Edge) -> list[tuple[str, str]]:
    """By which columns, or names, rows of an edge's source point to its target."""
    columns = edge.source.columns.values()
    return [(edge.source.name, whose(column.name)) for column in columns if column.target == edge.target.name]


def _keys(plan: Plan) -> frozenset[KeyName]:
    return frozenset(
        (e.table.schema, e.table.name, k.name) for e in plan.entities.values() for k in e.table.foreign_keys
    )


def circular_columns(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """All columns that may have been left to be filled later, whichever foreign keys were in force at the time."""
    edges = list(_edges(plan, _keys(plan)))
    found: dict[str, tuple[str, ...]] = {}
    for edge in edges:
        if edge.later and _leads(edges, edge.roots[1], edge.roots[0]):
            found[edge.source.name] = tuple(dict.fromkeys((*found.get(edge.source.name, ()), *edge.later)))
    return found


def _edges(plan: Plan, kept: frozenset[KeyName]) -> Iterator[_Edge]:
    written = [entity for entity in plan.entities.values() if not entity.virtual]
    for source in written:
        for key in source.table.foreign_keys:
            named = (source.table.schema, source.table.name, key.name)
            if named not in kept or not key.enforced or not set(key.columns) <= set(source.written):
                continue
            for target in written:
                if (
                    target.table.id == key.target
                    and _points(source, target)
                    and not _side_by_side(plan, source, target)
                ):
                    roots = plan.lineage(source.name)[0], plan.lineage(target.name)[0]
                    yield _Edge(source, target, key, roots)


def _points(source: EntityPlan, target: EntityPlan) -> bool:
    """Whether rows refer to rows of the target otherwise than a child to its own parent, which is sent before it."""
    ways = [column.name for column in source.columns.values() if column.target == target.name]
    return any(name != source.parent_column for name in ways)


def _side_by_side(plan: Plan, source: EntityPlan, target: EntityPlan) -> bool:
    """Whether all rows of both are sent in one partition, the target's first or with the source's."""
    line = plan.lineage(source.name)
    return target.name in line and len(plan.partitions(line[0])) <= 1


def _circle(edges: list[_Edge]) -> list[_Edge]:
    """The first way round that there is; none where the edges have an order."""
    for edge in edges:
        way = _way(edges, edge.roots[1], edge.roots[0])
        if way is not None:
            return [edge, *way]
    return []


def _leads(edges: list[_Edge], start: str, end: str) -> bool:
    return _way(edges, start, end) is not None


def _way(edges: list[_Edge], start: str, end: str) -> list[_Edge] | None:
    """The shortest way between two roots; empty where they are the same."""
    ways: dict[str, list[_Edge]] = {start: []}
    waiting = [start]
    for root in waiting:
        if root == end:
            return ways[root]
        for edge in edges:
            if edge.roots[0] == root and edge.roots[1] not in ways:
                ways[edge.roots[1]] = [*ways[root], edge]
                waiting.append(edge.roots[1])
    return None


def _stages(plan: Plan, edges: list[_Edge]) -> tuple[Stage, ...]:
    """Roots in layers: each behind all that its rows point to."""
    left = [root for stage in plan.stages for root in stage.roots]
    stages: list[Stage] = []
    while left:
        waiting = {edge.roots[0] for edge in edges if edge.roots[1] in left}
        ready = tuple(root for root in left if root not in waiting)
        reason = "behind what its foreign keys point to" if stages else "points to nothing that is loaded"
        stages.append(Stage(ready, reason))
        left = [root for root in left if root not in ready]
    return tuple(stages)


def _refused(circle: list[_Edge]) -> Refused:
    way = " → ".join(f"{edge} ({edge.key.name})" for edge in circle)
    several = "; its rows come in several partitions" if len(circle) == 1 else ""
    return Refused(
        f"these foreign keys lead round and stay in force, so no row can come first: {way} → {circle[0].source.name}"
        f"{several}\n"
        "  hint: let one of the columns be null, or load as the owner of the empty tables, who may suspend them"
    )
