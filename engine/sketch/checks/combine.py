"""All CHECKs of a table at once: one way for each, such that they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.catalog.model import Check, Column
from engine.sketch.checks.apart import distances, narrowed
from engine.sketch.checks.facts import Bound, Compare, Computed, IsNull, NotNull, NotOneOf, OneOf, Relation, Unknown
from engine.sketch.checks.merged import ColumnFacts, add
from engine.sketch.checks.reading import Reading
from engine.sketch.checks.ways import Way, Ways, understood
from engine.types import Family

MOST_STEPS, MOST_TASKS = 2_000, 200
_NULL, _UNKNOWN, _RELATION, _LISTED, _EXCEPT, _FACT, _PRESENT = 1_000, 300, 20, 10, 5, 3, 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """Facts by column, relations, and the CHECKs that are not understood or that nothing satisfies."""

    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    opaque: tuple[Check, ...] = ()
    unsatisfied: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    """One conjunct of one CHECK, its ways in the order to try."""

    check: Check
    ways: Ways


class _Search:
    """Chooses a way for every task, going back where they contradict each other, for so many steps."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns
        self.steps = 0

    def all(self, tasks: Sequence[_Task], known: Agreement) -> Agreement | None:
        """An agreement on all tasks; None where there is none, or it was not found in time."""
        for at, task in enumerate(tasks):
            if len(task.ways) != 1:
                return self._first(task, tasks[at + 1 :], known)
            more = self.with_way(known, task.check, task.ways[0])
            if more is None:
                return None
            known = more
        return known

    def _first(self, task: _Task, rest: Sequence[_Task], known: Agreement) -> Agreement | None:
        for way in task.ways:
            self.steps += 1
            if self.steps > MOST_STEPS:
                return None
            more = self.with_way(known, task.check, way)
            found = None if more is None else self.all(rest, more)
            if found is not None:
                return found
        return None

    def with_way(self, known: Agreement, check: Check, way: Way) -> Agreement | None:
        """The agreement with one way more; None where it contradicts."""
        facts, relations, opaque = dict(known.columns), known.relations, known.opaque
        for fact in way:
            if isinstance(fact, Unknown):
                opaque = tuple(dict.fromkeys((*opaque, check)))
            elif isinstance(fact, Compare | Computed):
                relations = tuple(dict.fromkeys((*relations, fact)))
            else:
                merged = add(facts.get(fact.column, ColumnFacts()), fact, self.columns[fact.column].type)
                if merged is None:
                    return None
                facts[fact.column] = merged
        if not self._computable(relations, facts):
            return None
        if relations:
            limits = distances(self._felt(relations, facts))
            found = None if limits is None else narrowed(facts, limits, self.columns)
            if found is None:
                return None
            facts = found
        return Agreement(facts, relations, opaque, known.unsatisfied)

    def _computable(self, relations: tuple[Relation, ...], facts: Mapping[str, ColumnFacts]) -> bool:
        """Whether each computed column is computed once and not from itself, and a flag is free to be what it says."""
        computed = {one.column: one for one in relations if isinstance(one, Computed)}
        if len(computed) < sum(isinstance(one, Computed) for one in relations):
            return False
        for name, one in computed.items():
            if any(name in computed[read].columns for read in one.columns if read in computed):
                return False
            known = facts.get(name)
            flag = self.columns[name].type.family is Family.BOOLEAN
            if flag and known is not None and (known.one_of is not None or known.none_of):
                return False
        return True

    def _felt(self, relations: tuple[Relation, ...], facts: Mapping[str, ColumnFacts]) -> tuple[Relation, ...]:
        """The comparisons between columns that have values."""
        gone = {name for name, fact in facts.items() if fact.null}
        return tuple(one for one in relations if isinstance(one, Compare) and not {one.column, one.other} & gone)


def combine(readings: Sequence[Reading], columns: Mapping[str, Column]) -> Agreement:
    """One way for each reading, the least restrictive first; what contradicts the rest is left out and told."""
    tasks = [task for reading in readings for task in _tasks(reading, columns)]
    tasks.sort(key=lambda task: len(task.ways))
    search = _Search(columns)
    found = search.all(tasks, Agreement()) if len(tasks) <= MOST_TASKS else None
    if found is not None:
        return found
    known = Agreement()
    for task in tasks:
        more = next((m for way in task.ways if (m := search.with_way(known, task.check, way)) is not None), None)
        lost = tuple(dict.fromkeys((*known.unsatisfied, task.check)))
        known = more or Agreement(known.columns, known.relations, known.opaque, lost)
    return known


def _tasks(reading: Reading, columns: Mapping[str, Column]) -> list[_Task]:
    """The conjuncts; NULL in a column that lets the whole CHECK pass is the last way of each."""
    last = tuple((IsNull(name),) for name in sorted(reading.null_passes))
    place = {name: at for at, name in enumerate(columns)}
    tasks = []
    for part in reading.parts:
        possible = [way for way in part if not _asks_null(way, columns)]
        ways = (*sorted(possible, key=lambda way: _cost(way, place)), *last)
        tasks.append(_Task(reading.check, tuple(dict.fromkeys(ways))))
    return tasks


def _asks_null(way: Way, columns: Mapping[str, Column]) -> bool:
    """Whether it asks for a NULL where there can be none."""
    return any(isinstance(fact, IsNull) and not columns[fact.column].nullable for fact in way)


def _cost(way: Way, place: Mapping[str, int]) -> int:
    """How much a way takes from the rows' variety; of two columns, the later one is rather NULL."""
    cost = 0 if understood(way) else _UNKNOWN
    for fact in way:
        if isinstance(fact, IsNull):
            cost += _NULL + len(place) - place[fact.column]
        elif isinstance(fact, OneOf):
            cost += _LISTED + (_LISTED if len(fact.values) == 1 else 0)
        elif isinstance(fact, NotNull | NotOneOf):
            cost += _PRESENT if isinstance(fact, NotNull) else _EXCEPT
        elif isinstance(fact, Bound) and fact.low is None:
            cost += _FACT + 1  # rather large numbers and late days than negative numbers and early days
        else:
            cost += _RELATION if isinstance(fact, Compare | Computed) else _FACT
    return cost
