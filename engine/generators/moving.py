"""Arguments of a law that the row makes: ``{normal: {mean: {expr: device_id.base}, sd: 0.2}}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.errors import Code, GenerateError, SpecError
from engine.expressions import Expression, compile_expression
from engine.generators.base import Context, Law, Rows
from engine.generators.condition import condition_reads
from engine.generators.draws import Draw
from engine.generators.names import constants_in
from engine.generators.result import Result
from engine.types import F64, FLOAT8
from engine.units import Quantity, parse_fraction, parse_quantity
from engine.views import fixed, mask_of


class Moving(BaseModel):
    """A number that each row makes from its columns: ``{expr: device_id.base}``.

    Where it is a probability: ``{expr: "case when segment = 'vip' then 0.99 else 0.95 end"}``, in a life cycle also
    ``{expr: "least(0.97, 2.9 / intensity(storefront))"}``; there `moment` is when the state is entered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    expr: str = Field(description="An expression over the row that gives a number.")

    def compile(self, context: Context) -> Expression:
        """Raises SpecError (EXPR_SYNTAX to EXPR_TOO_BIG)."""
        try:
            return compile_expression(
                self.expr,
                type_of=context.scope.type_of,
                constants=constants_in(condition_reads(self.expr), context),
                timezone=context.window.timezone,
                target=FLOAT8,
            )
        except SpecError as error:
            raise error.under("expr") from None


def moving(value: object) -> Moving:
    """Read ``{expr: …}``. Raises PydanticCustomError (WRONG_TYPE)."""
    try:
        return Moving.model_validate(value)
    except ValidationError:
        message = "an argument is a quantity, or {expr: …} over the row"
        context = {"message": message, "hint": "such as {expr: device_id.base}"}
        raise PydanticCustomError(Code.WRONG_TYPE.value, "{message}", context) from None


def _quantity(value: object) -> Quantity | Moving:
    return moving(value) if isinstance(value, Mapping | Moving) else parse_quantity(value)


def _fraction(value: object) -> float | Moving:
    return moving(value) if isinstance(value, Mapping | Moving) else parse_fraction(value)


_JSON = {
    "type": "object",
    "properties": {"expr": {"type": "string", "description": "An expression over the row."}},
    "required": ["expr"],
    "additionalProperties": False,
}
Argument: TypeAlias = Quantity | Moving
ArgumentField = Annotated[
    Quantity | Moving,
    PlainValidator(_quantity),
    WithJsonSchema({"anyOf": [{"type": ["number", "string"], "examples": [24, "4h", "2025-11-01"]}, _JSON]}),
]
ShareField = Annotated[
    float | Moving,
    PlainValidator(_fraction),
    WithJsonSchema({"anyOf": [{"type": ["number", "string"], "examples": [0.1, "10%"]}, _JSON]}),
]


class ByRow(Protocol):
    """A law whose arguments may be columns."""

    def of_rows(self, arguments: Mapping[str, F64 | float]) -> Law:
        """The law with an argument for each row; `quantile` takes one u for each."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an argument must be: above 0, or a share."""

    positive: bool = False
    share: bool = False

    def require(self, found: F64, name: str) -> None:
        """Raise GenerateError where a number is not finite or out of bounds."""
        wrong = ~np.isfinite(found)
        wrong |= (found <= 0) if self.positive else False
        wrong |= ((found < 0) | (found > 1)) if self.share else False
        if wrong.any():
            wanted = "between 0 and 1" if self.share else "above 0" if self.positive else "finite"
            raise GenerateError(f"{name} is {found[int(np.argmax(wrong))]:g} in a row; it must be {wanted}")


@dataclass(frozen=True, slots=True)
class DrawnByRow:
    """One draw for every row from a law of its own."""

    law: ByRow
    constants: Mapping[str, float]
    moving: Mapping[str, tuple[Expression, Bounds]]
    draw: Draw
    result: Result

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,), null where an argument is. Raises GenerateError."""
        arguments: dict[str, F64 | float] = dict(self.constants)
        nulls = np.zeros(rows.size, np.bool_)
        for name, (expression, bounds) in self.moving.items():
            column = expression.evaluate(rows.read, rows.size)
            mask = mask_of(column)
            found = np.array(fixed(column, "<f8"))
            if mask is not None:
                found[mask], nulls = 0.5, nulls | mask
            bounds.require(found, f"{self.result.name}: {name}")
            arguments[name] = found
        drawn = self.result.floats(self.law.of_rows(arguments).quantile(self.draw.uniform(rows.identity)))
        return pc.if_else(pa.array(nulls), pa.scalar(None, drawn.type), drawn) if nulls.any() else drawn
