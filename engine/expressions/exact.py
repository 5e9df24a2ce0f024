"""Whole numbers of any length on numpy: int64 while it is enough, Python's integers where it is not.

Every operation first asks how large its result can get, from the values themselves; past 63 bits it goes on
with arrays of Python integers, with the same formulas. So results never depend on which of the two ran.
"""

from __future__ import annotations

import numpy as np

from engine.errors import GenerateError
from engine.expressions.column import Numbers
from engine.types import Bool

MAX_DIGITS = 76
_LIMIT = 1 << 63
_LONGEST = int(10**MAX_DIGITS)


def ten(exponent: int) -> int:
    """10 to a whole power, not negative."""
    return int(10**exponent)


def magnitude(data: Numbers) -> int:
    """The largest absolute value, 0 where there is none."""
    return max(abs(int(data.max())), abs(int(data.min()))) if len(data) else 0


def roomy(limit: int, *arrays: Numbers) -> tuple[Numbers, ...]:
    """The arrays in a form in which values up to `limit` cannot wrap."""
    if limit < _LIMIT:
        return tuple(a.astype(np.int64) if a.dtype == object else a for a in arrays)
    if limit >= _LONGEST:
        raise GenerateError(f"a number of more than {MAX_DIGITS} digits")
    return tuple(a.astype(object) for a in arrays)


def add(a: Numbers, b: Numbers) -> Numbers:
    """a + b, (n,)."""
    a, b = roomy(magnitude(a) + magnitude(b), a, b)
    return np.asarray(a + b)


def subtract(a: Numbers, b: Numbers) -> Numbers:
    """a - b, (n,)."""
    a, b = roomy(magnitude(a) + magnitude(b), a, b)
    return np.asarray(a - b)


def multiply(a: Numbers, b: Numbers) -> Numbers:
    """a · b, (n,)."""
    sizes = magnitude(a), magnitude(b)
    a, b = roomy(max(sizes[0] * sizes[1], *sizes), a, b)
    return np.asarray(a * b)


def negate(a: Numbers) -> Numbers:
    """-a, (n,)."""
    (a,) = roomy(magnitude(a), a)
    return np.asarray(-a)


def scaled(a: Numbers, digits: int) -> Numbers:
    """a · 10ᵈⁱᵍⁱᵗˢ, digits ≥ 0."""
    if not digits:
        return a
    (a,) = roomy(magnitude(a) * ten(digits), a)
    return np.asarray(a * ten(digits))


def aligned(a: Numbers, a_scale: int, b: Numbers, b_scale: int) -> tuple[Numbers, Numbers]:
    """Two columns of decimals at the larger of their scales."""
    scale = max(a_scale, b_scale)
    return scaled(a, scale - a_scale), scaled(b, scale - b_scale)


def truncated(a: Numbers, b: Numbers) -> Numbers:
    """a / b towards zero, as PostgreSQL divides integers; b is never 0 and the quotient never 2⁶³."""
    a, b = roomy(max(magnitude(a), magnitude(b)), a, b)
    quotient = a // b
    inexact: Bool = (quotient * b != a) & ((a < 0) != (b < 0))
    return np.asarray(quotient + inexact)


def remainder(a: Numbers, b: Numbers) -> Numbers:
    """a - b·trunc(a / b): the sign is a's; b is never 0."""
    a, b = roomy(max(magnitude(a), magnitude(b)), a, b)
    left = a % b
    return np.asarray(left - np.where((left != 0) & ((a < 0) != (b < 0)), b, 0))


def rounded_quotient(a: Numbers, b: Numbers) -> Numbers:
    """a / b to the nearest whole number, halves away from zero; b is never 0."""
    a, b = roomy(2 * magnitude(a) + 2 * magnitude(b), a, b)
    negative: Bool = (a < 0) != (b < 0)
    size = abs(b)
    quotient = (2 * abs(a) + size) // (2 * size)
    return np.asarray(np.where(negative, -quotient, quotient))


def rescaled(a: Numbers, scale: int, places: int) -> Numbers:
    """Units of 10⁻ˢᶜᵃˡᵉ as units of 10⁻ᵖˡᵃᶜᵉˢ, halves away from zero."""
    if places >= scale:
        return scaled(a, places - scale)
    return rounded_quotient(a, np.array([ten(scale - places)], object if scale - places > 18 else np.int64))


def floor_units(a: Numbers, scale: int) -> Numbers:
    """The whole part of units of 10⁻ˢᶜᵃˡᵉ, downwards."""
    if scale > 18:
        a = a.astype(object)
    return np.asarray(a // ten(scale))


def cut(a: Numbers, scale: int, places: int) -> Numbers:
    """Units of 10⁻ˢᶜᵃˡᵉ as units of 10⁻ᵖˡᵃᶜᵉˢ, towards zero."""
    if places >= scale:
        return scaled(a, places - scale)
    return truncated(a, np.array([ten(scale - places)], object if scale - places > 18 else np.int64))
