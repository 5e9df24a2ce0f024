"""What is left of a spec when its wrong parts are put aside, so that the rest can be looked at too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pydantic import ValidationError

from engine.errors import Diagnostic, Path, SpecError
from engine.spec.load import MAX_DIAGNOSTICS, Spec, place
from engine.spec.model import Scenario
from engine.spec.params import render_params
from engine.spec.relative import pin
from engine.spec.rules import RULES
from engine.spec.source import Source, read_source
from engine.spec.translate import translate

_ENTRY, _COLUMN = 2, 4  # entities, its name[, columns, its name]
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
    rendered = render_params(source.data, overrides)
    data, _ = pin(rendered.data if seed is None else {**_mapping(rendered.data), "seed": seed}, now)
    told = list(error.diagnostics)
    while True:
        names = frozenset(str(path[-1]) for path in aside)
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
    return not broken.isdisjoint(_WORD.findall(f"{diagnostic.message} {diagnostic.path} {written}"))


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
    if len(path) >= _ENTRY and path[0] in ("entities", "timelines", "faults"):
        return path[:_ENTRY]
    return path[:1] if path and (path[0] in _AFTERWARDS or path[0] not in Scenario.model_fields) else None


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

    A column of the table leaves a stand-in, so that it counts as filled, and a timeline one that is level.
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
        else:
            within.pop(str(last), None)
    return copy
