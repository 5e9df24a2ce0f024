"""What must hold between the parts of a spec, before any database is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from math import isinf

from engine.errors import Code, Diagnostic, Path, SpecError
from engine.generators.base import Distribution, Window
from engine.generators.reference import Reference
from engine.spec.entity import MAX_FAN_OUT, Entity
from engine.spec.model import Scenario
from engine.spec.nearest import nearest_or_all
from engine.spec.shapes import (
    children_are_counted_once,
    grids_have_a_moment,
    ordered,
    rates_have_a_time,
    rows_are_counted_once,
)
from engine.timelines.composed import parts_of
from engine.timelines.counts import POISSON
from engine.timelines.parts import Parts
from engine.units import zone

Rule = Callable[[Scenario], Iterator[Diagnostic]]


def window_has_a_length(scenario: Scenario) -> Iterator[Diagnostic]:
    """The window ends after it begins."""
    yield from ordered(scenario.window.start, scenario.window.end, zone(scenario.timezone), ("window", "end"), "window")


def spreads_have_a_length(scenario: Scenario) -> Iterator[Diagnostic]:
    """Every spread ends after it begins."""
    for name, entity in scenario.entities.items():
        if entity.moment is not None and (spread := entity.moment.spread) is not None:
            path = ("entities", name, "moment", "spread", "end")
            yield from ordered(spread.start, spread.end, zone(scenario.timezone), path, "spread")


def parameters_are_no_columns(scenario: Scenario) -> Iterator[Diagnostic]:
    """A name in a template or an expression means one thing."""
    for name, entity in scenario.entities.items():
        for column in entity.columns:
            if column in scenario.params:
                message = f"'{column}' is a parameter and a column of '{name}'"
                path = ("entities", name, "columns", column)
                yield Diagnostic(Code.PARAM_NAME_TAKEN, message, path, "rename the parameter")


def parents_are_declared(scenario: Scenario) -> Iterator[Diagnostic]:
    """`per.parent` names an entity."""
    for name, entity in scenario.entities.items():
        if entity.per is not None and entity.per.parent not in scenario.entities:
            yield _unknown_entity(scenario, entity.per.parent, ("entities", name, "per", "parent"))


def parents_make_no_circle(scenario: Scenario) -> Iterator[Diagnostic]:
    """Following `per.parent` comes to an end."""
    ended: set[str] = set()
    for name in scenario.entities:
        chain: dict[str, None] = {}
        here: str | None = name
        while here is not None and here not in ended and here not in chain:
            chain[here] = None
            per = scenario.entities[here].per
            here = per.parent if per is not None and per.parent in scenario.entities else None
        if here is not None and here in chain:
            order = list(chain)
            circle = order[order.index(here) :]
            message = f"{_shown([*circle, here])}: each is made per the next"
            path = ("entities", here, "per", "parent")
            yield Diagnostic(Code.CYCLE, message, path, "one of them needs a `count`")
        ended.update(chain)


def references_are_declared(scenario: Scenario) -> Iterator[Diagnostic]:
    """A `reference` names an entity."""
    for name, entity in scenario.entities.items():
        for column, made in entity.columns.items():
            if isinstance(made.generator, Reference):
                path = ("entities", name, "columns", column, made.generator.kind)
                yield from _declared(scenario, made.generator.reference, path)
        for reference, said in entity.references.items():
            yield from _declared(scenario, said.to, ("entities", name, "references", reference, "to"))


def _declared(scenario: Scenario, said: str | tuple[str, ...], path: Path) -> Iterator[Diagnostic]:
    names = (said,) if isinstance(said, str) else said
    for place, target in enumerate(names):
        at = path if isinstance(said, str) else (*path, place)
        if target not in scenario.entities:
            yield _unknown_entity(scenario, target, at)
        elif target in names[:place]:
            yield Diagnostic(Code.CONFLICT, f"'{target}' is named twice", at, "name each entity once")


def references_have_names_of_their_own(scenario: Scenario) -> Iterator[Diagnostic]:
    """What leads to a row is called as nothing else of its entity is."""
    for name, entity in scenario.entities.items():
        own = {
            *entity.columns,
            *([entity.per.as_] if entity.per else []),
            *([entity.moment.column] if entity.moment else []),
        }
        own |= {column for said in entity.references.values() for column in said.as_}
        for reference in entity.references:
            path, hint = ("entities", name, "references", reference), "rename the reference"
            if reference in own:
                message = f"'{reference}' is a reference and a column of '{name}'"
                yield Diagnostic(Code.CONFLICT, message, path, hint)
            if reference in scenario.params:
                message = f"'{reference}' is a parameter and a reference of '{name}'"
                yield Diagnostic(Code.PARAM_NAME_TAKEN, message, path, "rename the parameter")


def timelines_are_declared(scenario: Scenario) -> Iterator[Diagnostic]:
    """`moment.timeline`, `sum` and `product` name timelines."""
    named: list[tuple[Path, Parts | None]] = []
    for name, entity in scenario.entities.items():
        named.append((("entities", name, "moment", "timeline"), entity.moment.timeline if entity.moment else None))
    for name, line in scenario.timelines.items():
        named += [(("timelines", name, "sum"), line.sum), (("timelines", name, "product"), line.product)]
    for path, parts in named:
        if parts is None:
            continue
        for timeline, place in zip(parts.names, parts.places, strict=True):
            if timeline not in scenario.timelines:
                hint = nearest_or_all(timeline, scenario.timelines, nothing="the spec declares no `timelines:`")
                yield Diagnostic(Code.UNKNOWN_TIMELINE, f"there is no timeline '{timeline}'", (*path, *place), hint)
            elif scenario.timelines[timeline].counts != POISSON and (path[0] == "timelines" or len(parts.names) > 1):
                message = f"'{timeline}' says how its rows scatter, which what is made of it does not take over"
                hint = "say `counts` beside the `sum` or `product`, and not in its parts"
                yield Diagnostic(Code.CONFLICT, message, (*path, *place), hint)


def timelines_make_no_circle(scenario: Scenario) -> Iterator[Diagnostic]:
    """No timeline is made of itself."""
    lines = scenario.timelines
    try:
        TopologicalSorter({name: [p for p in parts_of(line) if p in lines] for name, line in lines.items()}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        message = f"{_shown(circle)}: each is made of the next"
        yield Diagnostic(Code.CYCLE, message, ("timelines", circle[0]), "one of them needs a rate of its own")


def events_left_out_are_declared(scenario: Scenario) -> Iterator[Diagnostic]:
    """`without` names events: those beside the timelines, and those of a timeline with its name before them."""
    known = (*scenario.events, *(f"{name}.{e}" for name, line in scenario.timelines.items() for e in line.events()))
    for number, event in enumerate(scenario.without):
        if event not in known:
            hint = nearest_or_all(event, known, nothing="the spec has no events")
            yield Diagnostic(Code.UNKNOWN_EVENT, f"no event is called '{event}'", ("without", number), hint)


def moments_are_made_once(scenario: Scenario) -> Iterator[Diagnostic]:
    """A moment's column is made by the moment or by a generator, by one of them."""
    for name, entity in scenario.entities.items():
        yield from _moment(name, entity)


def per_columns_are_made_once(scenario: Scenario) -> Iterator[Diagnostic]:
    """The column that holds the parent's key is made by `per`."""
    for name, entity in scenario.entities.items():
        if entity.per is not None and entity.per.as_ in entity.columns:
            message = f"'{entity.per.as_}' is made by `per`, so it needs no generator"
            yield Diagnostic(
                Code.CONFLICT, message, ("entities", name, "columns", entity.per.as_), "remove the column here"
            )


def fan_outs_are_bounded(scenario: Scenario) -> Iterator[Diagnostic]:
    """The number of children has a largest value, so that a partition has one."""
    timezone = zone(scenario.timezone)
    window = Window(scenario.window.start.micros(timezone), scenario.window.end.micros(timezone), scenario.timezone)
    for name, entity in scenario.entities.items():
        if entity.per is not None and isinstance(entity.per.count, Distribution):
            yield from _fan_out(entity.per.count, window, ("entities", name, "per", "count"))


def faults_hit_entities(scenario: Scenario) -> Iterator[Diagnostic]:
    """`faults.*.entity` names an entity, and none is called as labels are counted."""
    for name, fault in scenario.faults.items():
        if fault.entity not in scenario.entities:
            yield _unknown_entity(scenario, fault.entity, ("faults", name, "entity"))
    if scenario.labels is not None and "labels" in scenario.entities:
        message = "the rows of the label table are counted as 'labels', and so is this entity"
        yield Diagnostic(Code.CONFLICT, message, ("entities", "labels"), "rename the entity")


def virtual_entities_have_no_table(scenario: Scenario) -> Iterator[Diagnostic]:
    """A virtual entity fills nothing."""
    for name, entity in scenario.entities.items():
        if entity.virtual and entity.table:
            message = f"'{name}' is virtual, so its rows go into no table"
            yield Diagnostic(Code.CONFLICT, message, ("entities", name, "table"), "keep one of the two keys")


def existing_rows_are_as_they_are(scenario: Scenario) -> Iterator[Diagnostic]:
    """Rows that are there already are not made, so nothing says how."""
    for name, entity in scenario.entities.items():
        if entity.existing is not None:
            for key in sorted(entity.model_fields_set - {"table", "existing"}):
                message = f"the rows of '{name}' are there already, so `{key}` has nothing to say of them"
                hint = "name the columns to read in existing: {columns: […]}" if key == "columns" else None
                yield Diagnostic(Code.CONFLICT, message, ("entities", name, key), hint or "keep one of the two keys")


def folds_have_their_columns(scenario: Scenario) -> Iterator[Diagnostic]:
    """A fold runs over the children of a parent, makes its state and reads what it adds."""
    for name, entity in scenario.entities.items():
        fold, path = entity.fold, ("entities", name, "fold")
        if fold is None:
            continue
        if entity.per is None:
            hint = "make them per what they change: per: {parent: accounts, as: account_id, count: …}"
            yield Diagnostic(Code.CONFLICT, f"'{name}' has no parent, so nobody's state is folded", path, hint)
        if fold.state in entity.columns:
            message = f"'{fold.state}' is made by `fold`, so it needs no generator"
            yield Diagnostic(
                Code.CONFLICT, message, ("entities", name, "columns", fold.state), "remove the column here"
            )
        if fold.add not in entity.columns:
            hint = nearest_or_all(fold.add, entity.columns, nothing="add it under columns")
            yield Diagnostic(Code.UNKNOWN_COLUMN, f"'{name}' makes no column '{fold.add}'", (*path, "add"), hint)
        if fold.floor is None and fold.ceiling is None:
            yield Diagnostic(Code.MISSING_KEY, "'fold' needs 'floor' or 'ceiling'", path, "say floor: 0")


def layouts_have_a_moment(scenario: Scenario) -> Iterator[Diagnostic]:
    """What is laid out by time has a moment that is written."""
    for name, entity in scenario.entities.items():
        if entity.layout is not None and (entity.moment is None or entity.moment.hidden or entity.virtual):
            why = (
                "is in no table"
                if entity.virtual
                else "has no `moment`"
                if entity.moment is None
                else "hides its moment"
            )
            hint = None if entity.virtual else "name the column: moment: {column: placed_at}"
            yield Diagnostic(
                Code.NO_MOMENT, f"'{name}' {why}, so it cannot be laid out by time", ("entities", name, "layout"), hint
            )


RULES: tuple[Rule, ...] = (
    layouts_have_a_moment,
    folds_have_their_columns,
    virtual_entities_have_no_table,
    existing_rows_are_as_they_are,
    window_has_a_length,
    spreads_have_a_length,
    parameters_are_no_columns,
    rows_are_counted_once,
    rates_have_a_time,
    children_are_counted_once,
    grids_have_a_moment,
    parents_are_declared,
    parents_make_no_circle,
    references_are_declared,
    references_have_names_of_their_own,
    timelines_are_declared,
    timelines_make_no_circle,
    events_left_out_are_declared,
    moments_are_made_once,
    per_columns_are_made_once,
    fan_outs_are_bounded,
    faults_hit_entities,
)


def _shown(circle: Sequence[str]) -> str:
    """A circle, whose last name is its first again."""
    return " → ".join([*circle[:-1][:9], *(["…"] if len(circle) > 10 else []), circle[-1]])


def _unknown_entity(scenario: Scenario, name: str, path: Path) -> Diagnostic:
    hint = nearest_or_all(name, scenario.entities, nothing="declare it under `entities:`")
    return Diagnostic(Code.UNKNOWN_ENTITY, f"there is no entity '{name}'", path, hint)


def _moment(name: str, entity: Entity) -> Iterator[Diagnostic]:
    moment, path = entity.moment, ("entities", name, "moment")
    if moment is None:
        return
    if moment.timeline is not None and moment.spread is not None:
        message = f"the moment of '{name}' has both a timeline and a spread"
        yield Diagnostic(Code.CONFLICT, message, (*path, "spread"), "keep one of them")
    if moment.local_to is not None and moment.timeline is None:
        message = "`local_to` moves what a timeline has placed, and there is none"
        yield Diagnostic(Code.MISSING_KEY, message, (*path, "local_to"), "add `timeline:`, or leave `local_to` out")
    if moment.made and entity.grid is not None:
        key = "timeline" if moment.timeline is not None else "spread"
        message = f"the rows of '{name}' lie on a grid, which needs no {key}"
        yield Diagnostic(Code.CONFLICT, message, (*path, key), "keep the grid or the other")
    elif moment.made and entity.per is not None:
        key = "timeline" if moment.timeline is not None else "spread"
        message = f"'{name}' is made per '{entity.per.parent}', so its moments follow from its parent's"
        hint = f"make '{moment.column}' with a generator, such as {{after: …, by: …}}"
        yield Diagnostic(Code.CONFLICT, message, (*path, key), hint)
    elif (moment.made or entity.grid) and moment.column in entity.columns:
        message = f"'{moment.column}' is made by `moment`, so it needs no generator"
        yield Diagnostic(Code.CONFLICT, message, ("entities", name, "columns", moment.column), "remove the column here")
    if moment.hidden and not moment.made and entity.grid is None:
        message = f"'{moment.column}' is made by a generator, beside which it says that it is hidden"
        yield Diagnostic(Code.CONFLICT, message, (*path, "hidden"), f"write {moment.column}: {{…, hidden: true}}")
    if not moment.made and entity.grid is None and moment.column not in entity.columns:
        hint = nearest_or_all(moment.column, entity.columns, nothing="add `timeline:` or `spread:`")
        yield Diagnostic(Code.UNKNOWN_COLUMN, f"'{name}' makes no column '{moment.column}'", (*path, "column"), hint)


def _fan_out(count: Distribution, window: Window, path: Path) -> Iterator[Diagnostic]:
    try:
        law = count.law(window)
    except SpecError as error:
        yield from error.under(*path).diagnostics
        return
    if law.high > MAX_FAN_OUT:
        most = "no largest value" if isinf(law.high) else f"a largest value of {law.high:g}"
        message = f"this law has {most}; a fan-out has at most {MAX_FAN_OUT:_}"
        yield Diagnostic(Code.OUT_OF_RANGE, message, path, "add `max:` beside the law")
    if law.low < 0:
        yield Diagnostic(Code.OUT_OF_RANGE, "a fan-out cannot be negative", path, "add `min: 0` beside the law")
