"""Third pass: the graph of columns, which must have no circle, and the types that follow from it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from engine.errors import Code, Path, SpecError, wrong
from engine.expressions import OWN
from engine.generators.condition import condition_reads
from engine.generators.fold import STEPS
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place, forks, nearest, path_text
from engine.plan.links import ADDRESS, key_of
from engine.plan.lives import traces_of
from engine.plan.scope import EntityScope
from engine.spec.calendar import Calendar
from engine.types import ColumnPath

Node = tuple[str, str]
"""(entity, column); the column ``per.count`` stands for an entity's fan-out."""

FAN_OUT, KEEP = "per.count", "\0keep"

LONGEST_CHAIN = 40
"""Columns that are made one from the next; each takes some of Python's stack while rows are made."""


def order_columns(draft: Draft) -> None:
    """Find what each column is made from, refuse circles, and give hidden columns their types in that order."""
    graph: dict[Node, tuple[Node, ...]] = {}
    for entity in draft.entities.values():
        for column in entity.columns.values():
            try:
                column.reads = _dependencies(draft, entity, column)
            except SpecError as error:
                draft.report(error, *column_place(entity, column.name))
            graph[entity.name, column.name] = column.reads
        graph[entity.name, KEEP] = _keep_reads(draft, entity)
        if entity.parent in draft.entities:
            graph[entity.name, FAN_OUT] = (*_fan_out_reads(draft, entity), (entity.name, KEEP))
    try:
        ordered = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        _report_cycle(draft, tuple(error.args[1]))
        return
    _require_short_chains(draft, graph, ordered)
    for name, column_name in ordered:
        if column_name in draft.entities[name].columns:
            _infer(draft, draft.entities[name], draft.entities[name].columns[column_name])


def _require_short_chains(draft: Draft, graph: dict[Node, tuple[Node, ...]], ordered: tuple[Node, ...]) -> None:
    """Refuse columns made from each other through more steps than can be followed at once."""
    steps: dict[Node, int] = {}
    for node in ordered:
        steps[node] = 1 + max((steps[below] for below in graph.get(node, ())), default=0)
        if steps[node] == LONGEST_CHAIN + 1:
            error = wrong(
                Code.TOO_COSTLY,
                f"'{path_text(node)}' is made through {LONGEST_CHAIN} others, one from the next; so many are the most",
                hint="compute several steps in one expression",
            )
            draft.report(error, *_place_of(draft, node))


def _place_of(draft: Draft, node: Node) -> Path:
    entity, column = node
    if column == KEEP:
        return ("entities", entity, "keep")
    return ("entities", entity, "per", "count") if column == FAN_OUT else column_place(draft.entities[entity], column)


def _dependencies(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> tuple[Node, ...]:
    found: list[Node] = []
    generator = column.generator
    for path in generator.reads() if generator else ():
        found.extend(nodes_of(draft, entity, path))
    if generator and generator.reads_moment() and entity.moment_column in entity.columns:
        found.append((entity.name, str(entity.moment_column)))
    found.extend(_summed(draft, generator.aggregates() if generator else ()))
    if generator is None and entity.spec.grid is not None and column.name == entity.moment_column:
        edges = entity.spec.grid.columns().values() if entity.parent_column else ()
        if isinstance(entity.spec.grid, Calendar):
            edges = (*edges, ADDRESS)
        for edge in edges:
            found.extend(nodes_of(draft, entity, (str(entity.parent_column), *edge.split("."))))
    if column.target in draft.entities and not draft.broken(*column_place(entity, column.name)):
        found.append((str(column.target), key_of(draft, entity, column.name)))
        found.extend((str(column.target), name) for name in _looked_at(draft, column))
        for path in generator.target_reads() if generator else ():
            found.extend(nodes_of(draft, draft.entities[str(column.target)], path))
        found.extend(_counted(draft, entity, column))
    return tuple(dict.fromkeys(found))


def _summed(draft: Draft, aggregates: tuple[ColumnPath, ...]) -> tuple[Node, ...]:
    """What is needed of children to sum over them."""
    found: list[Node] = []
    for child, *rest in aggregates:
        if child in draft.entities:
            found.append((child, FAN_OUT))
            found.extend((child, name) for name in rest if name in draft.entities[child].columns)
    return tuple(found)


def _counted(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> tuple[Node, ...]:
    """What decides how many rows the target of a reference has."""
    found: list[Node] = []
    target = draft.entities[str(column.target)]
    while column.name != entity.parent_column:
        found.append((target.name, KEEP))
        if target.parent not in draft.entities:
            break
        found.append((target.name, FAN_OUT))
        target = draft.entities[str(target.parent)]
    return tuple(found)


def _looked_at(draft: Draft, column: ColumnDraft) -> tuple[str, ...]:
    """Columns of the target that picking reads. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND)."""
    target = draft.entities[str(column.target)]
    names = column.generator.target_columns() if column.generator else ()
    for name in names:
        if name not in target.columns:
            hint, place = nearest(name, target.columns), ("pick", "weight", "column")
            raise wrong(Code.UNKNOWN_COLUMN, f"'{target.name}' has no column '{name}'", path=place, hint=hint)
    return names


def nodes_of(draft: Draft, entity: EntityDraft, path: ColumnPath) -> tuple[Node, ...]:
    """Every column that reading `path` from `entity` touches; unknown names are left for the scope to tell."""
    found: list[Node] = []
    if path == (OWN,) and entity.moment_column is not None:
        path = (entity.moment_column,)
    for place, name in enumerate(path):
        column = entity.columns.get(name)
        if column is None:
            break
        found.append((entity.name, name))
        for way in forks(entity, name):
            found.extend(nodes_of(draft, entity, (way, *path[place + 1 :])))
        if column.target not in draft.entities:
            break
        entity = draft.entities[str(column.target)]
    return tuple(found)


def _fan_out_reads(draft: Draft, entity: EntityDraft) -> tuple[Node, ...]:
    count = entity.spec.per.count if entity.spec.per else None
    parent = draft.entities[str(entity.parent)]
    if entity.spec.per is not None and entity.spec.grid is not None:
        edges = entity.spec.grid.columns().values()
        return tuple(node for edge in edges for node in nodes_of(draft, parent, tuple(edge.split("."))))
    if entity.spec.per is not None and entity.spec.per.on is not None:
        return tuple((parent.name, name) for (name,) in traces_of(parent.spec) if name in parent.columns)
    if count is None or isinstance(count, int):
        return ()
    own = [(OWN,)] if count.reads_moment() else []
    found = [node for path in (*count.reads(), *own) for node in nodes_of(draft, parent, path)]
    return (*found, *_summed(draft, count.aggregates()))


def _keep_reads(draft: Draft, entity: EntityDraft) -> tuple[Node, ...]:
    paths = condition_reads(entity.spec.keep) if entity.spec.keep else ()
    if entity.spec.fold is not None:
        paths = (*paths, STEPS)
    return tuple(dict.fromkeys(node for path in paths for node in nodes_of(draft, entity, path)))


def _report_cycle(draft: Draft, nodes: tuple[Node, ...]) -> None:
    shown = [*nodes[:9], *([("…",)] if len(nodes) > 10 else []), nodes[-1]] if len(nodes) > 9 else nodes
    circle = " ← ".join(path_text(node) for node in shown)
    message = f"columns are made from each other in a circle: {circle}"
    if len(nodes) == 2:
        message = f"'{path_text(nodes[0])}' is made from itself"
    draft.report(
        wrong(Code.CYCLE, message, hint="break the circle at one of them" if len(nodes) > 2 else None),
        *_place_of(draft, nodes[0]),
    )


def _infer(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> None:
    if column.type is not None or draft.broken(*column_place(entity, column.name)):
        return
    scope = EntityScope(draft, entity)
    try:
        if column.target is not None:
            column.type = scope.type_of((column.name, key_of(draft, entity, column.name)))
        elif column.generator is not None:
            column.type = column.generator.result(scope)
        else:
            raise wrong(Code.WRONG_KIND, f"'{column.name}' is not a column of the table")
    except SpecError as error:
        draft.report(error, *column_place(entity, column.name))
