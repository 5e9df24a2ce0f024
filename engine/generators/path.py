"""The way to a row of a tree, from its root, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from engine.errors import Code, SpecError, wrong
from engine.generators.base import Context, Generator, Rows, Scope
from engine.generators.level import tree_of
from engine.generators.tree import TreePick
from engine.types import TEXT, ColumnPath, Family, PgType


class Path(Generator):
    """What the rows above hold, from the root to the row itself: ``{path: parent_id.slug, separator: /}``.

    Guarantees the very texts of those rows, joined. Costs the recomputation of that column once for each level. Refuses
    a column that is no reference with ``pick: {tree: …}``, and one that is not text.
    """

    kind: ClassVar[str] = "path"
    path: str = Field(
        pattern=r"^\w+\.\w+$", description="The column that points to the row above, and a column of text."
    )
    separator: str = Field("/", max_length=20, pattern=r"^[^\x00]*$", description="What stands between two rows.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The reference, and the text."""
        up, _, text = self.path.partition(".")
        return ((up,), (text,))

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """Text."""
        return TEXT

    def compile(self, context: Context) -> PathKernel:
        """Find the tree. Raises SpecError (UNKNOWN_COLUMN, WRONG_KIND)."""
        (up,), (text,) = self.reads()
        tree = tree_of(context, up, "path")
        try:
            kind = context.scope.type_of((text,))
        except SpecError as error:
            raise error.under("path") from None
        if (
            kind.family is not Family.TEXT
            or kind.array
            or context.type.family is not Family.TEXT
            or context.type.labels
        ):
            message = f"'{text}' is {kind}, and '{context.column}' is {context.type}: a path is text, made of texts"
            raise wrong(
                Code.WRONG_KIND, message, path=("path",), hint="put it into a hidden column with a template first"
            )
        return PathKernel(tree, context.entity, text, self.separator)


@dataclass(frozen=True, slots=True, eq=False)
class PathKernel:
    """Joins texts level by level, from the row upwards."""

    tree: TreePick
    entity: str
    text: str
    separator: str

    def values(self, rows: Rows) -> pa.Array:
        """The texts from the root to each row; null where one of them is, (n,)."""
        found = rows.read((self.text,)).cast(pa.string())
        for positions, numbers in self.tree.ancestors(rows.index):
            above = rows.at(self.entity, numbers).read((self.text,)).cast(pa.string())
            joined = pc.binary_join_element_wise(above, found.take(pa.array(positions)), self.separator)
            mask = np.zeros(rows.size, np.bool_)
            mask[positions] = True
            found = pc.replace_with_mask(found, pa.array(mask), joined)
        return found
