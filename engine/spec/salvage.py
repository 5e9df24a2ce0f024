"""What is left of a spec when its wrong parts are put aside, so that the rest can be looked at too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, pairwise

from pydantic import ValidationError

from engine.errors import Diagnostic, Path, SpecError
from engine.lifecycles.model import STAY
from engine.spec.load import MAX_DIAGNOSTICS, Spec, place
from engine.spec.model import Scenario
from engine.spec.params import render_params
from engine.spec.relative import pin
from engine.spec.rules import RULES
from engine.spec.source import Source, read_source
from engine.spec.translate import translate
from engine.spec.without import parted, with_without

_ENTRY, _COLUMN = 2, 4  # entities, its name[, columns, its name]
_ENTRIES = ("entities", "traits", "lookups", "timelines", "lifecycles", "events", "faults")
_AFTERWARDS = ("expect", "labels")  # nothing else is made from them
_STAND_IN = {"constant": None}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A spec without the columns, entities, timelines and faults that were wrong, and what is told anyway.

    It is good for looking only: never make rows of it.
    """

    spec: Spec
    broken: frozenset[str]  # the names of what was put aside
    told: tuple[Diagnostic, ...]

    def with_more(self, found: Iterable[Diagnostic]) -> SpecError:
        """What was told, and of what was `found` all that does not follow from it, in the order of the text."""
        more = (d for d in found if not _follows(d, self.spec.source.data, self.broken))
        return SpecError(place((*self.told, *more), self.spec.source))


def salvage(
    text: str | bytes,
    error: SpecError,
    *,
    file: str,
    overrides: Mapping[str, str],
    seed: int | None,
    now: datetime | None = None,
) -> Salvaged | None:
    """The rest of a spec that `load` refused with `error`; None where what everything stands on is wrong.

    Raises SpecError with more than that where it turns out to be wrong once other things are put aside.
    """
    aside = _parts(error.diagnostics)
    if aside is None:
        return None
    source, _ = read_source(text, file=file)
    parameters, left_out = parted(overrides)
    rendered = render_params(source.data, parameters)
    whole = with_without(rendered.data, left_out)
    data, _ = pin(whole if seed is None else {**_mapping(whole), "seed": seed}, now)
    told = list(error.diagnostics)
    while True:
        names = frozenset(chain.from_iterable(_names(path, data) for path in aside))
        scenario, problems = _checked(_without(data, aside), source, rendered.written)
        if scenario is not None and not problems:
            return Salvaged(Spec(scenario, source, rendered.params), names, tuple(told))
        more = _parts(problems)
        told += [d for d in problems if not _follows(d, source.data, names)]
        if more is None or more.keys() <= aside.keys():
            raise SpecError(place(told, source))
        aside |= more


def _follows(diagnostic: Diagnostic, data: object, broken: frozenset[str]) -> bool:
    """Whether a diagnostic, or the part that it is of, so much as mentions something that was put aside."""
    part = _part(diagnostic.path) or ()
    written = _below(data, part if len(part) == _COLUMN else diagnostic.path[: _ENTRY + 1])
    said = f"{diagnostic.message} {diagnostic.path} {written}"
    odd = (name for name in broken if not _WORD.fullmatch(name))
    return not broken.isdisjoint(_WORD.findall(said)) or any(name in said for name in odd)


def _names(part: Path, data: object) -> Iterator[str]:
    """What a part that was put aside is called elsewhere: an entity by the name of its table too."""
    yield str(part[-1])
    table = _mapping(_below(data, part)).get("table") if len(part) == _ENTRY and part[0] == "entities" else None
    if isinstance(table, str) and table:
        yield from (table, table.rpartition(".")[2] or table)


def _checked(
    data: object, source: Source, written: Mapping[Path, str]
) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        return None, tuple(translate(error, Scenario, source, written, limit=MAX_DIAGNOSTICS))
    return scenario, tuple(islice((d for rule in RULES for d in rule(scenario)), MAX_DIAGNOSTICS))


def _parts(diagnostics: Iterable[Diagnostic]) -> dict[Path, None] | None:
    """The parts that are wrong, once each; None where one of them cannot be put aside."""
    found = dict.fromkeys(_part(d.path) for d in diagnostics)
    return None if None in found else {part: None for part in found if part is not None}


def _part(path: Path) -> Path | None:
    """The column, entity, timeline, fault, unknown key or list that a mistake lies in; None for what all need."""
    if len(path) >= _COLUMN and path[0] == "entities" and path[2] == "columns":
        return path[:_COLUMN]
    if len(path) >= _ENTRY and path[0] in _ENTRIES:
        return path[:_ENTRY]
    return path[:1] if path and (path[0] in _AFTERWARDS or path[0] not in Scenario.model_fields) else None


def _sets(written: object) -> Iterator[str]:
    """The columns that a life cycle would have set."""
    for key, value in _mapping(written).items():
        yield from _mapping(value) if key == "set" else _sets(value)


def _like(written: object) -> dict[str, object]:
    """A life cycle with the states of a wrong one, one after the other, that sets the same columns to null."""
    declared = _mapping(_mapping(written).get("states"))
    led_to = [to for state in declared.values() for to in _mapping(state) if to != STAY]
    names = [*dict.fromkeys([*declared, *led_to]), "?"]
    columns: dict[str, object] = dict.fromkeys(_sets(declared), _STAND_IN)
    states: dict[str, object] = {
        name: {to: {"set": columns if n == 0 else {}}} for n, (name, to) in enumerate(pairwise(names))
    }
    return {"start": names[0], "states": states or {"?": {}}}


def _is_hidden(data: object, path: Path) -> bool:
    written = _below(data, path)
    return isinstance(written, Mapping) and "hidden" in written


def _below(data: object, path: Path) -> object:
    for step in path:
        data = _mapping(data).get(str(step))
    return data


def _mapping(data: object) -> Mapping[str, object]:
    return data if isinstance(data, Mapping) else {}


def _without(data: object, parts: Iterable[Path]) -> object:
    """A copy of the data without the parts.

    A column of the table leaves a stand-in, so that it counts as filled, a timeline one that is level, a life cycle one
    that sets the same columns.
    """
    copy = dict(_mapping(data))
    for path in sorted(parts, key=len, reverse=True):  # a column before the entity that goes with it
        *above, last = path
        within = copy
        for step in above:  # copied on the way down, and only what is still there
            within[str(step)] = within = dict(_mapping(within.get(str(step))))
        if len(path) == _COLUMN and not _is_hidden(data, path):
            within[str(last)] = _STAND_IN
        elif above == ["timelines"]:
            within[str(last)] = {}
        elif above == ["lifecycles"]:
            within[str(last)] = _like(_below(data, path))
        else:
            within.pop(str(last), None)
    return copy
