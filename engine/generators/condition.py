"""A test over a row, as `case: when` and filters have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.errors import GenerateError, Path, SpecError
from engine.expressions import Expression, compile_test, names_in
from engine.generators.base import Context, Rows
from engine.generators.names import constants_in
from engine.types import Bool, ColumnPath
from engine.views import truth_of


class Test(Protocol):
    """Something that is true of some rows."""

    def holds(self, rows: Rows) -> Bool:
        """Where it is true, (n,)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled boolean expression."""

    expression: Expression
    where: str

    def holds(self, rows: Rows) -> Bool:
        """Where it is true, (n,); null is not true. Raises GenerateError."""
        try:
            found = self.expression.evaluate(rows.read, rows.size)
        except GenerateError as error:
            raise error.at(self.where) from None
        return truth_of(found)


def condition_reads(text: str) -> tuple[ColumnPath, ...]:
    """The names in a condition, columns and parameters alike; none where it cannot be parsed, as compiling it tells."""
    try:
        return names_in(text)
    except SpecError:
        return ()


def compile_condition(text: str, context: Context, *, path: Path = ()) -> Condition:
    """Compile a boolean expression over the row; `path` says where it stands.

    Raises SpecError (EXPR_SYNTAX to EXPR_TOO_BIG).
    """
    try:
        constants = constants_in(condition_reads(text), context)
        expression = compile_test(
            text, type_of=context.scope.type_of, constants=constants, timezone=context.window.timezone
        )
    except SpecError as error:
        raise error.under(*path) from None
    return Condition(expression, f"{context.entity}.{context.column}")
