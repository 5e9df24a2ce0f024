"""Rounding half away from zero, as PostgreSQL rounds numeric: exact, without a loop."""

from __future__ import annotations

import numpy as np

from engine.types import F64


def half_away(x: F64) -> F64:
    """Rounded to whole numbers, ties away from zero, (n,) → (n,); exact for every double."""
    whole: F64 = np.trunc(x)
    rest = x - whole  # exact
    whole += rest >= 0.5
    whole -= rest <= -0.5
    return whole


def scaled_half_away(x: F64, places: int) -> F64:
    """x · 10^places as whole numbers, ties away from zero, (n,) → (n,); places from 0 to 22.

    Exact up to 2**53; beyond, the double nearest to the product. Where the product looks like a tie, its
    rounding error (Dekker, Numer. Math. 18, 1971) decides.
    """
    if places == 0:
        return half_away(x)
    scale = 10.0**places
    product = x * scale
    whole = np.trunc(product)
    rest = product - whole
    ties = np.flatnonzero(np.abs(rest) == 0.5)
    whole += rest >= 0.5
    whole -= rest <= -0.5
    if len(ties):
        error = _product_error(x[ties], scale, product[ties])
        side = np.sign(product[ties])
        whole[ties] -= side * (error * side < 0)
    return whole


def _product_error(x: F64, y: float, product: F64) -> F64:
    """What x · y lost when it was rounded to `product`, exactly."""
    split = 134217729.0  # 2**27 + 1
    c = x * split
    high = c - (c - x)
    low = x - high
    d = y * split
    y_high = d - (d - y)
    y_low = y - y_high
    error: F64 = ((high * y_high - product) + high * y_low + low * y_high) + low * y_low
    return error
