"""Rows in the slots of calendars: how many there are, and the kernels of their numbers and moments."""

from __future__ import annotations

from engine.errors import Code, SpecError, wrong
from engine.generators.after import After
from engine.generators.grid import Bound
from engine.generators.instants import require_moment
from engine.generators.slots import Bounds, Opening, SlotCount, SlotMoment, Taken
from engine.lifecycles.hours import WEEK
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, follows
from engine.plan.links import ADDRESS
from engine.plan.model import FanOut
from engine.plan.scope import EntityScope
from engine.spec.calendar import Calendar
from engine.types import DAY, Family
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
            require_moment(parent, tuple(column.split(".")))
        except SpecError as error:
            problems.append(error.under(key))
    if problems:
        raise SpecError(d for problem in problems for d in problem.diagnostics)
    taken = _taken(draft, entity, calendar)
    mean = len(taken.begins) * calendar.fill / (2 if calendar.columns() else 1)
    return FanOut(SlotCount(taken, _bounds(draft, calendar)), mean, len(taken.begins))


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
    return SlotMoment(taken, _bounds(draft, calendar), way, ADDRESS, column.type)


def _taken(draft: Draft, entity: EntityDraft, calendar: Calendar) -> Taken:
    bounds = _bounds(draft, calendar)
    opening = Opening(
        hours=calendar.hours,
        weekdays=tuple(day in calendar.days for day in WEEK),
        closed=tuple(day.micros(zone("UTC")) // DAY for day in calendar.closed),
        length=calendar.length.micros,
        gap=calendar.gap.micros,
    )
    span = bounds.begin.instant, bounds.until.instant, draft.window.timezone
    if (most := opening.most(*span)) > MOST_SLOTS:
        raise wrong(
            Code.INFEASIBLE,
            f"this calendar has about {most:,} slots in the window; {MOST_SLOTS:,} are the most",
            hint="take longer slots, or a shorter window",
        )
    begins = opening.slots(*span)
    if not len(begins):
        raise wrong(Code.INFEASIBLE, "this calendar has no slot in the window", hint="look at its hours and days")
    return Taken(begins, calendar.length.micros, calendar.fill, draft.key(entity.name, "slots"))


def _bounds(draft: Draft, calendar: Calendar) -> Bounds:
    window = draft.window
    edges = ((calendar.from_, window.start, max), (calendar.until, window.end, min))
    begin, until = (
        Bound(inner(edge.micros(zone(window.timezone)), otherwise) if isinstance(edge, Moment) else otherwise, None)
        if not isinstance(edge, str)
        else Bound(otherwise, tuple(edge.split(".")))
        for edge, otherwise, inner in edges
    )
    return Bounds(begin, until, window.timezone)
