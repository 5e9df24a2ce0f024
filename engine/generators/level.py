"""How deep in a tree a row is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.reference import Reference
from engine.generators.tree import TreePick, planted
from engine.types import INT4, ColumnPath, Family, PgType, value_type


class Level(Generator):
    """The level of a row in a tree, 1 for its roots: ``depth: {level: parent_id}``, and ``from: 0`` to begin with 0.

    Guarantees what the rows above say. Refuses a column that is no reference with ``pick: {tree: …}``.
    """

    kind: ClassVar[str] = "level"
    level: str = Field(pattern=r"^\w+$", description="The column that points to the row above.")
    first: int = Field(1, alias="from", ge=0, le=1, description="The level of the roots.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The reference."""
        return ((self.level,),)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """int4."""
        return INT4

    def compile(self, context: Context) -> LevelKernel:
        """Find the tree. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND)."""
        if context.type.family is not Family.INTEGER or context.type.array:
            raise wrong(Code.WRONG_KIND, f"a level is a whole number, not {context.type}")
        return LevelKernel(tree_of(context, self.level, "level"), self.first, context.type)


def tree_of(context: Context, column: str, place: str) -> TreePick:
    """The tree that a column of the entity is made by. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND)."""
    try:
        context.scope.type_of((column,))
    except SpecError as error:
        raise error.under(place) from None
    made = context.scope.made_by(column)
    if not isinstance(made, Reference) or isinstance(made.pick, str) or made.pick.tree is None:
        message = f"'{column}' leads to no row above"
        hint = f"make it {{reference: {context.entity}, pick: {{tree: {{roots: 5, branching: 3}}}}}}"
        raise wrong(Code.WRONG_KIND, message, path=(place,), hint=hint)
    try:
        return planted(made.pick.tree, made, replace(context, column=column, key=context.scope.key(column)))
    except SpecError:
        raise SpecError([]) from None  # said where the tree stands


@dataclass(frozen=True, slots=True)
class LevelKernel:
    """Counts the rows above, by the ends of levels."""

    tree: TreePick
    first: int
    type: PgType

    def values(self, rows: Rows) -> pa.Array:
        """The level of each row, (n,)."""
        return pa.array(self.tree.level(rows.index) - 1 + self.first).cast(value_type(self.type))
