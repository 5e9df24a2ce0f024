"""Built-in expectations → SQL: one function for each kind, in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.catalog.model import Column, Table
from engine.check.statement import condition
from engine.errors import Code, SpecError, wrong
from engine.spec.expect import Expectation
from engine.spec.model import Scenario
from engine.spec.nearest import nearest_or_all
from engine.sqltext import quote, quote_columns, quote_table
from engine.types import Family

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


@dataclass(frozen=True, slots=True)
class Asked:
    """An expectation, and the tables of the entities."""

    expectation: Expectation
    scenario: Scenario
    tables: Mapping[str, Table]

    def where(self, table: Table) -> str | None:
        """The condition as SQL that can only look at one row of the table. Raises SpecError."""
        try:
            return None if self.expectation.where is None else condition(self.expectation.where, table)
        except SpecError as error:
            raise error.under("where") from None

    def filtered(self, table: Table) -> str:
        """The WHERE clause, or nothing. Raises SpecError."""
        where = self.where(table)
        return f" where {where}" if where else ""

    def table(self, entity: str, *path: str | int) -> Table:
        """The table of an entity. Raises SpecError (R001)."""
        if entity not in self.tables:
            hint = nearest_or_all(entity, self.tables, nothing="")
            raise wrong(Code.UNKNOWN_ENTITY, f"there is no entity '{entity}'", path=path, hint=hint)
        return self.tables[entity]

    def column(self, where: str, *path: str | int) -> tuple[Table, Column]:
        """The table and column of ``entity.column``. Raises SpecError (R001, R003)."""
        entity, _, name = where.partition(".")
        table = self.table(entity, *path)
        column = table.column(name)
        if column is None:
            hint = nearest_or_all(name, (c.name for c in table.columns), nothing="")
            raise wrong(Code.UNKNOWN_COLUMN, f"table '{table.qualified}' has no column '{name}'", path=path, hint=hint)
        return table, column


def count(asked: Asked) -> str:
    """How many rows."""
    table = asked.table(str(asked.expectation.count), "count")
    return f"select count(*) from {_quoted(table)}{asked.filtered(table)}"  # noqa: S608 - identifiers are quoted


def share(asked: Asked) -> str:
    """Which part of the rows the condition holds for, from 0 to 1."""
    table = asked.table(str(asked.expectation.share), "share")
    held = f"count(*) filter (where {asked.where(table)})"
    return f"select {held}::numeric / nullif(count(*), 0) from {_quoted(table)}"  # noqa: S608


def mean(asked: Asked) -> str:
    """The mean of a column of numbers."""
    table, column = asked.column(str(asked.expectation.mean), "mean")
    if column.type.family not in _NUMBERS or column.type.array:
        message = f"'{column.name}' is {column.type}, and only numbers have a mean"
        raise wrong(Code.WRONG_KIND, message, path=("mean",))
    return f"select avg({quote(column.name)}) from {_quoted(table)}{asked.filtered(table)}"  # noqa: S608


def unique(asked: Asked) -> str:
    """Values that more than one row has, and how many."""
    found = [asked.column(path, "unique") for path in asked.expectation.unique or ()]
    tables = {table.qualified: table for table, _ in found}
    if len(tables) != 1:
        raise wrong(Code.CONFLICT, f"columns of one table, not of {len(tables)}", path=("unique",))
    names = tuple(column.name for _, column in found)
    present = " and ".join(f"{quote(name)} is not null" for name in names)
    (table,) = tables.values()
    where = " and ".join(filter(None, (present, asked.where(table))))
    columns = quote_columns(names)
    return (
        f"select {columns}, count(*) as rows from {_quoted(table)} where {where} "  # noqa: S608
        f"group by {columns} having count(*) > 1"
    )


def no_orphans(asked: Asked) -> str:
    """Values of a foreign key that have no row to point to."""
    table, column = asked.column(str(asked.expectation.no_orphans), "no_orphans")
    key = next((k for k in table.foreign_keys if column.name in k.columns), None)
    if key is None:
        message = f"'{table.qualified}.{column.name}' is in no foreign key"
        raise wrong(Code.WRONG_KIND, message, path=("no_orphans",), hint="ask with `sql`: … where not exists (…)")
    pairs = tuple(zip(key.columns, key.target_columns, strict=True))
    match = " and ".join(f"there.{quote(theirs)} = here.{quote(ours)}" for ours, theirs in pairs)
    present = " and ".join(f"here.{quote(ours)} is not null" for ours in key.columns)
    columns = ", ".join(f"here.{quote(ours)}" for ours in key.columns)
    return (
        f"select {columns} from {_quoted(table)} as here where {present} "  # noqa: S608
        f"and not exists (select from {quote_table(*key.target)} as there where {match})"
    )


def peak(asked: Asked) -> str:
    """When the hour (or day, …) with most rows begins, on the scenario's wall clock; the first of several."""
    table, column = asked.column(str(asked.expectation.peak), "peak")
    if column.type.family not in (Family.TIMESTAMP, Family.DATE) or column.type.array:
        message = f"'{column.name}' is {column.type}, and only moments have a peak"
        raise wrong(Code.WRONG_KIND, message, path=("peak",))
    at, width = quote(column.name), asked.expectation.by or "hour"
    zoned = column.type.name == "timestamptz"
    wall = f"{at} at time zone '{asked.scenario.timezone}'" if zoned else f"{at}::timestamp"
    where = " and ".join(filter(None, (asked.where(table), f"{at} is not null")))
    return (
        f"select date_trunc('{width}', {wall}) from {_quoted(table)} "  # noqa: S608
        f"where {where} group by 1 order by count(*) desc, 1 limit 1"
    )


QUESTIONS: Mapping[str, Callable[[Asked], str]] = {
    "count": count,
    "unique": unique,
    "no_orphans": no_orphans,
    "share": share,
    "mean": mean,
    "peak": peak,
}


def _quoted(table: Table) -> str:
    return quote_table(table.schema, table.name)
