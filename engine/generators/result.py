"""From the numbers of a law to the Arrow column of a PostgreSQL type, exactly or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pyarrow as pa

from engine.decimals import from_units
from engine.errors import GenerateError
from engine.maths import half_away, scaled_half_away
from engine.types import DAY, F64, I64, Family, PgType, value_type

BOUNDS: dict[str, tuple[int, int]] = {
    "int2": (-(2**15), 2**15 - 1),
    "int4": (-(2**31), 2**31 - 1),
    "int8": (-(2**63), 2**63 - 1),
    "oid": (0, 2**32 - 1),
    "date": (-2_440_588 * DAY, 2**31 * DAY - 1),  # from 4713 BC
    "timestamp": (-2_440_588 * DAY, 2**63 - 1),
    "timestamptz": (-2_440_588 * DAY, 2**63 - 1),
    "time": (0, DAY - 1),
    "interval": (-(2**63), 2**63 - 1),
}
"""The smallest and the largest value of a type, in the units in which laws count: microseconds for all of time."""

_WORD = 2.0**64
_DTYPES = {"int2": np.int16, "int4": np.int32}


@dataclass(frozen=True, slots=True)
class Result:
    """What a column's numbers become: the type, decimal places to round to, and the name for messages."""

    type: PgType
    name: str
    places: int | None = None

    def floats(self, values: F64) -> pa.Array:
        """Numbers, or microseconds for types of time, as the column, (n,) → (n,); `values` may be overwritten.

        Raises GenerateError where a value does not fit the type.
        """
        family = self.type.family
        if family is Family.FLOAT:
            return self._float(values)
        if family is Family.DECIMAL:
            return self._decimal(values)
        if family is Family.BOOLEAN:
            return pa.array(values != 0)
        low, high = BOUNDS[self.type.name]
        if len(values) and not (values.min() > low - 0.5 and values.max() < high + 0.5):
            self._refuse(values, low - 0.5, high + 0.5)
        return self.units(self._days(half_away(values).astype(np.int64)))

    def units(self, units: I64) -> pa.Array:
        """Whole units of the type as the column, (n,) → (n,).

        Units are 1 for integers, 10⁻ˢᶜᵃˡᵉ for numeric, days for dates, microseconds for other times. They are
        known to fit, but for numeric.
        """
        if self.type.family is Family.DECIMAL:
            target = value_type(self.type)
            return from_units(units, target.precision, target.scale)
        if self.type.family is Family.FLOAT:
            return pa.array(units.astype(np.float64)).cast(value_type(self.type))
        if self.type.family is Family.DATE:
            return pa.array(units.astype(np.int32)).view(pa.date32())
        if self.type.family is Family.INTEGER:
            return pa.array(units.astype(_DTYPES.get(self.type.name, np.int64))).cast(value_type(self.type))
        return pa.array(units).view(value_type(self.type))

    def _days(self, micros: I64) -> I64:
        return micros // DAY if self.type.family is Family.DATE else micros

    def _float(self, values: F64) -> pa.Array:
        if self.places is not None:
            values = _rounded(values, self.places)
        largest = 3.4028234663852886e38 if self.type.name == "float4" else 1.7976931348623157e308
        if len(values) and not (values.min() >= -largest and values.max() <= largest):
            self._refuse(values, -largest, largest)
        return pa.array(values.astype(np.float32) if self.type.name == "float4" else values)

    def _decimal(self, values: F64) -> pa.Array:
        target = value_type(self.type)
        places = target.scale if self.places is None else min(self.places, target.scale)
        with np.errstate(over="ignore", invalid="ignore"):
            whole = scaled_half_away(values, places)
        limit = 10.0 ** (target.precision - target.scale + places)
        worst = max(-whole.min(), whole.max()) if len(whole) else 0.0
        if not worst < limit:
            self._refuse(values, (0.5 - limit) / 10.0**places, (limit - 0.5) / 10.0**places)
        lift = 10 ** (target.scale - places)
        if lift <= 10**18 and worst * lift < 9e18:
            return self.units(whole.astype(np.int64) * lift)
        wide = pa.Array.from_buffers(pa.decimal128(38, places), len(whole), [None, pa.py_buffer(_words(whole))])
        return wide.cast(target)

    def _refuse(self, values: F64, low: float, high: float) -> NoReturn:
        side = int(np.argmax(~((values > low) & (values < high))))
        bound = "max" if values[side] > 0 else "min"
        raise GenerateError(f"{self.name}: {values[side]:g} does not fit {self.type}; give its law a `{bound}:`")


def _rounded(values: F64, places: int) -> F64:
    """Doubles nearest to the values rounded to decimal places; those too large to have decimals stay."""
    scale = 10.0**places
    far = np.abs(values) >= 2.0**53 / scale
    near: F64 = scaled_half_away(np.where(far, 0.0, values), places)
    near /= scale
    return np.where(far, values, near)


def _words(whole: F64) -> I64:
    """Whole numbers as 128-bit integers, two words a row, (n,) → (n, 2)."""
    near = np.abs(whole) < 2.0**63
    words = np.empty((len(whole), 2), np.int64)
    words[:, 0] = np.where(near, whole, 0.0).astype(np.int64)
    words[:, 1] = words[:, 0] >> 63
    far = whole[~near]
    high = np.floor(far / _WORD)
    words[~near, 0] = (far - high * _WORD).astype(np.uint64).view(np.int64)
    words[~near, 1] = high.astype(np.int64)
    return words
