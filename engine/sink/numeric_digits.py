"""PostgreSQL's numeric on the wire: decimal128 to base-10000 digits, a whole column at a time.

``numeric_recv`` accepts leading and trailing zero digits and strips them, so every value of a chunk is sent with as
many digits as its largest one needs; what is stored is the same as from the shortest form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.types import I64, U64, Bool

Unsigned: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]

NEGATIVE = 0x4000
_MASK32 = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Digits:
    """A column of numerics: `groups` base-10000 digits, most significant first, each (n,); `sign` (n,)."""

    groups: tuple[Unsigned, ...]
    sign: npt.NDArray[np.uint16]
    weight: int
    scale: int


def digits(column: pa.Array, nulls: Bool | None) -> Digits:
    """Take a decimal128 column apart; what lies under `nulls` is read as zero. Scales from 0 to 38."""
    precision, scale = column.type.precision, column.type.scale
    words = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)[column.offset : column.offset + len(column)]
    if nulls is not None:
        words = np.where(nulls[:, None], 0, words)
    low, high = words[:, 0], words[:, 1]
    pad = -scale % 4
    fraction = (scale + pad) // 4
    groups = _narrow_groups(low, high, 10**pad)
    if groups is None:
        groups = _wide_groups(low, high, scale, 1 + (max(precision - scale, 0) + 3) // 4 + fraction)
    return Digits(groups, _sign(high), len(groups) - fraction - 1, scale)


def _sign(high: I64) -> npt.NDArray[np.uint16]:
    return (high < 0).view(np.uint8) * np.uint16(NEGATIVE)


def _narrow_groups(low: I64, high: I64, factor: int) -> tuple[Unsigned, ...] | None:
    """The digits of |value| · factor where that fits in 63 bits in every row, else None."""
    if np.bitwise_or.reduce(high):
        if not np.array_equal(high, low >> 63) or int(low.min()) == -(2**63):
            return None
        low = np.abs(low)
    largest = int(low.view(np.uint64).max(initial=0)) * factor
    if largest >= 2**63:
        return None
    rest: Unsigned = low.astype(np.uint32) if largest < 2**32 else low.astype(np.uint64)
    if factor > 1:
        rest *= rest.dtype.type(factor)
    ten_thousand = rest.dtype.type(10_000)
    groups: list[Unsigned] = []
    while largest >= 10_000:
        quotient = rest // ten_thousand
        groups.append(rest - quotient * ten_thousand)
        rest, largest = quotient, largest // 10_000
    groups.append(rest)
    return tuple(reversed(groups))


def _wide_groups(low: I64, high: I64, scale: int, count: int) -> tuple[Unsigned, ...]:
    """The same by long division over four 32-bit limbs, for values beyond 63 bits."""
    limbs = _limbs(low, high)
    groups: list[Unsigned] = []
    odd = scale % 4
    if odd:
        limbs, remainder = _divide(limbs, 10**odd)
        groups.append(remainder * np.uint64(10 ** (4 - odd)))
    while len(groups) < count:
        limbs, remainder = _divide(limbs, 10_000)
        groups.append(remainder)
    return tuple(reversed(groups))


def _limbs(low: I64, high: I64) -> tuple[U64, ...]:
    """The magnitude of a two's complement 128-bit integer, most significant limb first."""
    negative = high < 0
    u_low, u_high = low.view(np.uint64), high.view(np.uint64)
    flipped = ~u_low + np.uint64(1)
    u_high = np.where(negative, ~u_high + (flipped == 0), u_high)
    u_low = np.where(negative, flipped, u_low)
    return u_high >> _S32, u_high & _MASK32, u_low >> _S32, u_low & _MASK32


def _divide(limbs: tuple[U64, ...], divisor: int) -> tuple[tuple[U64, ...], U64]:
    by = np.uint64(divisor)
    remainder = np.zeros_like(limbs[0])
    quotients = []
    for limb in limbs:
        value = (remainder << _S32) | limb
        quotient = value // by
        remainder = value - quotient * by
        quotients.append(quotient)
    return tuple(quotients), remainder
