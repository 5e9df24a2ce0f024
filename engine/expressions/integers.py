"""int2, int4 and int8 as PostgreSQL computes them: no wrapping, division towards zero."""

from __future__ import annotations

import numpy as np

from engine.errors import GenerateError
from engine.expressions import exact
from engine.expressions.column import Numbers
from engine.types import I64, Bool

BOUNDS = {
    "int2": (-(1 << 15), (1 << 15) - 1),
    "int4": (-(1 << 31), (1 << 31) - 1),
    "int8": (-(1 << 63), (1 << 63) - 1),
}


def within(name: str, data: Numbers, nulls: Bool | None) -> I64:
    """`data` as int64, checked against the bounds of int2, int4 or int8. Raises GenerateError."""
    low, high = BOUNDS[name]
    if len(data) and (data.min() < low or data.max() > high):
        bad = (data < low) | (data > high)
        real = bad if nulls is None else bad & ~nulls
        if real.any():
            value = np.broadcast_to(data, real.shape)[real][0]
            raise GenerateError(f"{value} does not fit {name}")
        data = np.where(bad, 0, data)
    return data.astype(np.int64, copy=False)


def plus(name: str, nulls: Bool | None, a: Numbers, b: Numbers) -> I64:
    """a + b."""
    return within(name, exact.add(a, b), nulls)


def minus(name: str, nulls: Bool | None, a: Numbers, b: Numbers) -> I64:
    """a - b."""
    return within(name, exact.subtract(a, b), nulls)


def times(name: str, nulls: Bool | None, a: Numbers, b: Numbers) -> I64:
    """a · b."""
    return within(name, exact.multiply(a, b), nulls)


def over(name: str, nulls: Bool | None, a: Numbers, b: Numbers) -> I64:
    """a / b, towards zero."""
    return within(name, exact.truncated(a, divisor(b, nulls)), nulls)


def modulo(name: str, nulls: Bool | None, a: Numbers, b: Numbers) -> I64:
    """a % b, with the sign of a."""
    return within(name, exact.remainder(a, divisor(b, nulls)), nulls)


def opposite(name: str, nulls: Bool | None, a: Numbers) -> I64:
    """-a."""
    return within(name, exact.negate(a), nulls)


def absolute(name: str, nulls: Bool | None, a: Numbers) -> I64:
    """|a|."""
    return within(name, np.where(a < 0, exact.negate(a), a), nulls)


def divisor(b: Numbers, nulls: Bool | None) -> Numbers:
    """`b`, its zeros in null rows replaced. Raises GenerateError where a row divides by zero."""
    zero = b == 0
    if zero.any():
        if (zero if nulls is None else zero & ~nulls).any():
            raise GenerateError("division by zero")
        return np.where(zero, 1, b)
    return b
