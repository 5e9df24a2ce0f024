"""Third pass: tables in the order of their references, and how deep each lies below those that refer to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.sketch.sheet import Sketch
from engine.sketch.wish import TableKey


def order_entities(sketch: Sketch) -> None:
    """Put what is referred to first; circles stay together, in the order of their names."""
    needs = {
        key: tuple(p.key.target for p in sheet.pointers.values() if p.key.target in sketch.sheets)
        for key, sheet in sketch.sheets.items()
    }
    ordered: dict[TableKey, None] = {}
    for circle in circles(needs):
        depth = max(
            (sketch.sheets[n].depth + 1 for key in circle for n in needs[key] if n not in circle and n in ordered),
            default=0,
        )
        for key in circle:
            sketch.sheets[key].depth = depth
            ordered[key] = None
    sketch.sheets = {key: sketch.sheets[key] for key in ordered}


def circles(needs: Mapping[TableKey, Iterable[TableKey]]) -> list[tuple[TableKey, ...]]:
    """The strongly connected components of a graph, what is needed first (Tarjan, SIAM J. Comput. 1, 1972)."""
    index: dict[TableKey, int] = {}
    low: dict[TableKey, int] = {}
    stack: list[TableKey] = []
    found: list[tuple[TableKey, ...]] = []
    for root in sorted(needs):
        if root in index:
            continue
        work = [(root, iter(sorted(needs[root])))]
        while work:
            key, rest = work[-1]
            if key not in index:
                index[key] = low[key] = len(index)
                stack.append(key)
            step = next(rest, None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    circle = stack[stack.index(key) :]
                    del stack[stack.index(key) :]
                    found.append(tuple(sorted(circle)))
            elif step not in index:
                work.append((step, iter(sorted(needs[step]))))
            elif step in stack:
                low[key] = min(low[key], index[step])
    return found
