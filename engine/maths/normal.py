"""The normal law's quantile and its inverse, from IEEE basic operations alone."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from engine.maths.elementary import exp, horner, in_blocks, log
from engine.types import F64

_CENTRE = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRE_BELOW = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_TAIL = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_TAIL_BELOW = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
_FAR = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
_FAR_BELOW = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)


def ndtri(u: F64) -> F64:
    """The standard normal quantile, (n,) → (n,), to 1e-15 of its size; -inf at 0, inf at 1, nan outside.

    PPND16 of M. J. Wichura, Algorithm AS 241, Applied Statistics 37(3), 1988.
    """
    return in_blocks(_ndtri, u)


def _ndtri(u: F64, out: F64) -> None:
    q = u - 0.5
    r = q * q
    np.subtract(0.180625, r, out=r)
    horner(_CENTRE, r, out)
    below = np.empty_like(r)
    horner(_CENTRE_BELOW, r, below)
    out /= below
    out *= q
    tail = np.flatnonzero(~(r >= 0))  # |q| > 0.425
    if len(tail):
        out[tail] = np.copysign(_outer(np.minimum(u[tail], 1.0 - u[tail])), q[tail])


def _outer(p: F64) -> F64:
    root = np.sqrt(-log(p))
    found = _ratio(_TAIL, _TAIL_BELOW, root - 1.6)
    far = np.flatnonzero(root > 5.0)
    if len(far):
        found[far] = _ratio(_FAR, _FAR_BELOW, root[far] - 5.0)
        found[root == inf] = inf
    return found


def _ratio(above: tuple[float, ...], below: tuple[float, ...], x: F64) -> F64:
    top, bottom = np.empty_like(x), np.empty_like(x)
    horner(above, x, top)
    horner(below, x, bottom)
    top /= bottom
    return top


def ndtr(x: float) -> float:
    """The share of a standard normal law that is ≤ x, to 1e-14 of its size below 0; for compile time.

    Marsaglia's series in the middle (J. Stat. Software 11(4), 2004), Laplace's continued fraction outside
    (Abramowitz & Stegun 26.2.14).
    """
    if abs(x) > 40:
        return float(x > 0)
    density = float(exp(np.array([-0.5 * x * x]))[0]) / sqrt(2 * 3.141592653589793)
    if abs(x) < 3:
        term = total = x
        n = 1
        while abs(term) > 1e-18 * abs(total):
            n += 2
            term *= x * x / n
            total += term
        return 0.5 + density * total
    fraction = 0.0
    for k in range(200, 0, -1):
        fraction = k / (abs(x) + fraction)
    tail = density / (abs(x) + fraction)
    return tail if x < 0 else 1 - tail
