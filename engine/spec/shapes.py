"""What must hold of how many rows an entity has, and of where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from engine.errors import Code, Diagnostic, Path
from engine.spec.model import Scenario
from engine.units import Moment, MomentField, zone


def rows_are_counted_once(scenario: Scenario) -> Iterator[Diagnostic]:
    """An entity has a `count`, has a `rate`, lies on a grid or is `per` a parent."""
    for name, entity in scenario.entities.items():
        if entity.count is not None and entity.per is not None:
            message = f"'{name}' has both `count` and `per`"
            yield Diagnostic(Code.CONFLICT, message, ("entities", name, "per"), "keep one; a fan-out is per.count")
        if entity.every is not None and (entity.count is not None or entity.per is not None):
            other = "count" if entity.count is not None else "per"
            message, path = f"'{name}' has both `every` and `{other}`", ("entities", name, "every")
            yield Diagnostic(Code.CONFLICT, message, path, "keep one; a grid for each parent is per.every")
        said = (entity.count, entity.per, entity.every, entity.rate, entity.existing)
        if all(one is None for one in said):
            message = f"'{name}' needs 'count', 'rate', 'every' or 'per'"
            yield Diagnostic(Code.MISSING_KEY, message, ("entities", name), "say how many rows: count: 1_000")


def rates_have_a_time(scenario: Scenario) -> Iterator[Diagnostic]:
    """A `rate` stands alone, and its rows are placed by a timeline or a spread."""
    for name, entity in scenario.entities.items():
        path = ("entities", name, "rate")
        if entity.rate is None:
            continue
        others = {"count": entity.count, "every": entity.every, "per": entity.per}
        other = next((key for key, said in others.items() if said is not None), None)
        if other is not None:
            yield Diagnostic(Code.CONFLICT, f"'{name}' has both `rate` and `{other}`", path, "keep one of them")
        elif entity.moment is None or not entity.moment.made:
            hint = "add moment: {column: …, timeline: …}, or a `spread`"
            yield Diagnostic(Code.MISSING_KEY, f"the `rate` of '{name}' is over a time that nothing says", path, hint)
        elif entity.moment.timeline is not None and len(entity.moment.timeline.names) > 1:
            message = "weights are shares of the rows, so nothing says how many a `rate` makes"
            hint = "name one timeline that is their sum: {sum: {…}}"
            yield Diagnostic(Code.CONFLICT, message, ("entities", name, "moment", "timeline"), hint)


def children_are_counted_once(scenario: Scenario) -> Iterator[Diagnostic]:
    """A `per` says how many, lies on a grid, fills slots, or says with `on` which transitions it records."""
    for name, entity in scenario.entities.items():
        per, path = entity.per, ("entities", name, "per")
        if per is None:
            continue
        said = {"on": per.on, "every": per.every, "calendar": per.calendar, "count": per.count}
        keys = [key for key, value in said.items() if value is not None]
        if not keys:
            hint = "say how many: count: {poisson: 1.9, max: 9}, or on which transitions: on: status.paid"
            yield Diagnostic(Code.MISSING_KEY, "'per' needs 'count', 'every', 'calendar' or 'on'", path, hint)
        for other in keys[1:]:
            yield _counted_twice(keys[0], other, path)


def _counted_twice(key: str, other: str, path: Path) -> Diagnostic:
    if key == "on" and other == "count":
        message = "`on` makes a row for each transition, so there is nothing to count"
        return Diagnostic(Code.CONFLICT, message, (*path, "count"), "keep one of them")
    what = (
        "a grid makes a row at each of its places" if "every" in (key, other) else "a calendar makes a row in each slot"
    )
    at = "every" if "every" in (key, other) else "calendar"
    return Diagnostic(
        Code.CONFLICT, f"{what}, so there is nothing to count", (*path, at), "keep one; `keep` leaves rows out"
    )


def grids_have_a_moment(scenario: Scenario) -> Iterator[Diagnostic]:
    """A grid says where its rows' moments go, one without a parent names no columns, and it ends after it begins."""
    local = zone(scenario.timezone)
    for name, entity in scenario.entities.items():
        grid = entity.grid
        if grid is None:
            continue
        where = ("every",) if entity.per is None else ("per", "every" if entity.per.every is not None else "calendar")
        path, what = ("entities", name, *where), "calendar" if where[-1] == "calendar" else "grid"
        if entity.moment is None:
            hint = "say which column holds them: moment: {column: measured_at}"
            yield Diagnostic(Code.MISSING_KEY, f"'{name}' has rows on a {what}, and no moment", path, hint)
        for key, column in grid.columns().items() if entity.per is None else ():
            message = f"'{column}' is no moment, and without `per` there is no parent whose column it could be"
            yield Diagnostic(Code.WRONG_TYPE, message, (*path, key), "write a moment such as 2025-01-01")
        if isinstance(grid.from_, Moment) and isinstance(grid.until, Moment):
            yield from ordered(grid.from_, grid.until, local, (*path, "until"), what)


def ordered(start: MomentField, end: MomentField, timezone: ZoneInfo, path: Path, what: str) -> Iterator[Diagnostic]:
    """Refuse a span that does not end after it begins."""
    if end.micros(timezone) <= start.micros(timezone):
        message = f"the {what} ends {end.wall} and begins {start.wall}"
        yield Diagnostic(Code.OUT_OF_RANGE, message, path, "the end must be after the start")
