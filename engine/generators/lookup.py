"""A column drawn from a small table of the spec, together with its neighbours there."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.choice import type_of
from engine.generators.literal import Scalar, literal
from engine.generators.lookup_table import WEIGHT, LookupTable
from engine.stream import Key, uniform
from engine.types import F64, I64, Bool, ColumnPath, PgType

_MOST_CODES = 1 << 62


def _named(given: object) -> object:
    """A list of columns as a mapping of each to itself."""
    return (
        {name: name for name in given} if isinstance(given, list) and all(isinstance(n, str) for n in given) else given
    )


GivenField = Annotated[
    dict[str, Annotated[str, Field(pattern=r"^\w+(\.\w+)*$")]],
    BeforeValidator(_named, json_schema_input_type=dict[str, str] | list[str]),
    Field(default_factory=dict, max_length=8),
]


class Lookup(Generator):
    """A value of a small table, drawn by weight: ``city: {lookup: places.city}``, ``zip: {lookup: places.zip}``.

    Columns of an entity that look into the same table, `given` the same, look at the same row of it, so that what
    stands together there stays together. With `given` only those rows are drawn from that have what this row has:
    ``plan: {lookup: plans.plan, given: [country]}``, or ``given: {country: customer_id.country}``; null where that is
    null. `draw` names a second draw from the same table, independent of the first: ``draw: work``.

    Guarantees each row of the table its share of the draws, among those that fit. Costs a search for each column.
    Refuses tables and columns that are not declared; where nothing in the table fits a row, the run ends and says what
    was looked for.
    """

    kind: ClassVar[str] = "lookup"
    lookup: str = Field(pattern=r"^\w+\.\w+$", description="A table of `lookups`, and its column: places.city.")
    given: GivenField = Field(
        description="Columns of the table that must have what this row has: a list, or a mapping."
    )
    draw: str = Field("", pattern=r"^\w*$", description="The name of a draw of its own.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """What the row must have in common with the table's."""
        return tuple(tuple(path.split(".")) for path in self.given.values())

    def result(self, scope: Scope) -> PgType:
        """bool, int8, numeric or float8 where every value of the column is one, else text."""
        return type_of([cell for cell in self._cells(scope) if cell is not None])

    def compile(self, context: Context) -> LookupKernel:
        """Sort the table by what is given. Raises SpecError (UNKNOWN_LOOKUP, UNKNOWN_COLUMN, WRONG_KIND)."""
        cells = self._cells(context.scope)
        name, _, _ = self.lookup.partition(".")
        table, zone = context.scope.lookup(name), context.window.timezone
        options = _typed(cells, context.type, zone, self.lookup)
        distinct: list[pa.Array] = []
        codes = np.zeros(len(cells), np.int64)
        for column, own in zip(self.given, self.reads(), strict=True):
            try:
                kind = context.scope.type_of(own)
            except SpecError as error:
                raise error.under("given") from None
            keys = _typed(self._column(table, column, "given"), kind, zone, f"{name}.{column}", "given")
            values = keys.drop_null().unique()
            found = pc.index_in(keys, values).fill_null(len(values)).to_numpy()  # null fits nothing
            codes = codes * (len(values) + 1) + found
            distinct.append(values)
        if prod(len(values) + 1 for values in distinct) > _MOST_CODES:
            message = f"the columns of `given` have {' × '.join(f'{len(v):,}' for v in distinct)} values"
            raise wrong(Code.TOO_COSTLY, message, path=("given",), hint="give fewer of them")
        order = np.argsort(codes, kind="stable")
        weights = np.array([float(w) for w in table.weights()])[order]
        return LookupKernel(
            options.take(pa.array(order)),
            codes[order],
            np.concatenate(([0.0], np.cumsum(weights))),
            tuple(distinct),
            self.reads(),
            context.scope.key("lookup", name, self.draw, *sorted(f"{c} {path}" for c, path in self.given.items())),
            f"{context.entity}.{context.column}",
            name,
        )

    def _cells(self, scope: Scope) -> tuple[Scalar, ...]:
        table, _, column = self.lookup.partition(".")
        try:
            found = scope.lookup(table)
        except SpecError as error:
            raise error.under("lookup") from None
        return self._column(found, column, "lookup")

    def _column(self, table: LookupTable, column: str, place: str) -> tuple[Scalar, ...]:
        if column in table.columns and (column != WEIGHT or place == "lookup"):
            return table.cells(column)
        there = ", ".join(name for name in table.columns if name != WEIGHT)
        raise wrong(
            Code.UNKNOWN_COLUMN,
            f"'{self.lookup.partition('.')[0]}' has no column '{column}'",
            path=(place,),
            hint=f"there are {there}",
        )


def _typed(cells: tuple[Scalar, ...], kind: PgType, timezone: str, name: str, place: str = "lookup") -> pa.Array:
    """Cells as values of a type. Raises SpecError (WRONG_KIND) that names the row."""
    found = []
    for number, cell in enumerate(cells, 1):
        try:
            found.append(literal(cell, kind, timezone))
        except SpecError as error:
            said = error.diagnostics[0]
            raise wrong(Code.WRONG_KIND, f"row {number} of '{name}': {said.message}", path=(place,)) from None
    return pa.array(found)


@dataclass(frozen=True, slots=True, eq=False)
class LookupKernel:
    """Draws one of the rows that fit: `codes` (rows,), ascending, say what each has, `sums` (rows + 1,) its weight."""

    options: pa.Array
    codes: I64
    sums: F64
    distinct: tuple[pa.Array, ...]
    given: tuple[ColumnPath, ...]
    key: Key
    where: str
    table: str

    def values(self, rows: Rows) -> pa.Array:
        """The value of the row of the table that was drawn, null where what is given is, (n,)."""
        asked, known = np.zeros(rows.size, np.int64), np.ones(rows.size, np.bool_)
        for path, values in zip(self.given, self.distinct, strict=True):
            column = rows.read(path)
            found = pc.index_in(column, values).fill_null(len(values)).to_numpy(zero_copy_only=False)
            asked = asked * (len(values) + 1) + found
            known &= column.is_valid().to_numpy(zero_copy_only=False)
        start, end = (np.searchsorted(self.codes, asked, side=side) for side in ("left", "right"))
        before, after = self.sums[start], self.sums[end]
        self._require(rows, known & (after <= before))
        wanted = before + uniform(self.key, rows.identity) * (after - before)
        drawn = np.clip(np.searchsorted(self.sums, wanted, side="right") - 1, start, np.maximum(end - 1, start))
        return self.options.take(pa.array(np.minimum(drawn, len(self.codes) - 1), mask=~known))

    def _require(self, rows: Rows, lost: Bool) -> None:
        if lost.any():
            row = int(np.flatnonzero(lost)[0])
            had = ", ".join(f"{'.'.join(path)} = {rows.read(path)[row].as_py()}" for path in self.given)
            raise GenerateError(f"{self.where}: no row of '{self.table}' that is ever drawn has {had}; add one to it")
