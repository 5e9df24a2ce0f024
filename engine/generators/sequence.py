"""One after the other: numbers, amounts, dates or numbered names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Dimension, Generator, Kernel, Rows, Scope
from engine.generators.dimension import FAMILIES, dimension_of, exact, require, wall
from engine.generators.distribution import limits, short
from engine.generators.labels import labels
from engine.generators.lattice import steps
from engine.generators.result import Result
from engine.types import DAY, I64, INT8, INTERVAL, TEXT, TIMESTAMPTZ, ColumnPath, Family, PgType, numeric
from engine.units import Duration, QuantityField

SIBLINGS = 1 << 20
"""A parent has fewer children of one kind than this."""

LARGEST = 1 << 62


class SequenceArguments(BaseModel):
    """Where it begins, how it goes on, and how it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    start: QuantityField = Field(1, description="The first value: a number, a moment or a duration.")
    step: QuantityField | None = Field(
        None, description="From one to the next; 1 unless said otherwise, 1d for moments."
    )
    within: Literal["parent"] | None = Field(None, description="``parent``: counts anew among each parent's children.")
    prefix: str = Field("", max_length=200, description="For text: what stands before the number.")
    width: int | None = Field(None, ge=1, le=40, description="For text: digits, filled with zeros.")


class Sequence(Generator):
    """Values one after the other: ``sequence: 1``, ``{start: 10, step: 10}``, ``{prefix: SKU-, width: 6}``.

    Guarantees start + step · row number, and so unique values, for entities with a `count`. With
    ``within: parent`` counts among siblings. Refuses children otherwise, since nothing numbers them all, and a
    last value that the column's type cannot hold.
    """

    kind: ClassVar[str] = "sequence"
    sequence: Annotated[
        SequenceArguments, BeforeValidator(short("start"), json_schema_input_type=SequenceArguments | QuantityField)
    ] = Field(description="The first value, or ``{start: 10, step: 10}``.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The place among siblings, where it counts by parent."""
        return (("ordinal",),) if self.sequence.within else ()

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """text with a prefix or a width; else by the start: int8, numeric(18, 6), interval or timestamptz."""
        given = self.sequence
        if given.prefix or given.width:
            return TEXT
        dimension = dimension_of(given.start)
        if dimension is not Dimension.NUMBER:
            return INTERVAL if dimension is Dimension.DURATION else TIMESTAMPTZ
        return numeric(18, 6) if isinstance(given.start, float) or isinstance(given.step, float) else INT8

    def compile(self, context: Context) -> Kernel:
        """Count in units of the type. Raises SpecError (WRONG_KIND, CONFLICT, OUT_OF_RANGE, NOT_UNIQUE)."""
        self._require_place(context)
        self._require_kind(context.type)
        first, step = self._units(context)
        count = SIBLINGS if context.count is None else context.count
        counted = Counted(first, step, self._limit(context, first, step, count), _result(context), bool(self.reads()))
        if context.type.family is not Family.TEXT:
            return counted
        self._require_room(context.type, first + step * (count - 1))
        return Labelled(counted, self.sequence.prefix, self.sequence.width or 0)

    def _require_place(self, context: Context) -> None:
        if context.count is None and self.sequence.within is None:
            raise wrong(
                Code.WRONG_KIND,
                "nothing numbers the rows of an entity that is made `per` parent",
                path=("sequence",),
                hint="use `uuid7` for a key, or `sequence: {within: parent}` to number each parent's own children",
            )
        if context.count is not None and self.sequence.within is not None:
            raise wrong(
                Code.CONFLICT,
                "'within: parent' is for entities made `per` parent; this one has a `count`",
                path=("sequence", "within"),
                hint="leave `within` out",
            )
        if context.unique and self.sequence.within is not None:
            raise wrong(
                Code.NOT_UNIQUE,
                "a sequence within each parent begins anew at every parent",
                path=("unique",),
                hint="it is unique together with the parent's key; use `uuid7` for a key of its own",
            )

    def _require_kind(self, pg: PgType) -> None:
        given = self.sequence
        dimension = dimension_of(given.start)
        number = Dimension.DURATION if dimension is Dimension.MOMENT else dimension
        require(given.step, number, ("sequence", "step"))
        if pg.family is Family.TEXT and not pg.labels and dimension is Dimension.NUMBER:
            return
        if pg.family not in FAMILIES[dimension] or pg.family is Family.TIME:
            raise wrong(
                Code.WRONG_KIND,
                f"a sequence of {dimension} cannot fill a column of type {pg}",
                path=("sequence",),
                hint="start it with a number for integer, numeric or text columns, a moment for dates and timestamps",
            )
        if given.prefix or given.width:
            raise wrong(Code.CONFLICT, f"'prefix' and 'width' are for text, not for {pg}", path=("sequence", "prefix"))

    def _units(self, context: Context) -> tuple[int, int]:
        """Start and step in whole units of the type."""
        given, window = self.sequence, wall(context.window, context.type)
        usual = 1 if dimension_of(given.start) is Dimension.NUMBER else Duration(DAY)
        first = _whole(exact(given.start, window), context.type, "start")
        step = _whole(exact(usual if given.step is None else given.step, window), context.type, "step")
        if step == 0:
            raise wrong(Code.OUT_OF_RANGE, "a sequence does not move with step 0", path=("sequence", "step"))
        return first, step

    def _limit(self, context: Context, first: int, step: int, count: int) -> int:
        """The largest row number, from 0, whose value fits the type."""
        low, high = _bounds(context.type)
        limit = (high - first) // step if step > 0 else (low - first) // step
        if not low <= first <= high or (context.count is not None and count - 1 > limit):
            last = first + step * (count - 1)
            raise wrong(
                Code.OUT_OF_RANGE,
                f"{count} values from {first} to {last} (in units of {context.type}) do not fit {context.type}",
                path=("sequence",),
                hint="use a wider type, or a smaller start, step or count",
            )
        return min(limit, LARGEST)

    def _require_room(self, pg: PgType, last: int) -> None:
        length = len(self.sequence.prefix) + max(self.sequence.width or 0, len(str(last)))
        if pg.length is not None and length > pg.length:
            raise wrong(
                Code.OUT_OF_RANGE,
                f"'{self.sequence.prefix}' and {length - len(self.sequence.prefix)} digits are {length} characters, "
                f"{pg} keeps {pg.length}",
                path=("sequence",),
                hint="shorten prefix or width, or use a longer type",
            )


def _result(context: Context) -> Result:
    return Result(INT8 if context.type.family is Family.TEXT else context.type, f"{context.entity}.{context.column}")


def _whole(value: int | float, pg: PgType, name: str) -> int:
    unit = Decimal(1) if pg.family is Family.TEXT else steps(pg, None)[1]
    units = Decimal(repr(value)) / unit
    if units != units.to_integral_value():
        raise wrong(
            Code.OUT_OF_RANGE,
            f"{name} {value} lies between two values of {pg}",
            path=("sequence", name),
            hint=f"write a multiple of {unit}",
        )
    return int(units)


def _bounds(pg: PgType) -> tuple[int, int]:
    if pg.family is Family.TEXT:
        return 0, LARGEST
    if pg.family is Family.DECIMAL:
        top = min(10**pg.precision - 1, LARGEST) if pg.precision is not None else LARGEST
        return -top, top
    low, high = limits(pg)
    if pg.family is Family.FLOAT:
        return -(2**53), 2**53
    days = DAY if pg.family is Family.DATE else 1
    return max(int(low) // days, -LARGEST), min(int(high) // days, LARGEST)


@dataclass(frozen=True, slots=True)
class Counted:
    """first + step · k, where k is the row's number or its place among siblings, from 0."""

    first: int
    step: int
    limit: int
    result: Result
    siblings: bool

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,). Raises GenerateError where a family outgrows the type."""
        return self.result.units(self.units(rows))

    def units(self, rows: Rows) -> I64:
        """The values in units of the type, (n,)."""
        k = rows.read(("ordinal",)).to_numpy(zero_copy_only=False) - 1 if self.siblings else rows.index
        if len(k) and k.max() > self.limit:
            raise GenerateError(f"{self.result.name}: value number {k.max() + 1} does not fit {self.result.type}")
        return np.asarray(k * self.step + self.first, np.int64)


@dataclass(frozen=True, slots=True)
class Labelled:
    """The same numbers as text, after a prefix."""

    counted: Counted
    prefix: str
    width: int

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        return labels(self.counted.units(rows), self.prefix, self.width)
