"""Text → Spec → Catalog → Plan: the part of the road that every command walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import StrEnum

from engine.batch import BATCH_ROWS
from engine.catalog.held import Appended
from engine.catalog.introspect import introspect
from engine.catalog.model import Catalog
from engine.catalog.sample import Samples
from engine.check.compile import compile_checks
from engine.check.model import Check
from engine.dsn import Connection
from engine.errors import Diagnostic, SpecError
from engine.generate.estimate import estimate
from engine.generate.settle import settle
from engine.plan.compile import compile_plan
from engine.plan.model import Plan
from engine.run.existing import with_samples
from engine.spec.load import Spec, load, place
from engine.telemetry.catalogue import COMPILE
from engine.telemetry.spans import span


class Rows(StrEnum):
    """What to do about rows that are there already."""

    REFUSE = "refuse"
    EMPTY = "empty"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; the same for the command line and the API.

    `sure` says that the database is none of production, whatever it looks like.
    """

    text: str
    file: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    workers: int | None = None
    rows: Rows = Rows.REFUSE
    batch_rows: int = BATCH_ROWS
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that is known before the first row is made."""

    request: Request
    spec: Spec
    plan: Plan
    checks: tuple[Check, ...]
    samples: Samples = field(default_factory=dict)
    appended: Appended | None = None
    notes: tuple[str, ...] = ()

    @property
    def expected_rows(self) -> float:
        """Rows in all, as planned."""
        return sum(one.expected_rows for one in self.plan.filled)


def read(request: Request) -> Spec:
    """The spec of a request: all that can be told of it without a database. Raises SpecError."""
    return load(request.text, file=request.file, overrides=request.overrides, seed=request.seed, now=request.now)


async def prepare(
    connection: Connection, request: Request, spec: Spec | None = None, samples: Samples | None = None
) -> Prepared:
    """Compile a request, or the spec that was read of it, against its database. Raises SpecError, ConnectError.

    `samples` are those of an earlier part of the same run.
    """
    with span(COMPILE):
        spec = spec or read(request)
        catalog = await introspect(connection, tables_in(spec))
        return compiled(request, spec, await with_samples(connection, spec, catalog, samples))


def tables_in(spec: Spec) -> list[str]:
    """The tables that a spec names, as it names them."""
    labels = spec.scenario.labels
    return [
        *(entity.table for entity in spec.scenario.entities.values() if entity.table),
        *([labels.table] if labels else []),
    ]


def compiled(request: Request, spec: Spec, catalog: Catalog) -> Prepared:
    """Compile a request against a catalog; pure. Raises SpecError."""
    plan, checks = compile_spec(spec, catalog)
    try:
        settled = settle(estimate(plan))
    except SpecError as error:
        raise SpecError(place(error.diagnostics, spec.source)) from None
    return Prepared(request, spec, settled, checks, catalog.samples, catalog.appended)


def compile_spec(spec: Spec, catalog: Catalog) -> tuple[Plan, tuple[Check, ...]]:
    """The plan of a spec and its checks. Raises SpecError with what is wrong with either."""
    problems: list[Diagnostic] = []
    try:
        checks = compile_checks(spec, catalog)
    except SpecError as error:
        problems += error.diagnostics
    try:
        plan = compile_plan(spec, catalog)
    except SpecError as error:
        problems += error.diagnostics
    if problems:
        raise SpecError(place(problems, spec.source))
    return plan, checks
