"""What an append must not make again: values that are dealt out, and that rows of before have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from engine.catalog.held import Appended, Held
from engine.catalog.model import Table
from engine.catalog.sample import asked_as, values_of
from engine.dsn import Connection
from engine.errors import Code, Diagnostic, SpecError, wrong
from engine.generate.spare import Taken, passed_over
from engine.generators.pointing import ReferenceKernel
from engine.plan.model import EntityPlan, Plan
from engine.sqltext import quote, quote_table

MOST_TAKEN = 1_000_000
"""Rows of a table whose values are looked at, so that new ones differ from them."""


class Short(SpecError):
    """Fewer values are free than rows are asked for; each diagnostic says how many."""


@dataclass(slots=True)
class Dealt:
    """What is taken in the tables of an append, asked once, while its plan is made several times."""

    connection: Connection
    _taken: dict[tuple[str, tuple[str, ...]], Taken] = field(default_factory=dict)
    _passed: dict[tuple[str, int | None], tuple[int, ...]] = field(default_factory=dict)

    async def passed(self, plan: Plan, appended: Appended) -> dict[str, tuple[int, ...]]:
        """The places that each entity of a plan passes over, where there are any. Raises Short, SpecError."""
        found: dict[str, tuple[int, ...]] = {}
        short: list[Diagnostic] = []
        for name, entity in plan.entities.items():
            held = appended.tables.get(name)
            if held is None or not held.rows or not entity.dealt:
                continue
            try:
                places = await self._places(plan, entity, held)
            except SpecError as error:
                placed = error.under("entities", name)
                if any(one.most is None for one in placed.diagnostics):
                    raise placed from None
                short += placed.diagnostics
                continue
            if places:
                found[name] = places
                plan = replace(plan, entities={**plan.entities, name: replace(entity, passed=places)})
        if short:
            raise Short(short)
        return found

    async def _places(self, plan: Plan, entity: EntityPlan, held: Held) -> tuple[int, ...]:
        """The places of one entity; those that hang on no other entity are found once."""
        known = (entity.name, entity.count)
        if known not in self._passed:
            taken = [await self._asked(entity, held, group) for group in entity.dealt]
            places = passed_over(plan, entity, taken)
            if any(isinstance(one.kernel, ReferenceKernel) for one in entity.columns.values()):
                return places
            self._passed[known] = places
        return self._passed[known]

    async def _asked(self, entity: EntityPlan, held: Held, group: tuple[str, ...]) -> Taken:
        if (entity.name, group) not in self._taken:
            self._taken[entity.name, group] = await _taken(self.connection, entity, held, group)
        return self._taken[entity.name, group]


async def _taken(connection: Connection, entity: EntityPlan, held: Held, columns: tuple[str, ...]) -> Taken:
    """The values of some columns that rows have. Raises SpecError (INFEASIBLE, WRONG_KIND)."""
    table, named = entity.table, ", ".join(columns)
    if held.rows > MOST_TAKEN:
        message = f"{table.qualified} holds {held.rows:,} rows, and new values of {named} would have to differ from all"
        hint = f"{MOST_TAKEN:,} are the most; make the column with uuid7, sequence or a template with {{{{ row }}}}"
        raise wrong(Code.INFEASIBLE, message, path=("columns", columns[0]), hint=hint)
    types = {column.name: column.type for column in table.columns}
    shown = ", ".join(asked_as(quote(name), types[name]) for name in columns)
    whole = " and ".join(f"{quote(name)} is not null" for name in columns)
    source = quote_table(table.schema, table.name)
    rows = await connection.fetch(f"select {shown} from {source} where {whole}")  # noqa: S608
    texts: Mapping[str, Sequence[str | None]] = dict(
        zip(columns, zip(*rows, strict=True) if rows else ((),) * len(columns), strict=True)
    )
    try:
        values = tuple(values_of(tuple(texts[name]), types[name]) for name in columns)
    except (ValueError, pa.ArrowInvalid) as error:
        message = f"values of {named} in {table.qualified} cannot be compared with new ones: {error}"
        raise wrong(Code.WRONG_KIND, message, path=("columns", columns[0])) from None
    return Taken(columns, values, _is_folded(table, columns))


def _is_folded(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether texts that differ by case alone may be the same to the table: to an index on an expression, or a type."""
    read = {name for unique in table.expression_uniques for name in unique.columns}
    return any(c.name in columns and (c.name in read or c.type.name == "citext") for c in table.columns)
