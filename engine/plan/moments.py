"""Fourth pass: timelines become rates, and rates the moments of each entity's rows."""

from __future__ import annotations

from engine.errors import SpecError
from engine.plan.draft import Draft, EntityDraft
from engine.plan.grids import grid_moments
from engine.spec.entity import MAX_ROWS
from engine.spec.every import Every
from engine.timelines.compile import spread
from engine.timelines.composed import compile_all, mixed
from engine.timelines.happening import spans_of
from engine.timelines.moments import moments
from engine.timelines.pace import drawn
from engine.timelines.rate import Rate


def compile_timelines(draft: Draft) -> None:
    """Every timeline's rate over the window."""
    draft.rates = compile_all(
        draft.scenario.timelines,
        draft.window,
        seed=draft.seed,
        without=draft.scenario.without,
        report=lambda error, name: draft.report(error, "timelines", name),
    )


def compile_wholes(draft: Draft) -> None:
    """Every timeline's rate with the events that are left out, too: what `intensity` measures by stays the same."""
    if draft.scenario.without:
        told = draft.scenario.model_copy(update={"without": ()})
        other = Draft(told, draft.catalog, draft.seed, draft.window, draft.parameters)
        compile_timelines(other)
        draft.wholes = other.rates


def compile_events(draft: Draft) -> None:
    """When each event that stands beside the timelines is on."""
    for name, event in draft.scenario.events.items():
        try:
            draft.spans[name] = spans_of(name, event, draft.window)
        except SpecError as error:
            draft.report(error, "events", name)


def place_rows(draft: Draft) -> None:
    """Split each root's count over its rate, so that any row's moment is known."""
    for entity in draft.entities.values():
        if entity.spec.every is not None:
            _place_on_grid(draft, entity, entity.spec.every)
            continue
        if entity.spec.moment is None or not entity.spec.moment.made or entity.count is None:
            continue
        try:
            rate = _rate(draft, entity)
        except SpecError as error:
            draft.report(error, "entities", entity.name, "moment")
            continue
        if rate is not None:
            entity.rate = rate
            _place_on_rate(draft, entity, rate)


def _place_on_rate(draft: Draft, entity: EntityDraft, rate: Rate) -> None:
    key, pace = draft.key(entity.name, str(entity.moment_column)), entity.spec.rate
    try:
        if pace is not None:
            entity.drawn_rows = drawn(pace.mean(rate), MAX_ROWS, key.child("rows"))
        entity.moments = moments(rate, int(entity.count or 0), key)
    except SpecError as error:
        draft.report(error, "entities", entity.name, "count" if pace is None else "rate")


def _place_on_grid(draft: Draft, entity: EntityDraft, every: Every) -> None:
    try:
        entity.moments = grid_moments(draft, entity, every)
        entity.grid_rows = entity.moments.count
    except SpecError as error:
        draft.report(error, "entities", entity.name, "every")


def _rate(draft: Draft, entity: EntityDraft) -> Rate | None:
    moment = entity.spec.moment
    assert moment is not None
    if moment.spread is not None:
        return spread(moment.spread, draft.window)
    assert moment.timeline is not None
    names = moment.timeline.names
    if not all(name in draft.rates for name in names):
        return None
    return draft.rates[names[0]] if len(names) == 1 else mixed(moment.timeline, draft.rates)
