"""Rows in the slots of calendars: how many there are, and the kernels of their numbers and moments."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from engine.errors import Code, SpecError, wrong
from engine.generators.after import After
from engine.generators.grid import Bound
from engine.generators.instants import require_moment
from engine.generators.slots import Bounds, SlotCount, SlotMoment, Taken
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, follows
from engine.plan.keeps import changes_in_a_life
from engine.plan.links import ADDRESS
from engine.plan.model import FanOut
from engine.plan.scope import EntityScope
from engine.spec.calendar import Calendar
from engine.timelines.opening import Opening, most_slots, slots
from engine.types import I64, Family
from engine.units import Moment, zone

MOST_SLOTS = (1 << 20) - 1
"""Slots of one parent: as many as a row's lineage can number."""


def end_of_slots(entity: EntityDraft, calendar: Calendar) -> ColumnDraft | None:
    """The column that holds where each slot ends, if one is named."""
    moment = entity.spec.moment
    if calendar.ends is None or moment is None:
        return None
    made = After.model_construct(after=moment.column, by=calendar.length)
    return ColumnDraft(
        calendar.ends, made, hidden=moment.hidden, place=("entities", entity.name, "per", "calendar", "ends")
    )


def calendar_fan_out(draft: Draft, entity: EntityDraft, calendar: Calendar) -> FanOut:
    """How many rows a calendar gives each parent. Raises SpecError (INFEASIBLE, NO_MOMENT, …)."""
    parent = EntityScope(draft, draft.entities[str(entity.parent)])
    problems: list[SpecError] = []
    for key, column in calendar.columns().items():
        try:
            if key == "fill":
                _require_share(draft, draft.entities[str(entity.parent)], column)
            else:
                require_moment(parent, tuple(column.split(".")))
        except SpecError as error:
            problems.append(error.under(key))
    if problems:
        raise SpecError(d for problem in problems for d in problem.diagnostics)
    taken = _taken(draft, entity, calendar)
    share = calendar.fill if isinstance(calendar.fill, float) else 0.5
    mean = len(taken.begins) * share / (2 if calendar.from_ or calendar.until else 1)
    return FanOut(SlotCount(taken, _bounds(draft, entity, calendar)), mean, len(taken.begins))


def calendar_kernel(draft: Draft, entity: EntityDraft, column: ColumnDraft, calendar: Calendar) -> SlotMoment:
    """The kernel of the moments. Raises SpecError (WRONG_KIND) for a column that holds none."""
    assert column.type is not None
    if column.type.family is not Family.TIMESTAMP:
        raise wrong(Code.WRONG_KIND, f"a slot begins at a timestamp, and '{column.name}' is {column.type}")
    try:
        taken = _taken(draft, entity, calendar)
    except SpecError:
        raise follows() from None  # it is told where the rows are counted
    way = str(entity.parent_column)
    return SlotMoment(taken, _bounds(draft, entity, calendar), way, ADDRESS, column.type)


def _taken(draft: Draft, entity: EntityDraft, calendar: Calendar) -> Taken:
    bounds = _bounds(draft, entity, calendar)
    begins = _begins(calendar, bounds.begin.instant, bounds.until.instant, draft.window.timezone)
    return Taken(begins, calendar.length.micros, draft.key(entity.name, "slots"))


@lru_cache(maxsize=32)
def _begins(calendar: Calendar, start: int, end: int, timezone: str) -> I64:
    """When slots begin, (s,): the same table for the number and for the moments, so that a plan holds it once.

    Raises SpecError (INFEASIBLE).
    """
    length, gap = calendar.length.micros, calendar.gap.micros
    opening = Opening(calendar.hours, calendar.days, calendar.closed)
    days = opening.days(start, end, timezone)
    if (most := len(days) * most_slots(calendar.hours, length, gap)) > MOST_SLOTS:
        raise wrong(
            Code.INFEASIBLE,
            f"this calendar has about {most:,} slots in the window; {MOST_SLOTS:,} are the most",
            hint="take longer slots, or a shorter window",
        )
    found = slots(opening.spans(days, timezone), length, gap) if len(days) else np.empty(0, np.int64)
    found = found[(found >= start) & (found + length <= end)]
    if not len(found):
        raise wrong(Code.INFEASIBLE, "this calendar has no slot in the window", hint="look at its hours and days")
    return found


def _bounds(draft: Draft, entity: EntityDraft, calendar: Calendar) -> Bounds:
    window = draft.window
    begin, until = (
        _bound(draft, edge, otherwise, inner)
        for edge, otherwise, inner in ((calendar.from_, window.start, max), (calendar.until, window.end, min))
    )
    fill = tuple(calendar.fill.split(".")) if isinstance(calendar.fill, str) else calendar.fill
    return Bounds(begin, until, fill, window.timezone, f"{entity.name}.per.calendar.fill")


def _bound(draft: Draft, edge: Moment | str | None, otherwise: int, inner: Callable[[int, int], int]) -> Bound:
    if isinstance(edge, str):
        return Bound(otherwise, tuple(edge.split(".")))
    return Bound(otherwise if edge is None else inner(edge.micros(zone(draft.window.timezone)), otherwise), None)


def _require_share(draft: Draft, parent: EntityDraft, fill: str) -> None:
    """Refuse a column that holds no shares. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND, CONFLICT)."""
    path = tuple(fill.split("."))
    type_ = EntityScope(draft, parent).type_of(path)
    if type_.family not in (Family.FLOAT, Family.DECIMAL) or type_.array:
        raise wrong(Code.WRONG_KIND, f"'{fill}' is {type_}, and a share is a number from 0 to 1")
    if changes_in_a_life(draft, parent, (path,)):
        raise wrong(Code.CONFLICT, f"'{fill}' changes in the life of the row, so its slots would come and go")
