"""Binomial draws that are addressed, not consumed, and the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.maths import exp, log, log1p
from engine.stream import Key, bits, unit
from engine.types import F64, I64, U64, Bool

BLOCK = 16_384
"""Draws are made in pieces that stay in the processor's cache."""

_BY_REJECTION = 10.0  # mean from which Hörmann's method holds
_AT_ONCE, _FEW = 4, 512
"""Where few draws are left, calls cost more than numbers: so many attempts are made in one."""

_STIRLING = np.array(
    [
        0.0810614667953272,
        0.0413406959554092,
        0.0276779256849983,
        0.02079067210376509,
        0.0166446911898211,
        0.0138761288230707,
        0.0118967099458917,
        0.010411265261972,
        0.00925546218271273,
        0.00833056343336287,
    ]
)


def binomial(n: I64, chance: F64, other: F64, key: Key, address: U64) -> I64:
    """How many of n go one way where the ways weigh `chance` and `other`, all (m,) → (m,).

    Exact in law, not only nearly; n up to 2**53. By inversion where few are expected (one uniform a draw), else
    by BTRS (W. Hörmann, J. Stat. Comput. Simul. 46, 1993). A draw depends on its own arguments and address alone.
    Weights are finite and not negative, and n is 0 where both are 0.
    """
    drawn = np.empty(len(n), np.int64)
    for low in range(0, len(n), BLOCK):
        part = slice(low, low + BLOCK)
        drawn[part] = _block(n[part], chance[part], other[part], key, address[part])
    return drawn


def _block(n: I64, chance: F64, other: F64, key: Key, address: U64) -> I64:
    drawn = np.zeros(len(n), np.int64)
    rare = np.minimum(chance, other)
    some = np.flatnonzero((n > 0) & (rare > 0))
    p = rare[some] / (chance[some] + other[some])
    mean = n[some] * p
    few, many = mean < _BY_REJECTION, mean >= _BY_REJECTION
    for chosen, draw in ((few, _inverted), (many, _rejected)):
        if chosen.any():
            where = some[chosen]
            drawn[where] = draw(n[where].astype(np.float64), p[chosen], key, address[where])
    swapped = chance > other
    return np.where(swapped, n - drawn, drawn)


def _inverted(n: F64, p: F64, key: Key, address: U64) -> I64:
    """Sequential search from 0 (Devroye, Non-Uniform Random Variate Generation, 1986, X.4)."""
    odds = p / (1.0 - p)
    left = unit(bits(key.child("inversion"), address))
    mass = exp(n * log1p(-p))
    drawn = np.zeros(len(n), np.int64)
    going = np.arange(len(n))
    for k in range(1, 1 << 10):
        more = (left > mass) & (n >= k)
        if not more.all():
            going, left, mass, n, odds = going[more], left[more], mass[more], n[more], odds[more]
        if not len(going):
            break
        drawn[going] = k
        left = left - mass
        mass = mass * (odds * ((n - (k - 1)) / k))
    return drawn


@dataclass(frozen=True, slots=True, eq=False)
class _Hat:
    """The constants of BTRS for each draw, (n,); names as in the paper."""

    n: F64
    a: F64
    b: F64
    c: F64
    v_r: F64
    alpha: F64
    odds: F64
    mode: F64

    @staticmethod
    def of(n: F64, p: F64) -> _Hat:
        sd = np.sqrt(n * p * (1.0 - p))
        b = 1.15 + 2.53 * sd
        a = -0.0873 + 0.0248 * b + 0.01 * p
        alpha = (2.83 + 5.1 / b) * sd
        return _Hat(n, a, b, n * p + 0.5, 0.92 - 4.2 / b, alpha, p / (1.0 - p), np.floor((n + 1.0) * p))

    def take(self, where: I64) -> _Hat:
        return _Hat(*(getattr(self, name)[where] for name in self.__slots__))


def _rejected(n: F64, p: F64, key: Key, address: U64) -> I64:
    drawn = np.empty(len(n), np.int64)
    going, hat = np.arange(len(n)), _Hat.of(n, p)
    attempt = 0
    while len(going):
        tried = range(attempt, attempt + (_AT_ONCE if len(going) <= _FEW else 1))
        u = np.stack([unit(bits(key.child("u", one), address)) for one in tried]) - 0.5
        v = np.stack([unit(bits(key.child("v", one), address)) for one in tried])
        us = 0.5 - np.abs(u)
        k = np.floor((2.0 * hat.a / us + hat.b) * u + hat.c)
        good = (us >= 0.07) & (v <= hat.v_r)
        doubtful = np.flatnonzero(~good & (k >= 0) & (k <= hat.n))
        good.reshape(-1)[doubtful] = _under(
            hat.take(doubtful % len(going)), us.take(doubtful), v.take(doubtful), k.take(doubtful)
        )
        done, first = np.flatnonzero(good.any(axis=0)), good.argmax(axis=0)
        drawn[going[done]] = k[first[done], done].astype(np.int64)
        again = np.flatnonzero(~good.any(axis=0))
        going, address, hat = going[again], address[again], hat.take(again)
        attempt = tried.stop
    return drawn


def _under(hat: _Hat, us: F64, v: F64, k: F64) -> Bool:
    """Whether a point lies under the binomial's curve, (n,) → (n,).

    The paper's ratio f(k) / f(mode), its terms regrouped so that for n = 10¹² nothing large cancels.
    """
    n, m = hat.n, hat.mode
    height, odds = _together(log, v * hat.alpha / (hat.a / (us * us) + hat.b), hat.odds * (n - m + 1.0) / (m + 1.0))
    below, above = _together(log1p, (m - k) / (k + 1.0), (k - m) / (n - k + 1.0))
    ratio = (k + 0.5) * below + (n - k + 0.5) * above
    ratio += (k - m) * odds
    tails = _together(_tail, m, n - m, k, n - k)
    ratio += tails[0] + tails[1] - tails[2] - tails[3]
    under: Bool = height <= ratio
    return under


def _together(function: Callable[[F64], F64], *arguments: F64) -> F64:
    """A function of each of several arrays in one call, (n,) each → (arguments, n): most are short."""
    return function(np.concatenate(arguments)).reshape(len(arguments), -1)


def _tail(k: F64) -> F64:
    """What Stirling's formula lacks of log k!, (n,) → (n,)."""
    small = k < len(_STIRLING)
    inverse = 1.0 / (k + 1.0)
    square = inverse * inverse
    series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 * square) * square) * inverse
    return np.where(small, _STIRLING[np.where(small, k, 0.0).astype(np.int64)], series)
