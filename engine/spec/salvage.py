"""What is left of a spec when its wrong columns are put aside, so that the rest can be looked at too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from pydantic import ValidationError

from engine.errors import Diagnostic, Path, SpecError
from engine.spec.load import MAX_DIAGNOSTICS, Spec, place
from engine.spec.model import Scenario
from engine.spec.params import render_params
from engine.spec.rules import RULES
from engine.spec.source import Source, read_source
from engine.spec.translate import translate

_COLUMN = 4  # entities, its name, columns, its name
_STAND_IN = {"constant": None}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A spec in which a stand-in is wherever a column was wrong, and the mistakes that are told of it anyway.

    It is good for looking only: never make rows of it.
    """

    spec: Spec
    broken: frozenset[str]  # the names of the columns put aside
    told: tuple[Diagnostic, ...]

    def with_more(self, found: Iterable[Diagnostic]) -> SpecError:
        """What was told, and of what was `found` all that does not follow from it, in the order of the text."""
        more = (d for d in found if not _follows(d, self.spec.source.data, self.broken))
        return SpecError(place((*self.told, *more), self.spec.source))


def salvage(
    text: str | bytes, error: SpecError, *, file: str, overrides: Mapping[str, str], seed: int | None
) -> Salvaged | None:
    """The rest of a spec that `load` refused with `error`; None where more than columns is wrong with it."""
    if not all(_is_column(d.path) for d in error.diagnostics):
        return None
    source, _ = read_source(text, file=file)
    rendered = render_params(source.data, overrides)
    data = rendered.data if seed is None else {**_mapping(rendered.data), "seed": seed}
    told, aside = list(error.diagnostics), dict.fromkeys(d.path[:_COLUMN] for d in error.diagnostics)
    while not any(_is_hidden(source.data, path) for path in aside):  # a hidden column's type is its generator's
        names = frozenset(str(path[-1]) for path in aside)
        scenario, problems = _checked(_without(data, aside), source, rendered.written)
        if scenario is not None and not problems:
            return Salvaged(Spec(scenario, source, rendered.params), names, tuple(told))
        more = dict.fromkeys(d.path[:_COLUMN] for d in problems)
        if more.keys() <= aside.keys() or not all(map(_is_column, more)):
            return None
        told += [d for d in problems if not _follows(d, source.data, names)]
        aside |= more
    return None


def _follows(diagnostic: Diagnostic, data: object, broken: frozenset[str]) -> bool:
    """Whether a diagnostic, or the column that it is of, so much as mentions a column that was put aside."""
    written = _below(data, diagnostic.path[:_COLUMN]) if _is_column(diagnostic.path) else None
    return not broken.isdisjoint(_WORD.findall(f"{diagnostic.message} {diagnostic.path} {written}"))


def _checked(
    data: object, source: Source, written: Mapping[Path, str]
) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        return None, tuple(translate(error, Scenario, source, written, limit=MAX_DIAGNOSTICS))
    return scenario, tuple(islice((d for rule in RULES for d in rule(scenario)), MAX_DIAGNOSTICS))


def _is_column(path: Path) -> bool:
    return len(path) >= _COLUMN and path[0] == "entities" and path[2] == "columns"


def _is_hidden(data: object, path: Path) -> bool:
    written = _below(data, path)
    return isinstance(written, Mapping) and "hidden" in written


def _below(data: object, path: Path) -> object:
    for step in path:
        data = _mapping(data).get(str(step))
    return data


def _mapping(data: object) -> Mapping[str, object]:
    return data if isinstance(data, Mapping) else {}


def _without(data: object, columns: Iterable[Path]) -> object:
    """A copy of the data in which each of the columns is a stand-in."""
    copy = dict(_mapping(data))
    entities = copy["entities"] = dict(_mapping(copy.get("entities")))
    for _, entity, _, column in (path[:_COLUMN] for path in columns):
        body = dict(_mapping(entities[str(entity)]))
        entities[str(entity)] = body | {"columns": {**_mapping(body["columns"]), str(column): _STAND_IN}}
    return copy
