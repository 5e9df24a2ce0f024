"""Weights of a choice that each row decides: by an expression, or while an event is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import Discriminator, Field, Tag

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.expressions import Expression
from engine.generators.base import Context, Rows
from engine.generators.draws import Draw
from engine.generators.instants import instants, require_moment
from engine.generators.moving import Moving
from engine.stream import unit
from engine.timelines.intensity import Spell
from engine.types import F64, I64, ColumnPath
from engine.views import fixed, mask_of

MOST_BY_ROW = 1_000
"""Values of a choice that each row weighs for itself."""

_CELLS = 1 << 21
"""Weights that are held at once; 16 MiB."""

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Weighing: TypeAlias = float | Moving


def _tag(value: object) -> str:
    return "<expr>" if isinstance(value, Mapping | Moving) else "<number>"


WeightField = Annotated[
    Annotated[Weight, Tag("<number>")] | Annotated[Moving, Tag("<expr>")],
    Discriminator(_tag),
]


@dataclass(frozen=True, slots=True)
class RowWeight:
    """The weight of one value: a number or an expression, and during which events it is another; the first counts."""

    own: float | Expression
    during: tuple[tuple[Spell, float], ...]
    where: str

    @staticmethod
    def of(weight: Weighing, during: Mapping[str, float], where: str, context: Context) -> RowWeight:
        """Compile it. Raises SpecError with paths relative to the value, (UNKNOWN_EVENT, NO_MOMENT, …)."""
        spells = []
        for event, other in during.items():
            try:
                spells.append((Spell.of(context.scope.span(event)), other))
            except SpecError as error:
                raise error.under("during", event) from None
        if not isinstance(weight, Moving):
            return RowWeight(weight, tuple(spells), where)
        try:
            return RowWeight(weight.compile(context), tuple(spells), where)
        except SpecError as error:
            raise error.under("weight") from None

    def values(self, rows: Rows, moments: I64) -> F64:
        """Of each row, (n,). Raises GenerateError for one that is null, negative or not finite."""
        found = self._own(rows)
        for spell, other in reversed(self.during):
            found = np.where(spell.at(moments), other, found)
        return found

    def _own(self, rows: Rows) -> F64:
        if not isinstance(self.own, Expression):
            return np.full(rows.size, self.own)
        try:
            made = self.own.evaluate(rows.read, rows.size)
        except GenerateError as error:
            raise error.at(self.where) from None
        nulls, found = mask_of(made), np.asarray(fixed(made, "<f8"))
        bad = ~((found >= 0) & (found < np.inf))
        bad = bad if nulls is None else bad | nulls
        if bad.any():
            row = int(np.argmax(bad))
            value = "null" if nulls is not None and nulls[row] else f"{found[row]:g}"
            raise GenerateError(f"{self.where} is {value} in row {rows.index[row] + 1:,}; it must be 0 or more")
        return found


def tested(context: Context) -> ColumnPath:
    """The moment that `during` tests. Raises SpecError (NO_MOMENT, WRONG_KIND)."""
    if context.moment is None:
        hint = 'weigh it by an expression: {expr: "case when during(sale, order_id.placed_at) then … end"}'
        raise wrong(Code.NO_MOMENT, f"'{context.entity}' has no moment for `during` to test", hint=hint)
    require_moment(context.scope, context.moment)
    return context.moment


@dataclass(frozen=True, slots=True)
class ChosenByRow:
    """Draws from a list whose weights each row makes for itself."""

    options: pa.Array
    weights: tuple[RowWeight, ...]
    moment: ColumnPath | None
    draw: Draw
    timezone: str
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """One of the options for every row, (n,). Raises GenerateError where nothing has a weight."""
        step = max(_CELLS // len(self.weights), 1)
        if rows.size <= step:
            return self.options.take(pa.array(self._chosen(rows)))
        parts = [np.arange(at, min(at + step, rows.size)) for at in range(0, rows.size, step)]
        return self.options.take(pa.array(np.concatenate([self._chosen(rows.subset(part)) for part in parts])))

    def _chosen(self, rows: Rows) -> I64:
        none = np.empty(0, np.int64)
        moments = none if self.moment is None else instants(rows.read(self.moment), self.timezone)
        edges, total = [], np.zeros(rows.size)
        with np.errstate(over="ignore"):
            for weight in self.weights:
                total = total + weight.values(rows, moments)
                edges.append(total)
        bad = ~((total > 0) & (total < np.inf))
        if bad.any():
            row = int(np.argmax(bad))
            said = "sum to nothing" if total[row] == 0 else "sum to more than a number can hold"
            raise GenerateError(f"{self.where}: the weights {said} in row {rows.index[row] + 1:,}")
        u, found = unit(self.draw.bits(rows.identity)), np.zeros(rows.size, np.int64)
        for edge in edges[:-1]:
            found += u >= edge / total
        return found
