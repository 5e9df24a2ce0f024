"""Rows that are in a table already: a sample of them, read before the plan is made."""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from engine.catalog.model import Catalog, Table
from engine.catalog.sample import Sample, Samples, asked_as
from engine.check.ask import restrain
from engine.check.statement import condition
from engine.dsn import Connection
from engine.errors import Code, SpecError, wrong
from engine.plan.existing import columns_to_ask
from engine.spec.existing import Existing
from engine.spec.load import Spec, place
from engine.sqltext import quote, quote_table

TIMEOUT_S = 120.0
"""How long PostgreSQL may look for the rows of one entity."""


async def with_samples(connection: Connection, spec: Spec, catalog: Catalog, samples: Samples | None) -> Catalog:
    """The catalog with samples of the rows that are there already: those given, else new ones. Raises SpecError."""
    if samples is None:
        samples = await sample_rows(connection, spec, catalog)
    return replace(catalog, samples=samples)


async def sample_rows(connection: Connection, spec: Spec, catalog: Catalog) -> dict[str, Sample]:
    """A sample for each entity whose rows are there already; none for one that compiling will refuse.

    Raises SpecError (INFEASIBLE, X001, …) for what PostgreSQL, or our grammar, refuses.
    """
    found: dict[str, Sample] = {}
    for name, entity in spec.scenario.entities.items():
        table = catalog.table(entity.table) if entity.existing else None
        if table is None or entity.existing is None:
            continue
        try:
            query = _query(table, entity.existing)
            found[name] = await _asked(
                connection, spec, query, (entity.existing.sample, f"{spec.scenario.seed} {name}")
            )
        except SpecError as error:
            told = error.under("entities", name, "existing").diagnostics
            raise SpecError(place(told, spec.source)) from None
    return found


def _query(table: Table, said: Existing) -> tuple[tuple[str, ...], str]:
    """The columns asked for, and a SELECT of them as texts. Raises SpecError."""
    names = columns_to_ask(table, said.columns)
    where = "true"
    if said.where is not None:
        try:
            where = condition(said.where, table)
        except SpecError as error:
            raise SpecError(replace(d, hint=None).under("where") for d in error.diagnostics) from None
    types = {column.name: column.type for column in table.columns}
    shown = ", ".join(f"{asked_as(quote(name), types[name])} as {quote(name)}" for name in names)
    keys = ", ".join(f"{quote(name)}::text" for name in table.primary_key or names)
    order = f"md5(concat_ws(chr(31), $2::text, {keys})), {keys}"
    source = quote_table(table.schema, table.name)
    return names, f"select {shown} from {source} where {where} order by {order} limit $1"  # noqa: S608


async def _asked(
    connection: Connection, spec: Spec, query: tuple[tuple[str, ...], str], values: tuple[int, str]
) -> Sample:
    names, statement = query
    try:
        async with connection.transaction(readonly=True):
            await restrain(connection, spec.scenario.timezone, TIMEOUT_S)
            rows = await connection.fetch(statement, *values)
    except asyncpg.QueryCanceledError:
        raise wrong(Code.INFEASIBLE, f"PostgreSQL did not find the rows in {TIMEOUT_S:g} s") from None
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        raise wrong(Code.INFEASIBLE, f"PostgreSQL refuses: {error}") from None
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return Sample(dict(zip(names, columns, strict=True)))
