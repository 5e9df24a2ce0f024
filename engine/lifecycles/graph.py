"""A life cycle as numbered states and ways, checked: probabilities, names, loops, and how long a way can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from engine.errors import Code, Diagnostic, SpecError
from engine.generators.moving import Moving
from engine.lifecycles.model import REST, Lifecycle, OddsField, State, Transition

MAX_STEPS = 64
"""The most transitions of one row; a trace keeps sixteen bytes for each."""
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Way:
    """One transition by number: from state `source` to state `to`; `rest` is whether it takes what the others leave."""

    source: int
    to: int
    said: Transition

    @property
    def rest(self) -> bool:
        """Whether it takes what the others leave."""
        return self.said.p == REST


@dataclass(frozen=True, slots=True)
class Graph:
    """The states by number, the one in which rows are born, and every transition by number."""

    states: tuple[str, ...]
    start: int
    ways: tuple[Way, ...]
    steps: int  # the most transitions of one row

    def out_of(self, state: int) -> tuple[int, ...]:
        """The numbers of the ways out of a state, as they are written."""
        return tuple(number for number, way in enumerate(self.ways) if way.source == state)

    def into(self, states: tuple[str, ...]) -> tuple[int, ...]:
        """The numbers of the ways into any of these states."""
        return tuple(number for number, way in enumerate(self.ways) if self.states[way.to] in states)

    def most_entries(self, states: tuple[int, ...]) -> int:
        """How often one row enters any of these states at most, its birth aside: each once but for those in a loop."""
        entered = {way.to for way in self.ways if way.to in states}
        if any(self._comes_back(state) for state in entered):
            return self.steps
        return min(self.steps, len(entered))

    def _comes_back(self, state: int) -> bool:
        reached, ahead = set[int](), [state]
        while ahead:
            beyond = {self.ways[n].to for n in self.out_of(ahead.pop())} - reached
            reached |= beyond
            ahead.extend(sorted(beyond))
        return state in reached

    def visits(self) -> tuple[float, ...]:
        """How often a row takes each way if time were endless, (ways,); unknown odds share evenly what is left."""
        taken = [0.0] * len(self.ways)
        arriving = [0.0] * len(self.states)
        arriving[self.start] = 1.0
        for _ in range(self.steps):
            leaving = [0.0] * len(self.states)
            for number, share in self._shares():
                flow = arriving[self.ways[number].source] * share
                taken[number] += flow
                leaving[self.ways[number].to] += flow
            arriving = leaving
        return tuple(taken)

    def _shares(self) -> Iterator[tuple[int, float]]:
        for state in range(len(self.states)):
            out = self.out_of(state)
            known = {n: p for n in out if isinstance(p := self.ways[n].said.p, float | int)}
            left = max(0.0, 1.0 - sum(known.values())) / max(1, len(out) - len(known))
            yield from ((number, known.get(number, left)) for number in out)


def compile_graph(lifecycle: Lifecycle) -> Graph:
    """Number the states and the ways. Raises SpecError with everything that is wrong, relative to the life cycle."""
    states = lifecycle.names()
    problems = [*_names(lifecycle), *_reached(lifecycle)]
    for name, state in lifecycle.states.items():
        problems += [d.under("states", name) for d in _odds(state)]
    steps = 0
    try:
        steps = _longest(lifecycle)
    except SpecError as error:
        problems += error.diagnostics
    if problems:
        raise SpecError(problems)
    ways = tuple(
        Way(states.index(source), states.index(to), way)
        for source, state in lifecycle.states.items()
        for to, way in state.transitions.items()
    )
    return Graph(states, states.index(lifecycle.start), ways, steps)


def _names(lifecycle: Lifecycle) -> Iterator[Diagnostic]:
    declared = tuple(lifecycle.states)
    if lifecycle.start not in lifecycle.names():
        message = f"no state is called '{lifecycle.start}'"
        yield Diagnostic(Code.UNKNOWN_STATE, message, ("start",), _meant(lifecycle.start, declared))
    for source, state in lifecycle.states.items():
        for to in state.transitions:
            near = get_close_matches(to, [name for name in declared if name != source], n=1, cutoff=0.8)
            if to not in declared and near:
                message = f"'{to}' is no state with ways out, and almost '{near[0]}'"
                hint = f"write '{near[0]}', or declare `{to}: {{}}` if both are meant"
                yield Diagnostic(Code.UNKNOWN_STATE, message, ("states", source, to), hint)


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"


def _reached(lifecycle: Lifecycle) -> Iterator[Diagnostic]:
    found = [lifecycle.start]
    for name in found:
        out = lifecycle.states.get(name)
        found += [to for to in (out.transitions if out else ()) if to not in found]
    for name in lifecycle.states:
        if name not in found and lifecycle.start in lifecycle.names():
            message = f"nothing leads to '{name}', so no row is ever in it"
            others = [to for to in found if to not in lifecycle.states]
            near = get_close_matches(name, others, n=1, cutoff=0.6)
            hint = f"is '{near[0]}' meant to be it?" if near else f"lead to it, or start: {name}"
            yield Diagnostic(Code.INFEASIBLE, message, ("states", name), hint)


def _odds(state: State) -> Iterator[Diagnostic]:
    ways = state.transitions
    said: dict[str, OddsField | None] = {**{to: way.p for to, way in ways.items()}}
    if state.stay is not None:
        said["stay"] = state.stay
    if len(said) == 1 and state.stay is None:
        said = {to: 1.0 if p is None else p for to, p in said.items()}
    unsaid = [to for to, p in said.items() if p is None]
    rests = [to for to, p in said.items() if p == REST]
    if unsaid:
        hint = "with several ways out, each says its share: `p: 90%`, and one of them `p: rest`"
        yield Diagnostic(Code.MISSING_KEY, f"'{unsaid[0]}' needs 'p'", (unsaid[0],), hint)
        return
    if len(rests) > 1:
        place = (rests[1],) if rests[1] == "stay" else (rests[1], "p")
        yield Diagnostic(Code.CONFLICT, f"'{rests[0]}' and '{rests[1]}' both take the rest", place)
        return
    yield from _sums(said, rests)
    yield from _during(ways, open_end=bool(rests))
    for to, way in ways.items():
        if way.at_most is not None and not rests:
            hint = "give another way out, or `stay`, the rest: it takes the rows that may not go this way again"
            yield Diagnostic(Code.MISSING_KEY, f"'{to}' has an end, and nobody takes its share then", (to,), hint)
        if way.at_most is not None and way.p == REST:
            message = "what takes the rest cannot have an end itself"
            yield Diagnostic(Code.CONFLICT, message, (to, "at_most"), "give it a `p` of its own, and another the rest")


def _sums(said: dict[str, OddsField | None], rests: list[str]) -> Iterator[Diagnostic]:
    numbers = {to: float(p) for to, p in said.items() if isinstance(p, float | int)}
    total = sum(numbers.values())
    sum_text = " + ".join(f"{to} {p:g}" for to, p in numbers.items()) + f" = {total:g}"
    rowwise = any(isinstance(p, Moving) for p in said.values())
    if total > 1 + _EXACT:
        yield Diagnostic(Code.BAD_WEIGHTS, f"more than all rows go somewhere: {sum_text}", (), "they must sum to 1")
    elif rowwise and not rests:
        hint = "give one way out, or `stay`, the rest: what an expression gives is not known beforehand"
        yield Diagnostic(Code.MISSING_KEY, "nobody takes what is left when a row decides the odds", (), hint)
    elif said and not rests and total < 1 - _EXACT:
        hint = f"say where the other {1 - total:g} go: `stay: rest`, or `p: rest` for one of the ways"
        yield Diagnostic(Code.BAD_WEIGHTS, f"the ways out do not sum to 1: {sum_text}", (), hint)


def _during(ways: dict[str, Transition], *, open_end: bool) -> Iterator[Diagnostic]:
    """What an event changes must leave the sum at 1 or below, with something that takes the rest."""
    events = dict.fromkeys(event for way in ways.values() for event in way.during)
    for event in events:
        first = next(to for to, way in ways.items() if event in way.during)
        if not open_end:
            hint = "during the event the others must take what is left: `p: rest` or `stay: rest`"
            yield Diagnostic(Code.MISSING_KEY, "nobody takes the rest", (first, "during"), hint)
            continue
        now = [way.during.get(event, way.p) for way in ways.values()]
        total = sum(float(p) for p in now if isinstance(p, float | int))
        if total > 1 + _EXACT:
            message = f"during '{event}' more than all rows go somewhere: the ways out sum to {total:g}"
            yield Diagnostic(Code.BAD_WEIGHTS, message, (first, "during", event))
    for to, way in ways.items():
        if way.during and way.p == REST:
            message = f"'{to}' takes the rest, also during an event"
            yield Diagnostic(Code.CONFLICT, message, (to, "during"), "say it at the other ways out")


def _longest(lifecycle: Lifecycle) -> int:
    """The most transitions of one row. Raises SpecError (CYCLE, TOO_COSTLY)."""
    free: dict[str, tuple[str, ...]] = {
        name: tuple(to for to, way in state.transitions.items() if way.at_most is None)
        for name, state in lifecycle.states.items()
    }
    depth: dict[str, int] = {}
    try:
        for name in TopologicalSorter(free).static_order():
            depth[name] = max((1 + depth[to] for to in free.get(name, ())), default=0)
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        source = str(error.args[1][1])
        message = f"a row could go round for ever: {circle}"
        hint = "bound it: {p: …, at_most: 3} at one of these transitions"
        raise SpecError([Diagnostic(Code.CYCLE, message, ("states", source), hint)]) from None
    bounded = sum(way.at_most or 0 for state in lifecycle.states.values() for way in state.transitions.values())
    longest = bounded + (bounded + 1) * max(depth.values(), default=0)
    if not bounded:
        longest = depth.get(lifecycle.start, 0)
    if longest > MAX_STEPS:
        message = f"a row could make {longest} transitions; {MAX_STEPS} are the most"
        raise SpecError([Diagnostic(Code.TOO_COSTLY, message, ("states",), "lower `at_most`")])
    return longest
