"""Values that go on from row to row of a family: what walks and autoregressions share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
import pyarrow as pa
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.expressions import Expression
from engine.generators.base import Context, Rows
from engine.generators.draws import Draw
from engine.generators.instants import instants
from engine.generators.moving import Moving, moving
from engine.generators.result import Result
from engine.types import F64, I64, ColumnPath, Family
from engine.views import fixed, mask_of

Advance = Callable[[F64, I64], F64]
"""From the values of some families before a row, and that row of each, to its values."""


def _number(value: object) -> float | Moving:
    if isinstance(value, Mapping | Moving):
        return moving(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        message = f"a number, or {{expr: …}} over the row, is wanted, not {str(value)[:40]!r}"
        raise PydanticCustomError(Code.WRONG_TYPE.value, "{message}", {"message": message, "hint": None})
    return float(value)


NumberField = Annotated[
    float | Moving,
    PlainValidator(_number),
    WithJsonSchema({"anyOf": [{"type": "number"}, Moving.model_json_schema()]}),
]


@dataclass(frozen=True, slots=True)
class Number:
    """An argument: the same for all rows, or made by each."""

    constant: float
    expression: Expression | None
    where: str

    @staticmethod
    def of(written: float | Moving, context: Context, name: str) -> Number:
        """Raises SpecError under the argument's name."""
        where = f"{context.entity}.{context.column}: {name}"
        if not isinstance(written, Moving):
            return Number(written, None, where)
        try:
            return Number(0.0, written.compile(context), where)
        except SpecError as error:
            raise error.under(name) from None

    def values(self, rows: Rows) -> F64:
        """The number of each row, (n,). Raises GenerateError where it is null or not finite."""
        if self.expression is None:
            return np.full(rows.size, self.constant)
        column = self.expression.evaluate(rows.read, rows.size)
        found: F64 = np.array(fixed(column, "<f8"))
        mask = mask_of(column)
        if mask is not None and mask.any():
            raise GenerateError(f"{self.where} is null in a row")
        if len(found) and not np.isfinite(found).all():
            raise GenerateError(f"{self.where} is {found[~np.isfinite(found)][0]:g} in a row; it must be finite")
        return found


class Course(Protocol):
    """How a family's values go on."""

    def values(self, rows: Rows, u: F64, group: I64, order: I64) -> F64:
        """The values of whole families, (n,); `u` are their draws, `order` the rows family by family as they follow."""


@dataclass(frozen=True, slots=True)
class SeriesKernel:
    """Makes whole families and takes the rows that are asked for."""

    course: Course
    draw: Draw
    result: Result
    moment: ColumnPath | None
    timezone: str

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,). Raises GenerateError."""
        family, positions = rows.siblings()
        group, order = family.parent_position, np.arange(family.size)
        if self.moment is not None:
            order = np.lexsort((order, instants(family.read(self.moment), self.timezone), group))
        found = self.course.values(family, self.draw.uniform(family.identity), group, order)
        if len(found) and not np.isfinite(found).all():
            raise GenerateError(f"{self.result.name} grows beyond what a number can hold")
        return self.result.floats(found[positions])


def series(course: Course, context: Context, places: int | None, kind: str) -> SeriesKernel:
    """The kernel of a course. Raises SpecError (WRONG_KIND, NOT_UNIQUE)."""
    if context.count is not None:
        raise wrong(
            Code.WRONG_KIND,
            f"'{context.entity}' has no `per`, so its rows follow none",
            path=(kind,),
            hint="make it `per` a parent, each of which has a series of its own; a virtual one with `count: 1` will do",
        )
    if context.type.family not in (Family.INTEGER, Family.DECIMAL, Family.FLOAT) or context.type.array:
        raise wrong(Code.WRONG_KIND, f"'{kind}' makes numbers, and '{context.column}' is {context.type}", path=(kind,))
    if context.unique:
        raise wrong(Code.NOT_UNIQUE, f"'{kind}' cannot promise different values", path=(kind,), hint="drop `unique`")
    result = Result(context.type, f"{context.entity}.{context.column}", places)
    return SeriesKernel(course, context.draw, result, context.moment, context.window.timezone)


def in_turn(group: I64, order: I64, first: F64, advance: Advance) -> F64:
    """The values of all families, (n,): `first` (n,) holds those of rows that begin one, the others follow in turn.

    All families take their t-th step together, so that nothing depends on which families are made at once.
    """
    found = np.empty(len(group))
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(starts, append=len(group))
    longest = np.argsort(-sizes, kind="stable")
    starts, sizes = starts[longest], sizes[longest]
    now = first[order[starts]]
    for step in range(int(sizes.max(initial=0))):
        alive = int(np.searchsorted(-sizes, -step, side="left"))
        row = order[starts[:alive] + step]
        if step:
            now = advance(now[:alive], row)
        found[row] = now[:alive]
    return found
