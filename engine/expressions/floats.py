"""float8 as PostgreSQL computes it: IEEE 754, but overflow, underflow and a zero divisor are errors; NaN sorts last."""

from __future__ import annotations

import numpy as np

from engine.errors import GenerateError
from engine.expressions.column import Numbers
from engine.expressions.exact import ten
from engine.expressions.integers import BOUNDS, divisor
from engine.types import F64, I64, Bool


def plus(nulls: Bool | None, a: F64, b: F64) -> F64:
    """a + b."""
    with np.errstate(all="ignore"):
        return _finite(a + b, nulls, a, b)


def minus(nulls: Bool | None, a: F64, b: F64) -> F64:
    """a - b."""
    with np.errstate(all="ignore"):
        return _finite(a - b, nulls, a, b)


def times(nulls: Bool | None, a: F64, b: F64) -> F64:
    """a · b."""
    with np.errstate(all="ignore"):
        return _nonzero(_finite(a * b, nulls, a, b), (a == 0) | (b == 0), nulls)


def over(nulls: Bool | None, a: F64, b: F64) -> F64:
    """a / b."""
    b = divisor(b, nulls)
    with np.errstate(all="ignore"):
        return _nonzero(_finite(a / b, nulls, a), (a == 0) | np.isinf(b), nulls)


def _finite(result: F64, nulls: Bool | None, *args: F64) -> F64:
    if np.isinf(result).any():
        made = np.isinf(result)
        for arg in args:
            made &= ~np.isinf(arg)
        _refuse(made, nulls, "a float8 result is too large")
    return result


def _nonzero(result: F64, rightly: Bool, nulls: Bool | None) -> F64:
    _refuse((result == 0) & ~rightly, nulls, "a float8 result is too small")
    return result


def _refuse(bad: Bool, nulls: Bool | None, message: str) -> None:
    if bad.any() and (bad if nulls is None else bad & ~nulls).any():
        raise GenerateError(message)


def opposite(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """-a."""
    return -a


def absolute(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """|a|."""
    return np.abs(a)


def rounded(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """round(a): halves to even."""
    return np.rint(a)


def floor(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """floor(a)."""
    return np.floor(a)


def ceiling(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """ceil(a)."""
    return np.ceil(a)


def cut(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """trunc(a)."""
    return np.trunc(a)


def signum(nulls: Bool | None, a: F64) -> F64:  # noqa: ARG001
    """-1, 0 or 1 (0 for NaN, as PostgreSQL has it)."""
    return (a > 0).astype(np.float64) - (a < 0)


def root(nulls: Bool | None, a: F64) -> F64:
    """sqrt(a). Raises GenerateError for a negative number."""
    _refuse(a < 0, nulls, "the square root of a negative number")
    return np.sqrt(np.where(a < 0, 0.0, a))


def to_integer(name: str, nulls: Bool | None, a: F64) -> I64:
    """float8 as int2, int4 or int8: halves to even. Raises GenerateError past its bounds."""
    low, high = BOUNDS[name]
    whole = np.rint(a)
    bad = ~((whole >= float(low)) & (whole < float(high + 1)))
    _refuse(bad, nulls, f"a float8 value does not fit {name}")
    return np.where(bad, 0.0, whole).astype(np.int64)


def from_integer(nulls: Bool | None, a: Numbers) -> F64:  # noqa: ARG001
    """An integer as the nearest double."""
    return a.astype(np.float64)


_POWERS = np.array([10.0**k for k in range(23)])  # exact in a double
_TENS = np.array([10**k for k in range(19)], np.int64)
_SPLIT = 134217729.0  # 2²⁷ + 1, Dekker 1971


def to_units(scale: int, nulls: Bool | None, a: F64) -> Numbers:
    """float8 as numeric with `scale` places, as PostgreSQL has it: first to 15 significant digits, then rounded.

    PostgreSQL prints with ``%.15g`` and reads that (numeric.c, float8_numeric). Here the 15 digits come from an
    exact product with a power of ten (Dekker's, two doubles); values beyond 10¹⁵ or below 10⁻⁷ are printed one by one.
    Halves at the 15th digit go to even, at `scale` away from zero. Raises GenerateError for infinities; NaN likewise.
    """
    _refuse(~np.isfinite(a), nulls, "infinity and NaN are not numbers a numeric column of this engine holds")
    a = np.where(np.isfinite(a), a, 0.0)
    size = np.abs(a)
    plain = (size >= 1e-7) & (size < 1e15)
    digits, places = _fifteen(np.where(plain, size, 1.0))
    units = _to_scale(digits, places, scale)
    units = np.where(a < 0, -units, units)
    rare = np.flatnonzero(~plain & (size != 0))
    units = np.where(plain, units, 0)
    if len(rare):
        units = units.astype(object)
        units[rare] = [_printed(x, scale) for x in a[rare].tolist()]
    return units


def _fifteen(size: F64) -> tuple[I64, I64]:
    """15 significant digits of each number and how many of them are decimal places."""
    exponent = np.searchsorted(_POWERS, size, side="right") - 1  # 10^exponent <= size, for size >= 1
    small = np.searchsorted(-1.0 / _POWERS[:9], -size, side="left")  # places before the first digit, below 1
    exponent = np.where(size >= 1, exponent, -small)
    places = 14 - exponent
    digits = _scaled_to_even(size, places)
    short = digits < 10**14  # the guess of the exponent was one too high
    if short.any():
        places = places + short
        digits = np.where(short, _scaled_to_even(size, places), digits)
    carry = digits >= 10**15
    return np.where(carry, digits // 10, digits), places - carry


def _scaled_to_even(size: F64, places: I64) -> I64:
    """size · 10^places to the nearest whole number, exactly: the product as two doubles, halves to even."""
    power = _POWERS[places]
    high = size * power
    big = _SPLIT * size
    a_high = big - (big - size)
    a_low = size - a_high
    big = _SPLIT * power
    b_high = big - (big - power)
    b_low = power - b_high
    low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low
    whole = np.floor(high)
    rest = (high - whole) + low
    up = (rest > 0.5) | ((rest == 0.5) & (whole % 2 == 1))
    down = rest < -0.5
    return np.asarray(whole + up - down).astype(np.int64)


def _to_scale(digits: I64, places: I64, scale: int) -> Numbers:
    """digits · 10^-places at `scale` places, halves away from zero."""
    shift = scale - places
    if shift.max(initial=0) > 3:
        return np.array([_shifted(d, s) for d, s in zip(digits.tolist(), shift.tolist(), strict=True)], object)
    less, more = _TENS[np.clip(-shift, 0, 18)], _TENS[np.clip(shift, 0, 3)]
    return np.asarray((2 * digits + less) // (2 * less) * more)


def _shifted(digits: int, shift: int) -> int:
    return digits * ten(shift) if shift >= 0 else (2 * digits + ten(-shift)) // (2 * ten(-shift))


def _printed(value: float, scale: int) -> int:
    text, _, exponent = f"{abs(value):.14e}".partition("e")
    units = _shifted(int(text.replace(".", "")), scale - 14 + int(exponent))
    return -units if value < 0 else units


def narrowed(nulls: Bool | None, a: F64) -> F64:
    """float8::float4, kept in doubles. Raises GenerateError where it is too large or vanishes."""
    with np.errstate(all="ignore"):
        found = a.astype(np.float32).astype(np.float64)
    return _nonzero(_finite(found, nulls, a), a == 0, nulls)
