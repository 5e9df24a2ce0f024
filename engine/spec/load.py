"""Text → Spec: read, render parameters, validate, check; everything that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from engine.errors import Code, Diagnostic, SpecError
from engine.spec.model import Scenario
from engine.spec.params import Rendered, render_params
from engine.spec.rules import RULES
from engine.spec.scalars import Scalar
from engine.spec.source import Source, read_source
from engine.spec.translate import translate


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A scenario that is right on its own, where it was written, and the values of its parameters."""

    scenario: Scenario
    source: Source
    parameters: Mapping[str, Scalar]


def load(text: str | bytes, *, file: str, overrides: Mapping[str, str] | None = None, seed: int | None = None) -> Spec:
    """Read a spec. `overrides` are ``--set`` parameters as typed, `seed` stands in for the spec's own.

    Raises SpecError with every diagnostic, each at its place in `file`, in the order of the text.
    """
    source, found = read_source(text, file=file)
    rendered = render_params(source.data, overrides or {})
    data, seeded = _with_seed(rendered.data, seed)
    scenario, wrong = _validate(data, source, rendered)
    problems = (*found, *rendered.diagnostics, *seeded, *wrong)
    if scenario is not None:
        problems = (*problems, *(d for rule in RULES for d in rule(scenario)))
    if scenario is None or problems:
        raise SpecError(place(problems, source))
    return Spec(scenario, source, rendered.params)


def place(diagnostics: Iterable[Diagnostic], source: Source) -> tuple[Diagnostic, ...]:
    """The diagnostics with their places, once each, in the order of the text."""
    placed = dict.fromkeys(
        d if d.location else replace(d, location=source.locate(d.path, key=d.code is Code.UNKNOWN_KEY))
        for d in diagnostics
    )
    return tuple(
        sorted(placed, key=lambda d: (d.location.line, d.location.column, d.code) if d.location else (0, 0, ""))
    )


def _validate(data: object, source: Source, rendered: Rendered) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """The model, and what is wrong with it; what follows from a value already reported is left out."""
    try:
        return Scenario.model_validate(data), ()
    except ValidationError as error:
        broken = source.broken | rendered.broken
        found = translate(error, Scenario, source, rendered.written)
        return None, tuple(d for d in found if not any(source.real(d.path)[: len(path)] == path for path in broken))


def _with_seed(data: object, seed: int | None) -> tuple[object, tuple[Diagnostic, ...]]:
    if seed is None or not isinstance(data, dict):
        return data, ()
    if not 0 <= seed < 2**63:
        return data, (Diagnostic(Code.OUT_OF_RANGE, f"--seed {seed}: a seed is from 0 to 2^63 - 1", ("seed",)),)
    return {**data, "seed": seed}, ()
