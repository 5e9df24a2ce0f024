"""numeric as PostgreSQL computes it: exact sums and products, quotients rounded as its own are."""

from __future__ import annotations

import numpy as np

from engine.errors import GenerateError
from engine.expressions import exact
from engine.expressions.column import Numbers
from engine.expressions.exact import ten
from engine.expressions.integers import divisor
from engine.types import Bool

_MIN_SIGNIFICANT = 16  # NUMERIC_MIN_SIG_DIGITS of PostgreSQL's numeric.c
_BASE_DIGITS = 4  # DEC_DIGITS: numeric.c counts in base 10,000


def plus(scales: tuple[int, int], nulls: Bool | None, a: Numbers, b: Numbers) -> Numbers:  # noqa: ARG001
    """a + b at the larger scale."""
    return exact.add(*exact.aligned(a, scales[0], b, scales[1]))


def minus(scales: tuple[int, int], nulls: Bool | None, a: Numbers, b: Numbers) -> Numbers:  # noqa: ARG001
    """a - b at the larger scale."""
    return exact.subtract(*exact.aligned(a, scales[0], b, scales[1]))


def times(nulls: Bool | None, a: Numbers, b: Numbers) -> Numbers:  # noqa: ARG001
    """a · b; the scales add."""
    return exact.multiply(a, b)


def modulo(scales: tuple[int, int], nulls: Bool | None, a: Numbers, b: Numbers) -> Numbers:
    """a % b at the larger scale, with the sign of a."""
    return exact.remainder(*exact.aligned(a, scales[0], divisor(b, nulls), scales[1]))


def opposite(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """-a."""
    return exact.negate(a)


def absolute(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """|a|."""
    return np.where(a < 0, exact.negate(a), a)


def signum(nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """-1, 0 or 1."""
    return (a > 0).astype(np.int64) - (a < 0)


def rounded(scale: int, places: int, nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """round(a, places), halves away from zero; negative places round before the point, at scale 0."""
    units = exact.rescaled(a, scale, places)
    return exact.scaled(units, -places) if places < 0 else units


def cut(scale: int, places: int, nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """trunc(a, places)."""
    units = exact.cut(a, scale, places)
    return exact.scaled(units, -places) if places < 0 else units


def floor(scale: int, nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """floor(a), at scale 0."""
    return exact.floor_units(a, scale)


def ceiling(scale: int, nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """ceil(a), at scale 0."""
    return exact.negate(exact.floor_units(exact.negate(a), scale))


def limited(precision: int, scale: int, nulls: Bool | None, a: Numbers) -> Numbers:
    """`a`, checked to have at most `precision` digits. Raises GenerateError."""
    limit = 10**precision
    if exact.magnitude(a) >= limit:
        bad = (a >= limit) | (a <= -limit)
        real = bad if nulls is None else bad & ~nulls
        if real.any():
            value = int(np.broadcast_to(a, real.shape)[real][0])
            raise GenerateError(f"{written(value, scale)} does not fit numeric({precision},{scale})")
        a = np.where(bad, 0, a)
    return a


def written(units: int, scale: int) -> str:
    """One number as text, with all its decimal places."""
    digits = str(abs(units)).rjust(scale + 1, "0")
    return ("-" if units < 0 else "") + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def over(scales: tuple[int, int], places: int, nulls: Bool | None, a: Numbers, b: Numbers) -> Numbers:
    """round(a / b, places), equal to PostgreSQL's to the last digit.

    PostgreSQL rounds twice: the quotient to `select_div_scale` places (numeric.c: at least 16 significant
    digits), then to `places`. Rounding once gives the same wherever |b|·10^places is below 10 to that scale,
    because then no quotient is so near to a tie; elsewhere both roundings are done.
    """
    b = divisor(b, nulls)
    shift = places + scales[1] - scales[0]
    if places >= 0 and _once_is_enough(scales, max(-shift, 0) + places, a, b):
        top, bottom = exact.scaled(a, max(shift, 0)), exact.scaled(b, max(-shift, 0))
        return exact.rounded_quotient(top, bottom)
    return _twice(scales, places, a, b)


def _once_is_enough(scales: tuple[int, int], digits: int, a: Numbers, b: Numbers) -> bool:
    if not len(a) or not len(b):
        return True
    smallest = int(abs(b).min()) if b.dtype == object or b.min() > -(1 << 63) else 1
    largest = exact.magnitude(a)
    weight = _weight(largest, scales[0]) - _weight(smallest, scales[1])
    least_scale = max(_MIN_SIGNIFICANT - _BASE_DIGITS * weight, *scales)
    return exact.magnitude(b) * ten(digits) < ten(least_scale)


def _weight(units: int, scale: int) -> int:
    """The power of 10,000 of a number's first digit group, as numeric.c counts; 0 for 0."""
    return _lead(units, scale)[0] if units else 0


def _lead(units: int, scale: int) -> tuple[int, int]:
    """Weight and value of the first base-10,000 digit of `units` · 10⁻ˢᶜᵃˡᵉ."""
    if units == 0:
        return 0, 0
    padding = -scale % _BASE_DIGITS
    groups, number = 0, abs(units) * 10**padding
    while number >= 10**_BASE_DIGITS:
        number //= 10**_BASE_DIGITS
        groups += 1
    return groups - (scale + padding) // _BASE_DIGITS, number


def _twice(scales: tuple[int, int], places: int, a: Numbers, b: Numbers) -> Numbers:
    """Both of PostgreSQL's roundings, number by number: only for columns whose digits ask for it."""
    pairs = zip(*(x.tolist() for x in np.broadcast_arrays(a, b)), strict=True)
    found = [_divide_twice(int(x), int(y), scales, places) for x, y in pairs]
    out = np.array(found, object)
    return out.astype(np.int64) if exact.magnitude(out) < 1 << 63 else out


def _divide_twice(a: int, b: int, scales: tuple[int, int], places: int) -> int:
    (weight_a, lead_a), (weight_b, lead_b) = _lead(a, scales[0]), _lead(b, scales[1])
    weight = weight_a - weight_b - (lead_a <= lead_b)
    scale = max(_MIN_SIGNIFICANT - _BASE_DIGITS * weight, *scales, 0)
    quotient = _half_away(a * ten(scale + scales[1]), b * ten(scales[0]))
    if places >= scale:
        return quotient * ten(places - scale)
    units = _half_away(quotient, ten(scale - places))
    return units * ten(-places) if places < 0 else units


def _half_away(a: int, b: int) -> int:
    size = (2 * abs(a) + abs(b)) // (2 * abs(b))
    return -size if (a < 0) != (b < 0) else size


def to_float(scale: int, nulls: Bool | None, a: Numbers) -> Numbers:  # noqa: ARG001
    """The nearest double of each decimal.

    Below 2⁵³ units and 10²² both sides of the division are exact, so IEEE rounds once; elsewhere Python's
    division of integers does.
    """
    if exact.magnitude(a) < 1 << 53 and scale <= 22:
        return a.astype(np.float64) / float(10**scale)
    try:
        return np.array([int(x) / 10**scale for x in a.tolist()], np.float64)
    except OverflowError:
        raise GenerateError("a number does not fit float8") from None
