"""A keyed order of the numbers below n: every one once, none remembered."""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

import numpy as np

from engine.stream import Key, below, bits
from engine.types import I64, U64

ROUNDS = 6
SHUFFLED_BELOW = 64
"""Smaller domains are shuffled outright: a Feistel network over a handful of values has too few orders."""

LARGEST = 1 << 62


def permute(key: Key, index: I64 | U64, n: int) -> I64:
    """The place of each index in a keyed order of 0 … n - 1: a bijection of [0, n), (m,) → (m,).

    A Feistel network of six rounds over a mixed radix a·b ≥ n that walks its cycles until it is below n
    (Black & Rogaway, CT-RSA 2002); a and b are the whole numbers around √n, so that it seldom walks.
    n is at most 2**62. Raises ValueError for an index outside [0, n).
    """
    if not 0 < n <= LARGEST:
        raise ValueError(f"a permutation of {n} numbers; it takes 1 to 2**62")
    start = np.asarray(index).astype(np.uint64)
    if len(start) and int(start.max()) >= n:
        raise ValueError(f"index {int(start.max())} is not below {n}")
    if n < SHUFFLED_BELOW:
        return np.asarray(_shuffled(key, n), np.int64)[start.astype(np.int64)]
    a = isqrt(n - 1) + 1
    b = -(-n // a)
    keys = _round_keys(key)
    found = _feistel(keys, start, a, b)
    outside = np.flatnonzero(found >= np.uint64(n))
    while len(outside):
        found[outside] = _feistel(keys, found[outside], a, b)
        outside = outside[found[outside] >= np.uint64(n)]
    return found.view(np.int64)


def unpermute(key: Key, place: I64 | U64, n: int) -> I64:
    """Which index has each place in the keyed order of `permute`: its inverse, (m,) → (m,). Raises ValueError too."""
    if not 0 < n <= LARGEST:
        raise ValueError(f"a permutation of {n} numbers; it takes 1 to 2**62")
    start = np.asarray(place).astype(np.uint64)
    if len(start) and int(start.max()) >= n:
        raise ValueError(f"place {int(start.max())} is not below {n}")
    if n < SHUFFLED_BELOW:
        return np.argsort(np.asarray(_shuffled(key, n), np.int64))[start.astype(np.int64)]
    a = isqrt(n - 1) + 1
    b = -(-n // a)
    keys = _round_keys(key)
    found = _unfeistel(keys, start, a, b)
    outside = np.flatnonzero(found >= np.uint64(n))
    while len(outside):
        found[outside] = _unfeistel(keys, found[outside], a, b)
        outside = outside[found[outside] >= np.uint64(n)]
    return found.view(np.int64)


def scramble(key: Key, index: I64, widths: I64) -> I64:
    """A keyed order of the numbers of `widths` bits, each row with a width of its own, (n,), (n,) → (n,).

    For each width a bijection of [0, 2**width): rounds of an odd multiplication, an addition and a shift that
    folds the upper half onto the lower, all modulo 2**width. It scatters ranks well; it is no cipher.
    """
    mask = (np.uint64(1) << widths.astype(np.uint64)) - np.uint64(1)
    half = (widths.astype(np.uint64) + np.uint64(1)) >> np.uint64(1)
    spread = bits(key, widths.astype(np.uint64))  # another order for each width
    x = index.astype(np.uint64)
    for odd in _SCRAMBLE:
        x = (x * np.uint64(odd) + spread) & mask
        x ^= x >> half
        spread = spread >> np.uint64(13) | spread << np.uint64(51)
    return (x & mask).view(np.int64)


_SCRAMBLE = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)


def mix_halves(key: Key, left: U64, right: U64, width: int) -> tuple[U64, U64]:
    """A keyed bijection of pairs of `width`-bit numbers (width ≤ 63), (n,), (n,) → (n,), (n,).

    A balanced Feistel network of six rounds: pairs that differ stay different.
    """
    shift = np.uint64(64 - width)
    for odd, round_key in enumerate(_round_keys(key)):
        if odd % 2:
            left = left ^ (bits(round_key, right) >> shift)
        else:
            right = right ^ (bits(round_key, left) >> shift)
    return left, right


def _feistel(keys: tuple[Key, ...], index: U64, a: int, b: int) -> U64:
    radix = np.uint64(a)
    right = index // radix
    left = index - right * radix
    for odd, round_key in enumerate(keys):
        if odd % 2:
            left = _add(left, below(round_key, right, a), a)
        else:
            right = _add(right, below(round_key, left, b), b)
    right *= radix
    right += left
    return right


def _unfeistel(keys: tuple[Key, ...], index: U64, a: int, b: int) -> U64:
    radix = np.uint64(a)
    right = index // radix
    left = index - right * radix
    for odd, round_key in reversed(tuple(enumerate(keys))):
        if odd % 2:
            left = _add(left, (a - below(round_key, right, a)) % a, a)
        else:
            right = _add(right, (b - below(round_key, left, b)) % b, b)
    right *= radix
    right += left
    return right


def _add(half: U64, drawn: I64, modulus: int) -> U64:
    half = half + drawn.view(np.uint64)
    half -= np.uint64(modulus) * (half >= np.uint64(modulus))
    return half


@lru_cache(maxsize=1024)
def _round_keys(key: Key) -> tuple[Key, ...]:
    return tuple(key.child("round", i) for i in range(ROUNDS))


@lru_cache(maxsize=1024)
def _shuffled(key: Key, n: int) -> tuple[int, ...]:
    """Fisher and Yates' shuffle (Durstenfeld, CACM 7, 1964)."""
    order = list(range(n))
    draws = below(key.child("shuffle"), np.arange(n, dtype=np.uint64), np.arange(1, n + 1)).tolist()
    for i in range(n - 1, 0, -1):
        order[i], order[draws[i]] = order[draws[i]], order[i]
    return tuple(order)
