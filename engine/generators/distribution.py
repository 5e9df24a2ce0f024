"""A column drawn from a law: what every distribution shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from engine.errors import Code, SpecError, wrong
from engine.expressions import Expression
from engine.generators.base import Context, Dimension, Distribution, Kernel, Law, Rows, Scope, Window
from engine.generators.condition import condition_reads
from engine.generators.dimension import FAMILIES, amount, positive, require, wall
from engine.generators.draws import Draw
from engine.generators.law import Whole, truncated
from engine.generators.moving import Bounds, DrawnByRow, Moving
from engine.generators.result import BOUNDS, Result
from engine.maths import BLOCK
from engine.types import F64, FLOAT8, INT8, INTERVAL, TIMESTAMPTZ, ColumnPath, Family, PgType, numeric, value_type


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of a law for every row."""

    law: Law
    draw: Draw
    result: Result

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,). Raises GenerateError where a draw does not fit the column's type."""
        identity = rows.identity
        drawn = np.empty(len(identity))
        for start in range(0, len(identity), BLOCK):
            piece = slice(start, start + BLOCK)
            drawn[piece] = self.law.quantile(self.draw.uniform(identity[piece]))
        return self.result.floats(drawn)


class ByLaw(Distribution):
    """A distribution whose kernel is a quantile; a kind says its dimension and its law, the rest is here."""

    positive: ClassVar[tuple[str, ...]] = ()
    """The arguments that must be above 0."""
    shares: ClassVar[tuple[str, ...]] = ()
    """The arguments that are probabilities."""

    def moving(self) -> dict[str, Moving]:
        """The arguments that each row makes for itself."""
        arguments = getattr(self, self.kind)
        found = {name: getattr(arguments, name) for name in getattr(type(arguments), "model_fields", ())}
        return {name: value for name, value in found.items() if isinstance(value, Moving)}

    def reads(self) -> tuple[ColumnPath, ...]:
        """What arguments are made from."""
        return tuple(dict.fromkeys(path for made in self.moving().values() for path in condition_reads(made.expr)))

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The law with arguments that are columns, (n,). Raises GenerateError."""
        raise NotImplementedError

    def untruncated(self, window: Window) -> Law:
        """The law without `min` and `max`. Raises SpecError."""
        raise NotImplementedError

    def law(self, window: Window) -> Law:
        """The law, truncated to `min` and `max`. Raises SpecError (WRONG_KIND, INFEASIBLE)."""
        for name in self.moving():
            message = f"'{name}' is made from the row, and here one law must do for all rows"
            raise wrong(Code.WRONG_KIND, message, path=(self.kind, name))
        dimension = self.dimension()
        require(self.min, dimension, ("min",))
        require(self.max, dimension, ("max",))
        low = None if self.min is None else amount(self.min, window)
        high = None if self.max is None else amount(self.max, window)
        if low is not None and high is not None and low > high:
            raise wrong(Code.INFEASIBLE, f"min {self.min} is above max {self.max}", path=("min",))
        return truncated(self.untruncated(window), low, high)

    def whole(self, window: Window) -> Law:
        """The law of whole numbers that this one is rounded to."""
        law = self.law(window)
        return law if law.discrete else Whole(law)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """float8 for numbers; numeric(18, round) where `round` is given; interval; timestamptz."""
        if self.dimension() is not Dimension.NUMBER:
            return INTERVAL if self.dimension() is Dimension.DURATION else TIMESTAMPTZ
        if self.round is not None:
            return numeric(18, min(self.round, 18)) if self.round else INT8
        return FLOAT8

    def compile(self, context: Context) -> Kernel:
        """A draw of the law for every row. Raises SpecError (WRONG_KIND, NOT_UNIQUE, INFEASIBLE, OUT_OF_RANGE)."""
        self.require_fit(context)
        if context.unique:
            raise not_unique(self.kind)
        if self.moving():
            return self.by_row(context)
        law = self.law(wall(context.window, context.type))
        check_range(law, context.type)
        return Drawn(law, context.draw, self.result_of(context))

    def by_row(self, context: Context) -> DrawnByRow:
        """A draw for every row from a law of its own. Raises SpecError."""
        for name in ("min", "max"):
            if getattr(self, name) is not None:
                message = f"'{name}' cuts one law for all rows, and here each row has its own"
                raise wrong(Code.CONFLICT, message, path=(name,), hint="cut it in an expr: least(greatest(…, 0), 9)")
        arguments = getattr(self, self.kind)
        moving: dict[str, tuple[Expression, Bounds]] = {}
        for name, made in self.moving().items():
            try:
                moving[name] = made.compile(context), Bounds(name in self.positive, name in self.shares)
            except SpecError as error:
                raise error.under(self.kind, name) from None
        others = {name: getattr(arguments, name) for name in type(arguments).model_fields if name not in moving}
        constants = {n: amount(v, context.window) for n, v in others.items() if v is not None}
        for name in constants:
            if name in self.positive:
                positive(others[name], context.window, (self.kind, name))
        return DrawnByRow(self, constants, moving, context.draw, self.result_of(context))

    def result_of(self, context: Context) -> Result:
        """What the numbers become in this column."""
        return Result(context.type, f"{context.entity}.{context.column}", self.round)

    def require_fit(self, context: Context) -> None:
        """Raise SpecError (WRONG_KIND, CONFLICT) where a column of this type cannot hold the values."""
        dimension = self.dimension()
        if context.type.family not in FAMILIES[dimension]:
            raise wrong(
                Code.WRONG_KIND,
                f"'{self.kind}' here makes {dimension}, which a column of type {context.type} cannot hold",
                path=(self.kind,),
                hint=_hint(context.type, dimension),
            )
        if self.round is not None and dimension is not Dimension.NUMBER:
            raise wrong(
                Code.CONFLICT,
                f"'round' is for numbers; this law makes {dimension}",
                path=("round",),
                hint="leave it out",
            )


def short(name: str) -> Callable[[object], object]:
    """What reads a bare scalar as ``{name: scalar}``."""

    def expand(value: object) -> object:
        return {name: value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value

    return expand


def one_of(arguments: BaseModel, *names: str) -> None:
    """Raise ValueError unless exactly one of these arguments is given."""
    given = [name for name in names if getattr(arguments, name) is not None]
    if len(given) != 1:
        said = " and ".join(f"'{name}'" for name in given) or "none"
        raise ValueError(f"takes exactly one of {', '.join(names)}, not {said}; leave one")


def not_unique(kind: str) -> SpecError:
    """The error for `unique: true` beside a law that draws with repetition."""
    return wrong(
        Code.NOT_UNIQUE,
        f"'{kind}' makes values that may repeat",
        path=("unique",),
        hint="unique values come from sequence, uuid4, uuid7, choice, or uniform over whole numbers, decimals or dates",
    )


def check_range(law: Law, pg: PgType) -> None:
    """Raise SpecError (OUT_OF_RANGE) where the law's own finite bounds lie outside the type."""
    low, high = limits(pg)
    for side, value in (("min", law.low), ("max", law.high)):
        if abs(value) < inf and not low - 0.5 <= value < high + 1.0:
            raise wrong(
                Code.OUT_OF_RANGE,
                f"the law's values go to {value:g}, but {pg} holds {low:g} to {high:g}",
                hint=f"give the law a `{side}:` within the type, or use a wider type",
            )


def limits(pg: PgType) -> tuple[float, float]:
    """The smallest and largest value of a type in the units of laws; infinite where there is no bound."""
    if pg.family is Family.DECIMAL:
        held = value_type(pg)
        top = 10.0 ** (held.precision - held.scale) - 10.0**-held.scale
        return -top, top
    return BOUNDS.get(pg.name, (-inf, inf))


def _hint(pg: PgType, dimension: Dimension) -> str:
    if pg.family is Family.TEXT:
        return "put the number in a hidden column and name it in a `template`"
    if pg.family is Family.BOOLEAN:
        return "for true and false use `bernoulli: 30%`"
    for wanted, families in FAMILIES.items():
        if pg.family in families and wanted is not dimension:
            return f"write the law's arguments as {wanted}"
    return "use a generator that makes this type, such as choice, constant or expr"
