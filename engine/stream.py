"""Random numbers that are addressed, not consumed: bits(key, row) is a pure function.

A keyed counter hash: the row's 64-bit identity is spread by the golden ratio, then mixed by the
finaliser of splitmix64 (Steele, Lea & Flood, OOPSLA 2014; constants "Mix13" by David Stafford, 2011)
with the second half of a 128-bit key xored in between its two multiplications, so that two streams
are different functions and not two windows of one sequence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from engine.types import F64, I64, U64

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = (np.uint64(s) for s in (30, 27, 31, 12))
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Key:
    """The name of one stream, as two 64-bit numbers."""

    first: int
    second: int

    def child(self, *names: str | int) -> Key:
        """A stream of its own below this one, e.g. ``key.child("attempt", 3)``."""
        return _digest(self.first, self.second, *names)


def stream_key(seed: int, *names: str) -> Key:
    """The stream for (seed, entity, column, purpose): keyed by names, so positions never matter."""
    return _digest(seed, *names)


def _digest(*parts: str | int) -> Key:
    text = b"".join(len(p).to_bytes(4, "big") + p for p in (repr(part).encode() for part in parts))
    raw = hashlib.blake2b(text, digest_size=16, person=b"scenario-engine1"[:16]).digest()
    return Key(int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:], "big"))


def bits(key: Key, index: U64) -> U64:
    """64 random bits for every address. Shapes: (n,) → (n,)."""
    z = index * _GAMMA
    z += np.uint64(key.first)
    z ^= z >> _S30
    z *= _M1
    z ^= np.uint64(key.second)
    z ^= z >> _S27
    z *= _M2
    z ^= z >> _S31
    return z


def unit(raw: U64) -> F64:
    """52 of 64 bits as (k + ½)·2⁻⁵²: never 0, never 1 (with 53 bits the largest would round to 1)."""
    u = (raw >> _S12).astype(np.float64)
    u += 0.5
    u *= 2.0**-52
    return u


def uniform(key: Key, index: U64) -> F64:
    """Doubles in the open interval (0, 1), one for every address."""
    return unit(bits(key, index))


def below(key: Key, index: U64, n: int | I64) -> I64:
    """Integers in [0, n), one for every address; n ≤ 2**48 so that the bias stays under n·2⁻⁵²."""
    return np.asarray(uniform(key, index) * n).astype(np.int64)


def descend(parent: U64, ordinal: I64, key: Key) -> U64:
    """The identity of a child: a hash of its parent's identity and its place among the siblings."""
    return bits(key, parent + bits(_ORDINAL, ordinal.astype(np.uint64)))


_ORDINAL = stream_key(0, "ordinal")


def within(key: Key, index: U64, n: int) -> I64:
    """Integers in [0, n) for any n < 2**63, one for every address; the bias stays under n·2⁻⁶⁴.

    The upper word of bits × n, put together from 32-bit halves (Lemire, ACM TOMACS 29(1), 2019, without his rejection).
    """
    raw = bits(key, index)
    upper, lower = raw >> _S32, raw & _LOW32
    n_upper, n_lower = np.uint64(n >> 32), np.uint64(n & 0xFFFFFFFF)
    cross = upper * n_lower + (lower * n_lower >> _S32)
    if not n >> 32:
        cross >>= _S32
        return cross.view(np.int64)
    other = lower * n_upper + (cross & _LOW32)
    high = upper * n_upper + (cross >> _S32)
    high += other >> _S32
    return high.view(np.int64)


_S32, _LOW32 = np.uint64(32), np.uint64(0xFFFFFFFF)
