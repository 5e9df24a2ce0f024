"""Exact decimals as whole units: decimal128 arrays to int64 and back, without a loop."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.errors import GenerateError
from engine.types import I64, Bool


def from_units(units: I64, precision: int, scale: int, nulls: Bool | None = None) -> pa.Array:
    """`units` × 10⁻ˢᶜᵃˡᵉ as decimal128(precision, scale), (n,) → (n,); `nulls` marks rows without a value.

    Raises GenerateError where a value has more than `precision` digits.
    """
    if precision < 19 and len(units):
        limit = 10**precision
        if units.max() >= limit or units.min() <= -limit:
            worst = int(units[np.argmax(np.abs(units))])
            raise GenerateError(f"{worst / 10**scale:g} does not fit numeric({precision},{scale})")
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    validity = None if nulls is None else pa.array(~nulls).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), [validity, pa.py_buffer(words)])


def to_units(column: pa.Array) -> I64:
    """A decimal128 array as whole units of its scale, (n,) → (n,); nulls give an arbitrary number.

    Raises GenerateError where a value does not fit 64 bits.
    """
    words = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = words[0::2], words[1::2]
    misfit = high != low >> 63
    if misfit.any() and (column.null_count == 0 or misfit[column.is_valid().to_numpy(zero_copy_only=False)].any()):
        raise GenerateError(f"a value of {column.type} has more than 18 digits, which sums cannot take")
    return low.copy()
