"""Keys that sort by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.errors import Code, GenerateError, wrong
from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.uuids import column, require_fit, version_7
from engine.permutation import mix_halves
from engine.stream import Key, bits
from engine.types import DAY, U64, UUID, ColumnPath, Family, PgType

HALF = 37
"""74 random bits in two halves."""

LAST_MILLISECOND = 1 << 48


class Uuid7(Generator):
    """A UUID of version 7, sorted by the millisecond of a timestamp: ``{uuid7: created_at}`` or a path to one.

    ``{uuid7: true}`` takes the entity's own moment. Guarantees that no two rows of an entity with a `count` (up to
    2³⁷ rows) or of its children have the same one: the 74 random bits are a keyed bijection of the row's number
    and its places among siblings. Two levels of `per` are exact where a first-level family has fewer than 131,072
    children; beyond, and at three levels, the places are hashed to 37 bits: two of the m descendants of one root
    then share the 74 bits with probability m² / 2³⁸, and are equal only if their milliseconds are too.
    Refuses moments before 1970.
    """

    kind: ClassVar[str] = "uuid7"
    uuid7: str | Literal[True] | None = Field(description="The timestamp column, or a path to one; true: the moment.")

    def reads(self) -> tuple[ColumnPath, ...]:
        """The timestamp that it names; where it names none, `Context.moment` is read."""
        return (tuple(self.uuid7.split(".")),) if isinstance(self.uuid7, str) else ()

    def reads_moment(self) -> bool:
        """Whether it takes the entity's moment."""
        return not isinstance(self.uuid7, str)

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """uuid."""
        return UUID

    def compile(self, context: Context) -> Kernel:
        """Find the moment. Raises SpecError (WRONG_KIND, NO_MOMENT, UNKNOWN_COLUMN, INFEASIBLE)."""
        require_fit(context, self.kind)
        if context.count is not None and context.count > 1 << HALF:
            raise wrong(
                Code.INFEASIBLE,
                f"{context.count} rows are more than the 2^37 = {1 << HALF} that version 7 keeps apart by construction",
                path=("uuid7",),
                hint="use `uuid4: true`, which keeps 2^61 apart",
            )
        path = self._moment(context)
        kind = context.scope.type_of(path)
        if kind.family not in (Family.TIMESTAMP, Family.DATE):
            raise wrong(
                Code.WRONG_KIND,
                f"'{'.'.join(path)}' is of type {kind}, not a timestamp or a date",
                path=("uuid7",),
                hint="name the column that says when the row came to be",
            )
        return SortedKeys(path, context.key, f"{context.entity}.{context.column}", context.type.family is Family.TEXT)

    def _moment(self, context: Context) -> ColumnPath:
        if self.reads():
            return self.reads()[0]
        if context.moment is None:
            raise wrong(
                Code.NO_MOMENT,
                f"'{context.entity}' has no moment for its UUIDs to sort by",
                path=("uuid7",),
                hint="name a timestamp: `uuid7: created_at`, or a parent's: `uuid7: order_id.placed_at`",
            )
        return context.moment


@dataclass(frozen=True, slots=True)
class SortedKeys:
    """Version 7 by address and moment."""

    moment: ColumnPath
    key: Key
    name: str
    text: bool

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,). Raises GenerateError for a missing moment and one before 1970."""
        places = self._places(rows.lineage.astype(np.uint64))
        left, right = mix_halves(self.key, rows.index.astype(np.uint64), places, HALF)
        return column(version_7(self._milliseconds(rows), left, right), text=self.text)

    def _places(self, lineage: U64) -> U64:
        far = np.flatnonzero(lineage >> np.uint64(HALF))
        if len(far):
            lineage[far] = bits(self.key.child("places"), lineage[far]) >> np.uint64(64 - HALF)
        return lineage

    def _milliseconds(self, rows: Rows) -> U64:
        moments = rows.read(self.moment)
        if moments.null_count:
            raise GenerateError(f"{self.name}: '{'.'.join(self.moment)}' is null where a UUID needs a moment")
        days = pa.types.is_date32(moments.type)
        count = moments.view(pa.int32() if days else pa.int64()).to_numpy(zero_copy_only=False)
        found = count * np.int64(DAY // 1000) if days else count // 1000
        if len(found) and not (found.min() >= 0 and found.max() < LAST_MILLISECOND):
            raise GenerateError(f"{self.name}: '{'.'.join(self.moment)}' lies before 1970, which a UUID cannot hold")
        return np.asarray(found, np.uint64)
