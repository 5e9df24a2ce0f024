"""Kernels for the two columns that the shape of an entity makes: its parent's key and its moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.generators.base import Rows
from engine.generators.instants import as_moments
from engine.timelines.moments import Moments
from engine.types import PgType


@dataclass(frozen=True, slots=True)
class ParentKey:
    """Fills the column of `per … as` with the parent's key."""

    column: str
    key: str

    def values(self, rows: Rows) -> pa.Array:
        """The parents' keys, (n,)."""
        return rows.read((self.column, self.key))


@dataclass(frozen=True, slots=True)
class Address:
    """Tells rows apart where they have no key: what a hidden way to them holds."""

    def values(self, rows: Rows) -> pa.Array:
        """The rows' stream addresses, (n,) int8."""
        return pa.array(rows.identity.view(np.int64))


@dataclass(frozen=True, slots=True)
class MomentOf:
    """Fills the column that an entity's rows are sorted by."""

    moments: Moments
    type: PgType
    timezone: str

    def values(self, rows: Rows) -> pa.Array:
        """The rows' moments, (n,); a timestamp without time zone or a date shows the scenario's wall."""
        return as_moments(self.moments.at(rows.index), self.type, self.timezone)
