"""A column of moments as instants, whatever type the table keeps them in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.errors import Code, wrong
from engine.generators.base import Scope
from engine.timelines.clock import clock
from engine.types import DAY, I64, Bool, ColumnPath, Family, PgType, value_type
from engine.views import fixed, mask_of, micros_of

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
    nulls = mask_of(column)
    if pa.types.is_date32(column.type):
        days = np.where(nulls, 0, fixed(column, "<i4")) if nulls is not None else fixed(column, "<i4")
        wall = days.astype(np.int64) * DAY
    else:
        wall = micros_of(column)
    aware = pa.types.is_timestamp(column.type) and column.type.tz is not None
    found: I64 = wall if aware else clock(timezone).instant(wall)
    return found if nulls is None else np.where(nulls, NEVER, found)


def inside(moments: I64, spans: I64) -> Bool:
    """Which moments lie in one of the half-open spans (m, 2), (n,) → (n,); `NEVER` does not."""
    found = np.zeros(len(moments), np.bool_)
    for start, end in spans:
        found |= (moments >= start) & (moments < end)
    return found


def as_moments(instant: I64, type_: PgType, timezone: str) -> pa.Array:
    """Instants as a timestamptz, timestamp or date column, (n,) → (n,); the latter two show `timezone`'s wall."""
    if type_.name == "timestamptz":
        return pa.array(instant).view(value_type(type_))
    wall = clock(timezone).wall(instant)
    if type_.name == "date":
        return pa.array((wall // DAY).astype(np.int32)).cast(value_type(type_))
    return pa.array(wall).view(value_type(type_))
