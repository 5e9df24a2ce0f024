"""Elementary functions from IEEE basic operations alone, so that every CPU gives the same bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.types import F64

BLOCK = 8192
"""Long arrays are worked through in pieces that stay in the processor's cache."""

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOG2_E = 1.44269504088896338700
_LOG = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)
_EXP = (
    4.13813679705723846039e-08,
    -1.65339022054652515390e-06,
    6.61375632143793436117e-05,
    -2.77777777770155933842e-03,
    1.66666666666666019037e-01,
)


def log(x: F64) -> F64:
    """The natural logarithm, (n,) → (n,), to 1 ulp; -inf at 0, nan below.

    Reduction and polynomial of FreeBSD's `e_log.c` (Sun Microsystems, 1993).
    """
    return in_blocks(_log, x)


def exp(x: F64) -> F64:
    """e to the power of x, (n,) → (n,), to 1 ulp (2 where the result is subnormal); 0 and inf beyond the range.

    Reduction and polynomial of FreeBSD's `e_exp.c` (Sun Microsystems, 2004).
    """
    return in_blocks(_exp, x)


def power(x: F64, y: float | F64) -> F64:
    """x to the power of y for x ≥ 0, (n,) → (n,); its relative error is |y · log x| · 2⁻⁵³, a few ulp near 1."""
    return exp(np.asarray(y * log(x)))


def expm1(x: F64) -> F64:
    """e to the power of x, less 1, (n,) → (n,), to a few ulp also near 0 (W. Kahan's correction)."""
    grown = exp(x)
    with np.errstate(all="ignore"):
        corrected = (grown - 1.0) * (x / log(grown))
    plain = (grown <= 0.0) | (grown == np.inf)
    found: F64 = np.where(grown == 1.0, x, np.where(plain, grown - 1.0, corrected))
    return found


def log1p(x: F64) -> F64:
    """The logarithm of 1 + x, (n,) → (n,), to a few ulp also near 0 (W. Kahan's correction)."""
    grown = 1.0 + x
    logarithm = log(grown)
    with np.errstate(all="ignore"):
        corrected = logarithm * (x / (grown - 1.0))
    found: F64 = np.where(grown == 1.0, x, np.where(np.isfinite(grown) & (grown > 0), corrected, logarithm))
    return found


def _log(x: F64, out: F64) -> None:
    mantissa, exponent = np.frexp(x)
    low = mantissa < 0.70710678118654752440
    k = (exponent - low).astype(np.float64)
    mantissa += np.where(low, mantissa, 0.0)
    f = np.subtract(mantissa, 1.0, out=mantissa)
    s = f / (f + 2.0)
    z = s * s
    horner(_LOG, z, out)
    out *= z
    half = f * 0.5
    half *= f
    out += half
    out *= s
    out += k * _LN2_LOW
    half -= out
    half -= f
    k *= _LN2_HIGH
    np.subtract(k, half, out=out)
    odd = ~((x > 0) & (x < np.inf))
    if odd.any():
        out[odd] = np.where(x[odd] == 0, -np.inf, np.where(x[odd] == np.inf, np.inf, np.nan))


def _exp(x: F64, out: F64) -> None:
    x = np.clip(x, -746.0, 710.0)
    k = np.rint(x * _LOG2_E)
    high = x - k * _LN2_HIGH
    low = k * _LN2_LOW
    r = high - low
    z = r * r
    c = out
    horner(_EXP, z, c)
    c *= z
    np.subtract(r, c, out=c)
    r *= c
    np.subtract(2.0, c, out=c)
    r /= c
    np.subtract(low, r, out=r)
    r -= high
    np.subtract(1.0, r, out=r)
    np.ldexp(r, k.astype(np.int32), out=out)
    out += x * 0.0  # nan stays nan


def horner(coefficients: tuple[float, ...], x: F64, out: F64) -> None:
    """A polynomial, highest power first, into `out`, (n,) → (n,)."""
    np.multiply(x, coefficients[0], out=out)
    out += coefficients[1]
    for c in coefficients[2:]:
        out *= x
        out += c


def in_blocks(kernel: Callable[[F64, F64], None], x: F64) -> F64:
    """A kernel over pieces of a long array, (n,) → (n,); it may overwrite neither x nor what it has not filled."""
    x = np.asarray(x, np.float64)
    out = np.empty(x.shape)
    with np.errstate(all="ignore"):
        for start in range(0, len(x), BLOCK):
            kernel(x[start : start + BLOCK], out[start : start + BLOCK])
    return out
