"""Gamma draws that are addressed, not consumed, and the same on every machine."""

from __future__ import annotations

import numpy as np

from engine.maths import log, ndtri
from engine.stream import Key, bits, unit
from engine.types import F64, U64

_BLOCK = 16_384


def log_gamma_draws(shape: F64, key: Key, address: U64) -> F64:
    """Logarithms of draws from the gamma law with these shapes above 0 and scale 1, (n,) → (n,).

    Exact in law, by rejection (G. Marsaglia & W. W. Tsang, ACM TOMS 26(3), 2000); below shape 1 as a draw of shape + 1
    times a uniform's power, whose logarithm is told because the draw itself may be too small for a number.
    """
    drawn = np.empty(len(shape))
    for low in range(0, len(shape), _BLOCK):
        part = slice(low, low + _BLOCK)
        small = shape[part] < 1.0
        drawn[part] = _at_least_1(shape[part] + small, key, address[part])
        if small.any():
            boost = log(unit(bits(key.child("boost"), address[part][small]))) / shape[part][small]
            drawn[part][small] += boost
    return drawn


def _at_least_1(shape: F64, key: Key, address: U64) -> F64:
    drawn = np.empty(len(shape))
    going = np.arange(len(shape))
    d = shape - 1.0 / 3.0
    attempt = 0
    while len(going):
        x = ndtri(unit(bits(key.child("normal", attempt), address)))
        root = 1.0 + x / np.sqrt(9.0 * d)
        cube = root * root * root
        height = log(unit(bits(key.child("height", attempt), address)))
        inside = root > 0
        cubes = log(np.where(inside, cube, 1.0))
        good = inside & (height < 0.5 * x * x + d * (1.0 - cube + cubes))
        drawn[going[good]] = (log(d) + cubes)[good]
        again = np.flatnonzero(~good)
        going, address, d = going[again], address[again], d[again]
        attempt += 1
    return drawn
