"""Rows on grids: how many there are, and the kernels of their moments and numbers."""

from __future__ import annotations

import numpy as np

from engine.errors import Code, SpecError, wrong
from engine.generators.grid import Bound, Grid, GridCount, GridMoment
from engine.generators.instants import require_moment
from engine.plan.draft import ColumnDraft, Draft, EntityDraft
from engine.plan.model import FanOut
from engine.plan.scope import EntityScope
from engine.spec.every import Every
from engine.timelines.moments import Moments
from engine.types import I64, Family
from engine.units import Moment, zone

MOST_ROWS = 1_000_000
"""Places of a grid without a parent; each takes 32 bytes of the plan."""

MOST_CHILDREN = (1 << 20) - 1
"""Places of one parent's grid: as many as a row's lineage can number."""


def grid_moments(draft: Draft, entity: EntityDraft, every: Every) -> Moments:
    """The moments of a grid without a parent, jitter included.

    Raises SpecError (INFEASIBLE) for more rows than a plan should hold.
    """
    grid = _grid(draft, every)
    begin, until = np.array([grid.begin.instant]), np.array([grid.until.instant])
    count = int(every.step.before(begin, until, grid.timezone)[0])
    if count > MOST_ROWS:
        raise wrong(
            Code.INFEASIBLE,
            f"this grid has {count:,} rows; without a parent {MOST_ROWS:,} are the most",
            hint="make it per a row of a day or a month: virtual: true, every: 1d",
        )
    places = every.step.at(np.repeat(begin, count), np.arange(count), grid.timezone)
    length = max(every.jitter.micros, 1)
    edges: I64 = np.stack((places, places + length), axis=1).reshape(-1)
    if not count:
        edges = np.array([grid.begin.instant, grid.begin.instant + 1])
    offsets = np.repeat(np.arange(count + 1), 2)[1:-1] if count else np.zeros(2, np.int64)
    return Moments(edges, offsets, draft.key(entity.name, str(entity.moment_column)))


def grid_fan_out(draft: Draft, entity: EntityDraft, every: Every) -> FanOut:
    """How many rows a grid gives each parent. Raises SpecError."""
    _require_moments(EntityScope(draft, draft.entities[str(entity.parent)]), every)
    grid = _grid(draft, every)
    most = _most(grid, every)
    if most > MOST_CHILDREN and grid.begin.column is None:
        raise wrong(
            Code.INFEASIBLE,
            f"a parent would have about {most:,} rows on this grid; {MOST_CHILDREN:,} are the most",
            hint="take a longer step, or make the rows per a month or a day: virtual: true, every: 1mo",
        )
    return FanOut(GridCount(grid), _mean(draft, most, grid, every), min(most, MOST_CHILDREN))


def grid_kernel(draft: Draft, entity: EntityDraft, column: ColumnDraft, every: Every) -> GridMoment:
    """The kernel of the moments. Raises SpecError (WRONG_KIND) for a column that holds none."""
    assert column.type is not None
    if column.type.family not in (Family.TIMESTAMP, Family.DATE):
        raise wrong(Code.WRONG_KIND, f"a moment is a timestamp or a date, and '{column.name}' is {column.type}")
    key = draft.key(entity.name, column.name)
    return GridMoment(_grid(draft, every), str(entity.parent_column), every.jitter.micros, column.type, key)


def _require_moments(parent: EntityScope, every: Every) -> None:
    problems: list[SpecError] = []
    for key, column in every.columns().items():
        try:
            require_moment(parent, tuple(column.split(".")))
        except SpecError as error:
            problems.append(error.under(key))
    if problems:
        raise SpecError(d for problem in problems for d in problem.diagnostics)


def _grid(draft: Draft, every: Every) -> Grid:
    window = draft.window
    begin, until = _bound(draft, every.from_, window.start), _bound(draft, every.until, window.end)
    return Grid(every.step, begin, until, window.timezone)


def _bound(draft: Draft, edge: Moment | str | None, otherwise: int) -> Bound:
    if isinstance(edge, str):
        return Bound(otherwise, tuple(edge.split(".")))
    return Bound(otherwise if edge is None else edge.micros(zone(draft.window.timezone)), None)


def _most(grid: Grid, every: Every) -> int:
    """The largest number of children; what there is room for where a column says where the grid begins."""
    if grid.begin.column is not None:
        return MOST_CHILDREN
    return int(every.step.before(np.array([grid.begin.instant]), np.array([grid.until.instant]), grid.timezone)[0])


def _mean(draft: Draft, most: int, grid: Grid, every: Every) -> float:
    if grid.begin.column is None and grid.until.column is None:
        return float(most)
    return (draft.window.end - draft.window.start) / every.step.shortest / 2
