"""The expectations of a spec → checks, before a row is made."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog.model import Catalog, Table
from engine.check.model import Check
from engine.check.questions import QUESTIONS, Asked
from engine.check.statement import statement
from engine.check.verdicts import verdict
from engine.errors import Diagnostic, SpecError
from engine.spec.expect import Expectation
from engine.spec.load import Spec, place
from engine.spec.model import Scenario


def compile_checks(spec: Spec, catalog: Catalog) -> tuple[Check, ...]:
    """One check for each expectation, in order. Raises SpecError with all that is wrong with any, at its place."""
    problems: list[Diagnostic] = []
    checks: list[Check] = []
    found = {name: catalog.table(entity.table) for name, entity in spec.scenario.entities.items() if entity.table}
    tables = {name: table for name, table in found.items() if table is not None}
    labels = spec.scenario.labels and catalog.table(spec.scenario.labels.table)
    readable = (*tables.values(), *([labels] if labels else []))
    filled = Catalog({(table.schema, table.name): table for table in readable})
    for number, expectation in enumerate(spec.scenario.expect):
        try:
            checks.append(_compile(expectation, spec.scenario, tables, filled))
        except SpecError as error:
            problems.extend(d.under("expect", number) for d in error.diagnostics)
    if problems:
        raise SpecError(place(problems, spec.source))
    return tuple(checks)


def _compile(expectation: Expectation, scenario: Scenario, tables: Mapping[str, Table], catalog: Catalog) -> Check:
    if expectation.sql is not None:
        query = _statement(expectation.sql, catalog)
    else:
        query = QUESTIONS[expectation.kind](Asked(expectation, scenario, tables))
    wanted = verdict(expectation, scenario)
    return Check(expectation.name or _title(expectation), query, wanted)


def _statement(text: str, catalog: Catalog) -> str:
    try:
        return statement(text, catalog)
    except SpecError as error:
        raise error.under("sql") from None


def _title(expectation: Expectation) -> str:
    about = getattr(expectation, expectation.kind)
    words = about if isinstance(about, str) else ", ".join(about)
    where = f" where {expectation.where}" if expectation.where else ""
    return f"{expectation.kind.replace('_', ' ')}: {' '.join(words.split())}{where}"[:200]
