"""Random keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from engine.generators.base import Context, Generator, Kernel, Rows, Scope
from engine.generators.uuids import column, require_fit, version_4
from engine.permutation import mix_halves
from engine.stream import Key
from engine.types import UUID, Family, PgType


class Uuid4(Generator):
    """A UUID of version 4: ``{uuid4: true}``.

    Guarantees that no two rows of the entity have the same one: the 122 random bits are a keyed bijection of the
    row's number (61 bits) and its places among siblings (61 bits, three levels of `per`).
    """

    kind: ClassVar[str] = "uuid4"
    uuid4: Literal[True] | None = Field(description="true, or nothing.")

    def result(self, scope: Scope) -> PgType:  # noqa: ARG002
        """uuid."""
        return UUID

    def compile(self, context: Context) -> Kernel:
        """The key of the bijection. Raises SpecError (WRONG_KIND)."""
        require_fit(context, self.kind)
        return RandomKeys(context.key, context.type.family is Family.TEXT)


@dataclass(frozen=True, slots=True)
class RandomKeys:
    """Version 4 by address."""

    key: Key
    text: bool

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,)."""
        left, right = mix_halves(self.key, rows.index.astype(np.uint64), rows.lineage.astype(np.uint64), 61)
        return column(version_4(left, right), text=self.text)
