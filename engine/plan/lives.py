"""Within the first pass: what an entity says of its life becomes a trace, and columns that are read off it."""

from __future__ import annotations

from engine.errors import Code, SpecError, wrong
from engine.generators.changed_at import ChangedAt
from engine.generators.lifecycle import LifecycleColumn
from engine.generators.of_a_life import OfALife
from engine.generators.transition import TransitionColumn
from engine.generators.version import Version
from engine.lifecycles.columns import ChangedAtOf, StateOf, VersionOf
from engine.lifecycles.graph import Graph, compile_graph
from engine.lifecycles.life import Life
from engine.lifecycles.meanwhile import Meanwhile
from engine.lifecycles.model import Lifecycle
from engine.lifecycles.settings import SettingOf
from engine.lifecycles.steps import Recorded, StepOf
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, listed, nearest
from engine.plan.model import Nulls
from engine.spec.entity import Column, Entity
from engine.types import BYTEA, ColumnPath

TRACE, BIRTH = "\0life", "\0birth"
"""Ends of the names of columns that only the plan knows; no spec can write a NUL."""


def compile_lifecycles(draft: Draft) -> None:
    """Number the states of every life cycle."""
    for name, lifecycle in draft.scenario.lifecycles.items():
        try:
            draft.graphs[name] = compile_graph(lifecycle)
        except SpecError as error:
            draft.report(error, "lifecycles", name)


def lives_of(spec: Entity) -> dict[str, LifecycleColumn]:
    """The columns of an entity that hold a state."""
    found = {name: column.generator for name, column in spec.columns.items()}
    return {name: made for name, made in found.items() if isinstance(made, LifecycleColumn)}


def traces_of(spec: Entity) -> tuple[ColumnPath, ...]:
    """The traces of all lives of an entity."""
    return tuple((name + TRACE,) for name in lives_of(spec))


def live(draft: Draft, entity: EntityDraft) -> tuple[ColumnDraft, ...]:
    """The columns that an entity's lives add: traces, and what transitions set; reports what is wrong with them."""
    found: list[ColumnDraft] = []
    setters: dict[str, str] = {}
    for name, said in lives_of(entity.spec).items():
        lifecycle = draft.scenario.lifecycles.get(said.lifecycle)
        place = ("entities", entity.name, "columns", name)
        try:
            _require_plain(entity.spec.columns[name])
            if lifecycle is None:
                raise _unknown(draft, said.lifecycle)
            born = said.born(entity.moment_column)
            if born is None:
                raise _no_moment(entity)
            meanwhile = _meanwhile(draft, entity, name)
        except SpecError as error:
            draft.report(error, *place)
            entity.unsettled = True
            continue
        for column in lifecycle.sets():
            if column in setters:
                message = f"'{column}' is set by the life cycles of '{setters[column]}' and '{name}'"
                draft.report(wrong(Code.CONFLICT, message, hint="let one of them set it"), *place)
            setters.setdefault(column, name)
        found += _columns(draft, entity, name, lifecycle, born, meanwhile)
    return tuple(found)


def _columns(
    draft: Draft,
    entity: EntityDraft,
    name: str,
    lifecycle: Lifecycle,
    born: ColumnPath,
    meanwhile: tuple[Meanwhile, ...],
) -> tuple[ColumnDraft, ...]:
    said = lives_of(entity.spec)[name]
    graph, trace = draft.graphs.get(said.lifecycle), (name + TRACE,)
    place = ("lifecycles", said.lifecycle)
    if graph is None:
        return tuple(ColumnDraft(column, place=place, hidden=True) for column in lifecycle.sets())
    until = tuple(said.until.split(".")) if said.until else None
    life = Life(graph=graph, born=born, until=until, meanwhile=meanwhile)
    found = [ColumnDraft(trace[0], life, type=BYTEA, hidden=True, place=place)]
    for column in lifecycle.sets():
        setting = _setting(entity, graph, trace, column)
        hidden = column in entity.spec.columns and entity.spec.columns[column].hidden
        made = ColumnDraft(column, setting, hidden=hidden, base=(*place, "states"))
        made.place = (*place, "states", *setting.arms[0][1], "set", column)
        found.append(made)
    return tuple(found)


def _meanwhile(draft: Draft, entity: EntityDraft, name: str) -> tuple[Meanwhile, ...]:
    """What a life waits for. Raises SpecError (UNKNOWN_COLUMN, CYCLE, UNKNOWN_STATE), or an empty one."""
    lives, found = lives_of(entity.spec), []
    for other, states in lives[name].while_.items():
        if other not in lives:
            there = [life for life in lives if life != name]
            hint = nearest(other, there) or (f"there is {listed(there)}" if there else "it has no other")
            raise wrong(Code.UNKNOWN_COLUMN, f"'{other}' is no life of '{entity.name}'", path=("while",), hint=hint)
        if name in _waited_for(lives, other):
            message = f"'{name}' goes on while '{other}' is somewhere, and that waits for '{name}' itself"
            raise wrong(Code.CYCLE, message, path=("while",))
        graph = draft.graphs.get(lives[other].lifecycle)
        if graph is None:
            raise SpecError(())
        for state in states:
            if state not in graph.states:
                hint = nearest(state, graph.states) or f"there are {listed(graph.states)}"
                message = f"'{lives[other].lifecycle}' has no state '{state}'"
                raise wrong(Code.UNKNOWN_STATE, message, path=("while", other), hint=hint)
        found.append(Meanwhile.of((other + TRACE,), graph, states))
    return tuple(found)


def _waited_for(lives: dict[str, LifecycleColumn], name: str) -> frozenset[str]:
    """A life, those that it waits for, those that these wait for, and so on."""
    found, ahead = {name}, [name]
    while ahead:
        more = [other for other in lives[ahead.pop()].while_ if other in lives and other not in found]
        found.update(more)
        ahead.extend(more)
    return frozenset(found)


def _setting(entity: EntityDraft, graph: Graph, trace: ColumnPath, column: str) -> SettingOf:
    arms = tuple(
        (number, (graph.states[way.source], graph.states[way.to]), way.said.set[column])
        for number, way in enumerate(graph.ways)
        if column in way.said.set
    )
    initial = (column + BIRTH,) if column in entity.spec.columns else None
    return SettingOf(trace=trace, initial=initial, arms=arms)


def born_with(draft: Draft, entity: EntityDraft, name: str, column: Column) -> ColumnDraft:
    """The value at birth of a column that transitions set."""
    made = ColumnDraft(name + BIRTH, column.generator, type=column.type, hidden=True)
    made.place = ("entities", entity.name, "columns", name)
    if column.generator.links() is not None:
        error = wrong(Code.WRONG_KIND, f"'{name}' is a reference, which no transition can set")
        draft.report(error, *made.place)
    if column.null_fraction:
        made.nulls = Nulls(draft.key(entity.name, name).child("null"), column.null_fraction)
    known = entity.table.column(name)
    if known is not None and not column.hidden:
        made.type, made.nullable = known.type, known.nullable
    return made


def read_off(draft: Draft, entity: EntityDraft, made: ColumnDraft, column: Column) -> None:
    """Give a column that tells of a life its generator; every other is left alone.

    Raises SpecError where there is no life to tell of; one without diagnostics where that was told already.
    """
    said, traces = column.generator, traces_of(entity.spec)
    if isinstance(said, OfALife):
        _require_plain(column)
    match said:
        case LifecycleColumn():
            graph, trace = draft.graphs.get(said.lifecycle), made.name + TRACE
            if graph is None or trace not in entity.columns:
                raise SpecError(())
            into = tuple(way.to for way in graph.ways)
            made.generator = StateOf(
                trace=(trace,), states=graph.states, start=graph.start, into=into, moments=_named(said)
            )
        case Version():
            made.generator = VersionOf(traces=_some(traces, said.kind), first=said.version)
        case ChangedAt():
            made.generator = ChangedAtOf(traces=_some(traces, said.kind), born=tuple(said.changed_at.split(".")))
        case TransitionColumn():
            recorded, graph = _recorded(draft, entity)
            made.generator = StepOf(recorded=recorded, graph=graph, part=said.transition)


def _named(said: LifecycleColumn) -> tuple[tuple[str, ColumnPath], ...]:
    named = {"from": said.from_, "until": said.until}
    return tuple((key, tuple(name.split("."))) for key, name in named.items() if name is not None)


def _recorded(draft: Draft, entity: EntityDraft) -> tuple[Recorded, Graph]:
    """As `recorded_by`, but what is wrong with `on` itself is told there."""
    try:
        return recorded_by(draft, entity)
    except SpecError as error:
        raise error if entity.spec.per is None or entity.spec.per.on is None else SpecError(()) from None


def _some(traces: tuple[ColumnPath, ...], kind: str) -> tuple[ColumnPath, ...]:
    if not traces:
        message, hint = "no column of this entity has a life cycle", "add one: status: {lifecycle: …}"
        raise wrong(Code.MISSING_KEY, message, path=(kind,), hint=hint)
    return traces


def _require_plain(column: Column) -> None:
    said = "null_fraction" if column.null_fraction else "unique" if column.unique else None
    if said:
        raise wrong(Code.CONFLICT, f"what tells of a life cannot have `{said}`", path=(said,))


def recorded_by(draft: Draft, entity: EntityDraft) -> tuple[Recorded, Graph]:
    """Which of its parent's transitions an entity records.

    Raises SpecError (MISSING_KEY, UNKNOWN_COLUMN, UNKNOWN_STATE), relative to the entity.
    """
    per = entity.spec.per
    if per is None or per.on is None:
        hint = "say which: per: {parent: orders, as: order_id, on: status.paid}"
        raise wrong(Code.MISSING_KEY, "only rows with `per: {on: …}` record transitions", hint=hint)
    parent = draft.scenario.entities.get(per.parent)
    if parent is None:
        raise SpecError(())
    columns = dict.fromkeys(text.partition(".")[0] for text in per.on)
    lives = lives_of(parent)
    for column in columns:
        if column not in lives:
            hint = nearest(column, lives) or (f"there is {listed(lives)}" if lives else "it has none")
            message = f"'{column}' is no life cycle of '{per.parent}'"
            raise wrong(Code.UNKNOWN_COLUMN, message, path=("per", "on"), hint=hint)
    if len(columns) > 1:
        message = f"`on` names transitions of one life cycle, not of {listed(columns)}"
        raise wrong(Code.CONFLICT, message, path=("per", "on"), hint="make an entity for each")
    column = next(iter(columns))
    graph = draft.graphs.get(lives[column].lifecycle)
    if graph is None:
        raise SpecError(())
    return Recorded.of(graph, (per.as_, column + TRACE), _states(graph, column, per.on)), graph


def _states(graph: Graph, column: str, on: tuple[str, ...]) -> tuple[str, ...]:
    if column in on:
        return graph.states
    states = tuple(text.partition(".")[2] for text in on)
    for state in states:
        if state not in graph.states:
            hint = nearest(state, graph.states) or f"there are {listed(graph.states)}"
            raise wrong(Code.UNKNOWN_STATE, f"'{column}' has no state '{state}'", path=("per", "on"), hint=hint)
    return states


def _unknown(draft: Draft, name: str) -> SpecError:
    known = tuple(draft.scenario.lifecycles)
    hint = nearest(name, known) or (f"there are {listed(known)}" if known else "the spec has no `lifecycles`")
    return wrong(Code.UNKNOWN_LIFECYCLE, f"no life cycle is called '{name}'", path=("lifecycle",), hint=hint)


def _no_moment(entity: EntityDraft) -> SpecError:
    hint = "say which column: {lifecycle: …, from: created_at}"
    return wrong(Code.NO_MOMENT, f"'{entity.name}' has no moment at which a life could begin", hint=hint)
