"""What a parent's columns over its `per` children share: sum, count, min, max."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.decimals import from_units, to_units
from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.copied import copied
from engine.types import I64, ColumnPath, Family, PgType, value_type

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)

PATH = r"^\w+\.\w+$"


class Aggregate(Generator):
    """Base of the four: the head is ``entity.column`` of a `per` child of this entity."""

    def aggregates(self) -> tuple[ColumnPath, ...]:
        """The child and its column."""
        return (tuple(getattr(self, self.kind).split(".")),)

    def result(self, scope: Scope) -> PgType:
        """The type of the child's column."""
        return scope.child_type(*self.aggregates()[0])

    def compile(self, context: Context) -> AggregateKernel:
        """Check that the child's column can be aggregated. Raises SpecError."""
        entity, column = self.aggregates()[0]
        try:
            source = context.scope.child_type(entity, column)
        except SpecError as error:
            raise error.under(self.kind) from None
        allowed: tuple[Family, ...] = _NUMBERS
        if self.kind != "sum":
            allowed = (*allowed, Family.TIMESTAMP, Family.DATE, Family.INTERVAL)
        if source.family not in allowed:
            message = f"{self.kind} of {entity}.{column}: {source} cannot be aggregated so"
            raise wrong(Code.WRONG_KIND, message, path=(self.kind,))
        require_like(source, context.type, self.kind)
        return AggregateKernel(self.kind, entity, column, context.type, f"{context.entity}.{context.column}")


def require_like(source: PgType, target: PgType, kind: str) -> None:
    """Raise SpecError (WRONG_KIND) unless a column of `target` can take over values of `source`."""
    numbers = source.family in _NUMBERS and target.family in _NUMBERS
    texts = source.family is Family.TEXT and target.family is Family.TEXT and source.labels == target.labels
    if source.array == target.array and (numbers or texts or value_type(source) == value_type(target)):
        return
    raise wrong(
        Code.WRONG_KIND,
        f"'{kind}' here gives {source}, which a column of type {target} cannot hold",
        path=(kind,),
        hint=f"keep it in a column of type {source}, hidden if need be, and read that in an `expr`",
    )


@dataclass(frozen=True, slots=True)
class AggregateKernel:
    """Reduces a child's column group by group."""

    function: str
    entity: str
    column: str
    type: PgType
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """One value for each row, (n,)."""
        children, offsets = rows.children(self.entity)
        if self.function == "count":
            return pa.array(np.diff(offsets)).cast(value_type(self.type))
        column = children.read((self.column,))
        reduced = _sum(column, offsets) if self.function == "sum" else _extreme(column, offsets, self.function)
        return copied(reduced, self.type, f"{self.where}, {self.function}")


def _sum(column: pa.Array, offsets: I64) -> pa.Array:
    """Group sums: exact in int64 (of cents, for decimals); nulls count as nothing, an empty group as 0."""
    if pa.types.is_decimal(column.type):
        return from_units(_differences(to_units(pc.fill_null(column, 0)), offsets), 38, column.type.scale)
    if pa.types.is_floating(column.type):
        values = pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False)
        return pa.array(_reduce(np.add, values, offsets, 0.0))
    return pa.array(_differences(pc.fill_null(column, 0).cast("int64").to_numpy(zero_copy_only=False), offsets))


def _differences(values: I64, offsets: I64) -> I64:
    running = np.concatenate(([0], np.cumsum(values)))
    return running[offsets[1:]] - running[offsets[:-1]]


def _reduce(function: np.ufunc, values: np.ndarray, offsets: I64, empty: object) -> np.ndarray:
    """`function.reduceat` over groups that may be empty (where numpy would give the next group's first value)."""
    some = np.diff(offsets) > 0
    out = np.full(len(some), empty, values.dtype)
    if some.any():
        out[some] = function.reduceat(values, offsets[:-1][some])
    return out


def _extreme(column: pa.Array, offsets: I64, function: str) -> pa.Array:
    """Group minima or maxima; null where a group is empty or all null."""
    lower = function == "min"
    plain = _orderable(column)
    bounds = np.finfo if plain.dtype.kind == "f" else np.iinfo
    neutral = bounds(plain.dtype).max if lower else bounds(plain.dtype).min
    here = column.is_valid().to_numpy(zero_copy_only=False)
    out = _reduce(np.minimum if lower else np.maximum, np.where(here, plain, neutral), offsets, neutral)
    nothing = _differences(here.astype(np.int64), offsets) == 0
    if pa.types.is_decimal(column.type):
        return pc.if_else(pa.array(nothing), None, from_units(np.where(nothing, 0, out), 38, column.type.scale))
    return pa.array(np.where(nothing, 0, out), mask=nothing).cast(_storage(column.type)).cast(column.type)


def _storage(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_date32(type_):
        return pa.int32()
    return type_ if pa.types.is_integer(type_) or pa.types.is_floating(type_) else pa.int64()


def _orderable(column: pa.Array) -> np.ndarray:
    if pa.types.is_decimal(column.type):
        return to_units(pc.fill_null(column, 0))
    plain = column.cast(_storage(column.type))
    return np.asarray(pc.fill_null(plain, pa.scalar(0, plain.type)))
