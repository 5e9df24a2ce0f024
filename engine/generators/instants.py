"""A column of moments as instants, whatever type the table keeps them in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.errors import Code, wrong
from engine.generators.base import Scope
from engine.timelines.clock import clock
from engine.types import DAY, I64, ColumnPath, Family, PgType, value_type

NEVER = -(2**62)
"""Stands for null: before everything."""


def require_moment(scope: Scope, path: ColumnPath) -> None:
    """Raise SpecError (UNKNOWN_COLUMN, WRONG_KIND) unless the column at `path` holds moments."""
    found = scope.type_of(path)
    if found.family not in (Family.TIMESTAMP, Family.DATE) or found.array:
        raise wrong(Code.WRONG_KIND, f"'{'.'.join(path)}' is {found}, and a moment is a timestamp or a date")


def instants(column: pa.Array, timezone: str) -> I64:
    """Microseconds UTC, (n,) → (n,); null is `NEVER`.

    A timestamp without time zone and a date (its midnight) are wall times of `timezone`.
    """
    if pa.types.is_date32(column.type):
        wall = column.cast(pa.int32()).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) * DAY
    else:
        wall = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    aware = pa.types.is_timestamp(column.type) and column.type.tz is not None
    found: I64 = wall if aware else clock(timezone).instant(wall)
    if column.null_count == 0:
        return found
    return np.where(column.is_null().to_numpy(zero_copy_only=False), NEVER, found)


def as_moments(instant: I64, type_: PgType, timezone: str) -> pa.Array:
    """Instants as a timestamptz, timestamp or date column, (n,) → (n,); the latter two show `timezone`'s wall."""
    if type_.name == "timestamptz":
        return pa.array(instant).cast(value_type(type_))
    wall = clock(timezone).wall(instant)
    if type_.name == "date":
        return pa.array((wall // DAY).astype(np.int32)).cast(value_type(type_))
    return pa.array(wall).cast(value_type(type_))
