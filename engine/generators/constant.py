"""A column with the same value in every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.literal import Scalar, literal
from engine.types import BOOL, FLOAT8, INT8, TEXT, PgType


class Constant(Generator):
    """The same value in every row: ``{constant: EUR}``, or the bare scalar ``EUR``.

    Guarantees the value exactly. Refuses a value that the column's type cannot hold.
    """

    kind: ClassVar[str] = "constant"
    constant: Scalar = Field(description="Text, a number, true, false or null.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """The type of the scalar as it is written; null is text."""
        for python, type_ in ((bool, BOOL), (int, INT8), (float, FLOAT8)):
            if isinstance(self.constant, python):
                return type_
        return TEXT

    def compile(self, context: Context) -> ConstantKernel:
        """Read the scalar as a value of the column's type. Raises SpecError (WRONG_KIND)."""
        return ConstantKernel(literal(self.constant, context.type, context.window.timezone))


@dataclass(frozen=True, slots=True)
class ConstantKernel:
    """Repeats one Arrow scalar."""

    value: pa.Scalar

    def values(self, rows: Rows) -> pa.Array:
        """The value, (n,) times."""
        return pa.repeat(self.value, rows.size)
