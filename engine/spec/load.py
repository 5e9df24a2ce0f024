"""Text → Spec: read, render parameters, validate, check; everything that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from pydantic import ValidationError

from engine.errors import Code, Diagnostic, Location, Path, SpecError
from engine.spec.model import Scenario
from engine.spec.params import Rendered, render_params
from engine.spec.relative import pin
from engine.spec.rules import RULES
from engine.spec.scalars import Scalar
from engine.spec.source import Source, read_source
from engine.spec.translate import translate
from engine.spec.without import parted, with_without

_OF_A_COLUMN = (Code.UNKNOWN_COLUMN, Code.NOT_WRITABLE, Code.NOT_UNIQUE, Code.CONFLICT, Code.PARAM_NAME_TAKEN)
"""What is wrong with a column as such stands at its name, not at what makes it."""

MAX_DIAGNOSTICS = 100
"""More are not said at once; that there are more is."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A scenario that is right on its own, where it was written, and the values of its parameters."""

    scenario: Scenario
    source: Source
    parameters: Mapping[str, Scalar]


def load(
    text: str | bytes,
    *,
    file: str,
    overrides: Mapping[str, str] | None = None,
    seed: int | None = None,
    now: datetime | None = None,
) -> Spec:
    """Read a spec. `overrides` are ``--set`` parameters as typed, `seed` stands in for the spec's own.

    `now` is the clock that ``today`` and ``now`` are read by.

    Raises SpecError with every diagnostic, each at its place in `file`, in the order of the text.
    """
    source, found = _read(text, file)
    parameters, left_out = parted(overrides or {})
    rendered = _render(source, parameters)
    data, seeded = _with_seed(with_without(rendered.data, left_out), seed)
    data, unpinned = pin(data, now)
    told = source.broken | rendered.broken | {d.path for d in unpinned}
    scenario, wrong = _validate(data, source, rendered, told)
    problems = (*found, *rendered.diagnostics, *seeded, *unpinned, *wrong)
    if scenario is not None:
        problems = (*problems, *islice((d for rule in RULES for d in rule(scenario)), MAX_DIAGNOSTICS + 1))
    if scenario is None or problems:
        raise SpecError(place(problems, source))
    return Spec(scenario, source, rendered.params)


def place(diagnostics: Iterable[Diagnostic], source: Source) -> tuple[Diagnostic, ...]:
    """The diagnostics with their places, once each, in the order of the text; of very many the first 100."""
    placed = {(at, d.code, d.message): d for at, d in (_placed(d, source) for d in diagnostics)}
    return _first(placed[said] for said in sorted(placed, key=lambda said: (said[0].line, said[0].column, said[1])))


def _first(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    found = tuple(islice(diagnostics, MAX_DIAGNOSTICS + 1))
    if len(found) <= MAX_DIAGNOSTICS:
        return found
    more = f"more mistakes than these {MAX_DIAGNOSTICS}; the rest is said when they are mended"
    return (*found[:-1], replace(found[-1], code=Code.YAML_TOO_BIG, message=more, hint=None))


def _read(text: str | bytes, file: str) -> tuple[Source, tuple[Diagnostic, ...]]:
    try:
        return read_source(text, file=file)
    except SpecError as error:
        raise SpecError(_first(error.diagnostics)) from None


def _render(source: Source, overrides: Mapping[str, str]) -> Rendered:
    try:
        return render_params(source.data, overrides)
    except SpecError as error:
        raise SpecError(place(error.diagnostics, source)) from None


def _placed(diagnostic: Diagnostic, source: Source) -> tuple[Location, Diagnostic]:
    key = diagnostic.code is Code.UNKNOWN_KEY or (
        diagnostic.code in _OF_A_COLUMN and diagnostic.path[2:-1] == ("columns",)
    )
    location = diagnostic.location or source.locate(diagnostic.path, key=key)
    return location, replace(diagnostic, location=location)


def _validate(
    data: object, source: Source, rendered: Rendered, broken: frozenset[Path]
) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """The model, and what is wrong with it; what follows from a value already reported is left out."""
    try:
        return Scenario.model_validate(data), ()
    except ValidationError as error:
        found = translate(error, Scenario, source, rendered.written, limit=MAX_DIAGNOSTICS + len(broken) + 1)
        return None, tuple(d for d in found if not _below(d.path, broken))


def _below(path: Path, broken: frozenset[Path]) -> bool:
    return any(path[:length] in broken for length in range(len(path) + 1))


def _with_seed(data: object, seed: int | None) -> tuple[object, tuple[Diagnostic, ...]]:
    if seed is None or not isinstance(data, dict):
        return data, ()
    if not 0 <= seed < 2**63:
        return data, (Diagnostic(Code.OUT_OF_RANGE, f"--seed {seed}: a seed is from 0 to 2^63 - 1", ("seed",)),)
    return {**data, "seed": seed}, ()
