"""A column computed from others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from engine.errors import Code, GenerateError, SpecError, wrong
from engine.expressions import Expression, compile_expression
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.condition import condition_reads
from engine.generators.names import constants_in, constants_of
from engine.types import ColumnPath, PgType


class Expr(Generator):
    """PostgreSQL's scalar SQL over the row: ``{expr: "product_id.price * (100 - discount_pct) / 100", round: 2}``.

    Two functions are ours. ``intensity(storefront)`` is how busy a timeline is when the row happens, as a float8: 1 is
    the mean of the window, 3 thrice as much, 0 a moment outside; ``intensity(storefront, paid_at)`` at another moment.
    It measures by the mean with all events, also ``--without`` one. ``during(storefront.sale)`` is whether an event is
    on then, as `case` means it. Both may stand wherever an expression may; in the odds of a life cycle the moment is
    that at which the state is entered.

    Guarantees what PostgreSQL would compute: decimals are exact, integers divide towards zero, null is unknown.
    Costs what the columns cost that it reads. Refuses everything that is not on the list of functions, and a
    quotient of decimals without a number of places. Division by zero and overflow end the run.
    """

    kind: ClassVar[str] = "expr"
    expr: str = Field(description="An expression over columns, parameters, window_start and window_end.")
    round: int | None = Field(None, ge=0, le=20, description="Decimal places; half away from zero.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The names in it; parameters are among them."""
        return condition_reads(self.expr)

    def result(self, scope: Scope) -> PgType:
        """The type that PostgreSQL would give it. Raises SpecError."""
        constants = constants_of(self.reads(), scope)
        try:
            return compile_expression(
                self.expr, type_of=scope.type_of, constants=constants, timezone="UTC", scale=self.round
            ).type
        except SpecError as error:
            raise error.under("expr") from None

    def compile(self, context: Context) -> ExprKernel:
        """Parse, type and compile. Raises SpecError (EXPR_SYNTAX to EXPR_TOO_BIG, NOT_UNIQUE)."""
        if context.unique:
            raise wrong(
                Code.NOT_UNIQUE,
                "whether the values of an expression differ is not known beforehand",
                path=("unique",),
                hint="use sequence, uuid4, uuid7, uniform, or a template with {{ row }}",
            )
        try:
            expression = compile_expression(
                self.expr,
                type_of=context.scope.type_of,
                constants=constants_in(self.reads(), context),
                timezone=context.window.timezone,
                target=context.type,
                scale=self.round,
            )
        except SpecError as error:
            raise error.under("expr") from None
        return ExprKernel(expression, f"{context.entity}.{context.column}")


@dataclass(frozen=True, slots=True)
class ExprKernel:
    """Evaluates one expression over whole columns."""

    expression: Expression
    where: str

    def values(self, rows: Rows) -> pa.Array:
        """The values, (n,). Raises GenerateError that names the column."""
        try:
            return self.expression.evaluate(rows.read, rows.size)
        except GenerateError as error:
            raise error.at(self.where) from None
