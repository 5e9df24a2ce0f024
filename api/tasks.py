"""What is done in processes of their own: compiling, previewing, drawing, running; plain values in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from typing import Any, TypeAlias
from uuid import UUID

from api.access import Role
from api.problems import Problem
from api.process import Line
from api.settings import refused_as
from api.store import Order
from engine.errors import SpecError
from engine.plan.explain import explain
from engine.preview import preview
from engine.printable import printable
from engine.report import Report
from engine.run import Request, Rows, fate, resume, run
from engine.run.compare import compare
from engine.run.look import check
from engine.run.prepare import Prepared, read
from engine.run.production import require_no_production_at
from engine.telemetry.catalogue import Instrument
from engine.telemetry.measure import relay
from engine.telemetry.spans import continued
from observability.setup import trace_to_collector

Ending: TypeAlias = tuple[str, str | None, Mapping[str, Any] | None]
BODY = "spec.yaml"
"""What a spec that came in a body is called in messages."""


@dataclass(frozen=True, slots=True)
class Question:
    """A spec that somebody asks about: what of, where, and in which role."""

    asked: Request
    dsn: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class Told:
    """Something that an observer of a run was told: the name of its method and what it was given."""

    method: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that was measured in the process of a run, for the server to record."""

    instrument: Instrument
    value: float
    labels: Mapping[str, str]


def validate(line: Line, question: Question) -> str:  # noqa: ARG001
    """Compile a spec, and give the scenario's name. Raises SpecError, Problem, ConnectError."""
    return _compiled(question).plan.scenario


def show(line: Line, question: Question, rows: int) -> dict[str, object]:  # noqa: ARG001
    """The preview of a spec, as `engine preview --json` prints it. Raises as `validate` does."""
    made = _compiled(question)
    return preview(made.spec.scenario, made.plan, rows=rows).as_json()


def draw(line: Line, question: Question, rows: int) -> str:  # noqa: ARG001
    """The preview of a spec as a page. Raises as `validate` does."""
    made = _compiled(question)
    page = import_module("engine.page")  # the drawing program takes a second to start
    text: str = page.html(page.page_of(preview(made.spec.scenario, made.plan, rows=rows)))
    return text


def foretell(line: Line, question: Question) -> tuple[int, str]:  # noqa: ARG001
    """How many rows a run would make, and how. Raises as `validate` does."""
    made = _compiled(question)
    return round(made.expected_rows), printable("\n".join(explain(made.plan)))


def sizes(line: Line, question: Question) -> dict[str, float]:  # noqa: ARG001
    """How many rows of each entity a run would make. Raises as `validate` does."""
    return {name: entity.expected_rows for name, entity in _compiled(question).plan.entities.items()}


def report(line: Line, order: UUID, dsn: str | None) -> str:  # noqa: ARG001
    """The page that shows what a run planned beside what it left. Raises LedgerError, ConnectError."""
    page = import_module("engine.page")
    seen, actual = asyncio.run(compare(order, dsn=dsn))
    text: str = page.html(page.page_of(seen, actual))
    return text


def carry_out(line: Line, order: Order, dsn: str | None, unproductive: tuple[str, ...] = ()) -> Report | Ending:
    """A new run, or what is left of one that was begun; status, error and report of one that ended unheard.

    The server of a target is asked whether it is production unless the target is among the `unproductive`.
    Its spans go to the collector under those of the request, its measurements to the server. Raises EngineError.
    """
    relay(lambda *measured: line.say(Measured(*measured)))
    finish = trace_to_collector("engine")
    try:
        with continued(order.traceparent):
            if order.target not in unproductive:
                with refused_as(order.target, unproductive):
                    asyncio.run(require_no_production_at(dsn))
            return _carried_out(line, order, dsn)
    finally:
        finish()


def _carried_out(line: Line, order: Order, dsn: str | None) -> Report | Ending:
    known = asyncio.run(fate(order.id, dsn=dsn))
    if known is not None and known[0] == "succeeded":
        return known[0], known[1].error, known[1].report
    if known is not None:
        return asyncio.run(resume(order.id, dsn=dsn, observer=Teller(line), stop=line.stop))
    rows = Rows.EMPTY if order.fresh else Rows.REFUSE
    asked = Request(order.spec, BODY, order.parameters, order.seed, order.clock, rows=rows, sure=True)
    return asyncio.run(run(asked, dsn=dsn, observer=Teller(line), stop=line.stop, run_id=order.id))


class Teller:
    """An observer that tells the server."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def planned(self, run_id: str, rows: Mapping[str, float]) -> None:
        """How many rows there will be."""
        self._line.say(Told("planned", (run_id, dict(rows))))

    def phase(self, name: str) -> None:
        """A part of the run begins."""
        self._line.say(Told("phase", (name,)))

    def loaded(self, entity: str, rows: int) -> None:
        """Rows are committed."""
        self._line.say(Told("loaded", (entity, rows)))

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._line.say(Told("note", (text,)))


def _compiled(question: Question) -> Prepared:
    if question.role < Role.RUN and _reads_rows(question.asked):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong-role", "`existing` reads rows of the target: it takes the role run")
    return asyncio.run(check(question.asked, question.dsn))


def _reads_rows(asked: Request) -> bool:
    """Whether a spec would look at rows that are there; one that cannot be read looks at none."""
    try:
        return any(entity.existing for entity in read(asked).scenario.entities.values())
    except SpecError:
        return "existing" in asked.text
