"""Preview (and what a run left) → Page: everything counted, worded and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.page.charts import LETTERED, NARROW, WIDE, Course, Lettered, course_chart, lettered, value_of
from engine.page.columns import changes, fan_out, panels
from engine.page.diagram import Edge, Node, diagram
from engine.page.draw import draw
from engine.page.lives import lives
from engine.page.model import Cell, Chart, Day, Grid, Mark, Page, Section, Verdict
from engine.page.words import clean, count, day, moment, span
from engine.preview.actual import Actual, EntityActual
from engine.preview.model import EntityView, Preview, Span, TimelineView, TimeShape, within
from engine.types import DAY, SECOND

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOUR = 3600 * SECOND
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """A course with its title and its events, ready to be drawn in any size."""

    title: str
    course: Course
    events: list[Lettered]


def page_of(seen: Preview, actual: Actual | None = None) -> Page:
    """The page of a preview; with what a run left, planned beside actual."""
    return Page(
        title=clean(seen.scenario),
        kind="report" if actual else "preview",
        description=clean(seen.description),
        facts=tuple(_facts(seen, actual)),
        charts=tuple(_chart(drawn) for drawn in courses(seen, actual)),
        diagram=diagram(*entity_graph(seen.entities)),
        sections=tuple(_section(seen, n, view, actual) for n, view in enumerate(seen.entities)),
        verdicts=tuple(_verdict(dict(outcome)) for outcome in actual.expectations) if actual else (),
        notes=tuple(_notes(actual)) if actual else (),
        compared=actual is not None,
    )


def _facts(seen: Preview, actual: Actual | None) -> list[tuple[str, str]]:
    rows = sum(view.rows for view in seen.entities)
    window = f"{day(seen.start, seen.timezone)} to {day(seen.end, seen.timezone)}"
    facts = [("window", window), ("time zone", seen.timezone), ("seed", str(seen.seed))]
    facts += [("entities", str(len(seen.entities))), ("rows planned", f"about {count(rows)}")]
    if actual is not None:
        facts.append(("rows loaded", count(sum(e.committed for e in actual.entities.values()))))
        facts += [("run", actual.run_id), ("status", actual.status), ("begun", f"{actual.begun:%Y-%m-%d %H:%M:%S %Z}")]
        if actual.seconds is not None:
            facts.append(("took", f"{actual.seconds:.1f} s"))
    return facts


def _notes(actual: Actual) -> list[str]:
    return [clean(note) for note in (*([actual.error] if actual.error else []), *actual.notes)]


def _verdict(outcome: dict[str, object]) -> Verdict:
    found = outcome["actual"] if outcome["trouble"] is None else outcome["trouble"]
    return Verdict(
        clean(str(outcome["name"])), bool(outcome["passed"]), clean(str(outcome["expected"])), clean(str(found))
    )


def courses(seen: Preview, actual: Actual | None) -> list[Drawn]:
    """What the overview draws: the rate of each timeline, or after a run the rows of each entity that follows one."""
    if actual is None:
        return [
            Drawn(
                f"timeline {clean(t.name)}",
                Course(t.start, t.end, t.width, t.rates, None, "×", seen.timezone),
                lettered(t.events),
            )
            for t in seen.timelines
            if t.rates
        ]
    followers = [view for view in seen.entities if view.timelines and view.time is not None]
    return [drawn for view in followers if (drawn := _rows_over_time(seen, view, actual.entities.get(view.name)))]


def _rows_over_time(seen: Preview, view: EntityView, actual: EntityActual | None) -> Drawn | None:
    if view.time is None:
        return None
    time = view.time
    unit, length = ("rows a day", DAY) if time.width >= DAY else ("rows an hour", _HOUR)
    planned = tuple(n * length / (_end(time, i) - time.start - i * time.width) for i, n in enumerate(time.counts))
    found = None
    if actual is not None and actual.counts:
        found = tuple(n * length / (_end(time, i) - time.start - i * time.width) for i, n in enumerate(actual.counts))
    events = _events(tuple(t for t in seen.timelines if t.name in view.timelines))
    course = Course(time.start, time.end, time.width, planned, found, unit, seen.timezone)
    return Drawn(f"{clean(view.name)}: {unit}", course, lettered(events))


def _events(timelines: tuple[TimelineView, ...]) -> tuple[Span, ...]:
    """Their events, those of several by their whole names."""
    if len(timelines) == 1:
        return timelines[0].events
    named = dict.fromkeys(within(t.name, event) for t in timelines for event in t.events)
    return tuple(sorted(named, key=lambda event: (event.start, event.event)))


def _end(time: TimeShape, part: int) -> int:
    return min(time.start + (part + 1) * time.width, time.end)


def _chart(drawn: Drawn) -> Chart:
    course = drawn.course
    top = value_of(course, course.planned[course.peak])
    peak = f"{'planned ' if course.actual else ''}peak {top} from {moment(course.begin(course.peak), course.timezone)}"
    bare = sum(len(event.spans) for event in drawn.events) > LETTERED
    names = ", ".join(clean(event.spans[0].event) for event in drawn.events)
    alternative = f"{drawn.title} over time; {peak if course.peaked else 'about even'}" + (
        f"; events: {names}" if names else ""
    )
    return Chart(
        drawn.title,
        alternative,
        draw(course_chart(course, drawn.events, WIDE)),
        draw(course_chart(course, drawn.events, NARROW)),
        tuple(_mark(event, course.timezone, bare=bare) for event in drawn.events),
        course.actual is not None,
    )


def _mark(event: Lettered, timezone: str, *, bare: bool) -> Mark:
    told = [span(s.start, s.end, timezone) for s in event.spans[:_LISTED]]
    more = f" and {len(event.spans) - _LISTED} times more" if len(event.spans) > _LISTED else ""
    first = event.spans[0]
    return Mark("" if bare else event.letter, clean(first.event), first.kind, "; ".join(told) + more)


def entity_graph(entities: Sequence[EntityView]) -> tuple[list[Node], list[Edge]]:
    """Entities below those they belong to or refer to."""
    nodes = [
        Node(e.name, clean(e.name), f"{'about ' if e.parent else ''}{count(e.rows)}", f"#{_anchor(n)}")
        for n, e in enumerate(entities)
    ]
    edges: dict[tuple[str, str], Edge] = {}
    for entity in entities:
        if entity.parent:
            label = f"{clean(entity.name)}: some per {clean(entity.parent)}"
            edges[entity.parent, entity.name] = Edge(entity.parent, entity.name, label, strong=True)
        for link in entity.links:
            label = f"{clean(entity.name)}.{clean(link.column)} refers to {clean(link.target)}"
            edges.setdefault((link.target, entity.name), Edge(link.target, entity.name, label))
    return nodes, list(edges.values())


def _anchor(number: int) -> str:
    return f"entity-{number}"


def _section(seen: Preview, number: int, view: EntityView, actual: Actual | None) -> Section:
    found = actual.entities.get(view.name) if actual else None
    told = f"{'about ' if view.parent else ''}{count(view.rows)} rows"
    told += f" planned, {count(found.committed)} loaded" if found is not None else ""
    told += f", some for each row of {clean(view.parent)}" if view.parent else ""
    drawn = None if actual is not None and view.timelines else _rows_over_time(seen, view, found)
    every = panels(view, found, seen.timezone)
    return Section(
        anchor=_anchor(number),
        name=clean(view.name),
        table=clean(view.table),
        told=told,
        note=found.note if found else "",
        chart=_chart(drawn) if drawn else None,
        week=tuple(_week(view.time.week)) if view.time else (),
        fan_out=tuple(fan_out(view)),
        parent=clean(view.parent or ""),
        lives=tuple(lives(view, found)),
        changes=changes(view),
        panels=tuple(panel for panel in every if not panel.hidden and panel.drawn),
        plain=tuple(panel for panel in every if not panel.hidden and not panel.drawn),
        hidden=tuple(panel for panel in every if panel.hidden),
        rows=tuple(_grids(view)),
    )


def _week(week: Sequence[int]) -> list[Day]:
    most = max(week, default=0) or 1
    return [
        Day(name, tuple(_cell(name, h, week[24 * d + h], most) for h in range(24)))
        for d, name in enumerate(WEEKDAYS)
        if week
    ]


def _cell(name: str, hour: int, rows: int, most: int) -> Cell:
    return Cell(round(rows / most, 3), f"{name} {hour:02}:00 to {hour + 1:02}:00: {count(rows)} rows")


def _grids(view: EntityView) -> list[Grid]:
    """The sampled rows, columns that tell something first: keys, what is empty and what is hidden come last."""
    order = sorted(range(len(view.columns)), key=lambda n: (view.columns[n].hidden, _dull(view, n)))
    titles = tuple((clean(view.columns[n].name), view.columns[n].hidden) for n in order)
    grids = [("The first rows", view.first), ("Rows around the peak", view.peak)]
    return [
        Grid(caption, titles, tuple(_row([row[n] for n in order]) for row in rows)) for caption, rows in grids if rows
    ]


def _dull(view: EntityView, column: int) -> bool:
    return view.columns[column].type == "uuid" or all(row[column] is None for row in (*view.first, *view.peak))


def _row(cells: Sequence[str | None]) -> tuple[str | None, ...]:
    return tuple(None if cell is None else clean(cell) for cell in cells)
