"""The expectations of a spec → checks, before a row is made."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from engine.catalog.model import Catalog, Table
from engine.check.model import Check
from engine.check.questions import QUESTIONS, Asked, verdict
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
    filled = Catalog({(table.schema, table.name): table for table in tables.values()})
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
        query = _reading(expectation.sql, "sql", catalog)
    else:
        where = None if expectation.where is None else _reading(expectation.where, "where", None)
        query = QUESTIONS[expectation.kind](Asked(expectation, scenario, tables, where))
    wanted = verdict(expectation, scenario)
    return Check(expectation.name or _title(expectation), query, wanted)


def _reading(text: str, key: str, catalog: Catalog | None) -> str:
    statement = _parser()
    try:
        written: str = statement.condition(text) if catalog is None else statement.statement(text, catalog)
    except SpecError as error:
        raise error.under(key) from None
    return written


def _parser() -> ModuleType:
    """`sqlglot` takes half a second to import, so only who needs it does."""
    return import_module("engine.check.statement")


def _title(expectation: Expectation) -> str:
    about = getattr(expectation, expectation.kind)
    words = about if isinstance(about, str) else ", ".join(about)
    where = f" where {expectation.where}" if expectation.where else ""
    return f"{expectation.kind.replace('_', ' ')}: {' '.join(words.split())}{where}"[:200]
