"""A column of text put together from others."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.expressions import compile_template, tells_rows_apart, template_names
from engine.generators.base import Context, Generator, Scope
from engine.generators.expr import ExprKernel
from engine.generators.names import constants_in
from engine.types import TEXT, ColumnPath, Family, PgType


class Template(Generator):
    """Text with values in it: ``{template: "{{ first_name | lower }}.{{ row }}@example.com"}``.

    Names are columns, paths through references, parameters, row, ordinal, window_start and window_end; values
    are written as PostgreSQL writes them. Filters: lower, upper, title, trim, replace(a, b), default('x'), ascii,
    slug, pad(n), first(n). ``{% if … %}`` tests names and comparisons.
    Guarantees null where a value is null that has no default; with `unique: true` that no two rows are alike,
    which takes {{ row }} set off by something that is no digit. Costs what the columns cost that it reads.
    Refuses loops, calls, arithmetic, and texts longer than the column (when they occur).
    """

    kind: ClassVar[str] = "template"
    template: str = Field(description="Text, {{ names | filters }} and {% if … %}.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The names in it; parameters are among them."""
        try:
            return template_names(self.template)
        except SpecError:
            return ()  # compile says what is wrong

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """text."""
        return TEXT

    def compile(self, context: Context) -> ExprKernel:
        """Parse, type and compile. Raises SpecError (TEMPLATE_SYNTAX to TEMPLATE_UNKNOWN_NAME, EXPR_TYPE, …)."""
        if context.type.family not in (Family.TEXT, Family.JSON, Family.OTHER):
            raise wrong(
                Code.WRONG_KIND,
                f"a template makes text, which a column of type {context.type} cannot hold",
                path=("template",),
                hint="use expr for numbers and moments",
            )
        try:
            made = compile_template(
                self.template,
                type_of=context.scope.type_of,
                constants=constants_in(self.reads(), context),
                timezone=context.window.timezone,
                target=context.type,
            )
        except SpecError as error:
            raise error.under("template") from None
        if context.unique and not (context.count is not None and tells_rows_apart(self.template)):
            raise wrong(
                Code.NOT_UNIQUE,
                "two rows could get the same text from this template",
                path=("unique",),
                hint=_HINT if context.count is not None else _CHILD_HINT,
            )
        return ExprKernel(made, f"{context.entity}.{context.column}")


_HINT = "add {{ row }} with a character that is no digit beside it, such as {{ first_name }}.{{ row }}@example.com"
_CHILD_HINT = "entities with `per` have no row number of their own; use uuid4, uuid7 or sequence"
