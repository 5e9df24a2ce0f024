"""The standard normal law's distribution function over arrays, from IEEE basic operations alone."""

from __future__ import annotations

import numpy as np

from engine.maths.elementary import exp, in_blocks
from engine.types import F64

_CENTRE = (2.2352520354606839287e0, 1.6102823106855587881e2, 1.0676894854603709582e3, 1.8154981253343561249e4)
_CENTRE_FIRST = 6.5682337918207449113e-2
_CENTRE_BELOW = (4.7202581904688241870e1, 9.7609855173777669322e2, 1.0260932208618978205e4, 4.5507789335026729956e4)
_OUTER = (
    3.9894151208813466764e-1,
    8.8831497943883759412e0,
    9.3506656132177855979e1,
    5.9727027639480026226e2,
    2.4945375852903726711e3,
    6.8481904505362823326e3,
    1.1602651437647350124e4,
    9.8427148383839780218e3,
)
_OUTER_FIRST = 1.0765576773720192317e-8
_OUTER_BELOW = (
    2.2266688044328115691e1,
    2.3538790178262499861e2,
    1.5193775994075548050e3,
    6.4855582982667607550e3,
    1.8615571640885098091e4,
    3.4900952721145977266e4,
    3.8912003286093271411e4,
    1.9685429676859990727e4,
)
_FAR = (2.1589853405795699e-1, 1.274011611602473639e-1, 2.2235277649788729e-2, 1.421619193227893466e-3)
_FAR_LAST, _FAR_FIRST = 2.9112874951168792e-5, 2.307344176494017303e-2
_FAR_BELOW = (1.28426009614491121, 4.68238212480865118e-1, 6.59881378689285515e-2, 3.78239633202758244e-3)
_FAR_BELOW_LAST = 7.29751555083966205e-5
_NEAR, _WIDE = 0.67448975, 5.656854249492380195
_DENSITY = 0.398942280401432677939946


def ndtr_all(x: F64) -> F64:
    """The shares of a standard normal law that are ≤ x, (n,) → (n,), to 1e-15.

    W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23, 1969, in the
    form of his ANORM (Algorithm 715, ACM TOMS 19(1), 1993).
    """
    return in_blocks(_ndtr, x)


def _ndtr(x: F64, out: F64) -> None:
    y = np.minimum(np.abs(x), 38.0)
    out[:] = _outer(y)
    far = np.flatnonzero(y > _WIDE)
    if len(far):
        out[far] = _far(y[far])
    np.subtract(1.0, out, out=out, where=x > 0)
    near = np.flatnonzero(y <= _NEAR)
    if len(near):
        out[near] = 0.5 + _centre(x[near])


def _centre(x: F64) -> F64:
    square = x * x
    above, below = _CENTRE_FIRST * square, square.copy()
    for a, b in zip(_CENTRE[:-1], _CENTRE_BELOW[:-1], strict=True):
        above = (above + a) * square
        below = (below + b) * square
    return x * (above + _CENTRE[-1]) / (below + _CENTRE_BELOW[-1])


def _outer(y: F64) -> F64:
    above, below = _OUTER_FIRST * y, y.copy()
    for c, d in zip(_OUTER[:-1], _OUTER_BELOW[:-1], strict=True):
        above = (above + c) * y
        below = (below + d) * y
    return (above + _OUTER[-1]) / (below + _OUTER_BELOW[-1]) * _bell(y)


def _far(y: F64) -> F64:
    inverse = 1.0 / (y * y)
    above, below = _FAR_FIRST * inverse, inverse.copy()
    for p, q in zip(_FAR, _FAR_BELOW, strict=True):
        above = (above + p) * inverse
        below = (below + q) * inverse
    tail = inverse * (above + _FAR_LAST) / (below + _FAR_BELOW_LAST)
    return (_DENSITY - tail) / y * _bell(y)


def _bell(y: F64) -> F64:
    """e^(-y²/2), with y² in two parts so that no digit is lost."""
    coarse = np.floor(y * 16.0) / 16.0
    return exp(-0.5 * coarse * coarse) * exp(-0.5 * (y - coarse) * (y + coarse))
