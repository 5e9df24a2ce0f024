"""Strings of bits and of bytes, and UUIDs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from engine.generators.kinds.maker import Between, Elements, Numbered, Wishes
from engine.generators.kinds.spelling import rows_of
from engine.generators.uuids import column, version_4
from engine.permutation import mix_halves
from engine.stream import Key, bits, stream_key
from engine.types import I64, U64, PgType

_REST = stream_key(0, "kinds", "rest")
"""What fills up a value that is wider than its number."""
_WORD = 62
_EIGHT = 8
_LONGEST_VARBIT = 16


def _bit(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    width = type_.length or 1
    return Numbered.of(1 << min(width, _WORD), partial(_binary, width))


def _varbit(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    """Of one bit to 16, or what the column takes: number k is k + 2 in binary without its first 1."""
    longest = min(type_.length or _LONGEST_VARBIT, _LONGEST_VARBIT)
    return Numbered.of((2 << longest) - 2, _without_lead)


def _binary(width: int, number: I64) -> pa.Array:
    made = np.empty((len(number), width), np.uint8)
    for place in range(width):
        word, shift = divmod(place, _WORD)
        if not shift:
            rest = number if not word else (bits(_REST.child(word), number.view(np.uint64)) >> 2).view(np.int64)
        made[:, place] = ord("0") + (rest >> shift & 1)
    return rows_of(made)


def _without_lead(number: I64) -> pa.Array:
    code = number + 2
    width = np.frexp(code.astype(np.float64))[1] - 1
    ends = np.concatenate((np.zeros(1, np.int32), np.cumsum(width, dtype=np.int32)))
    place = np.arange(ends[-1]) - np.repeat(ends[:-1], width)
    data = ord("0") + (np.repeat(code, width) >> np.repeat(width, width) - 1 - place & 1)
    return pa.StringArray.from_buffers(len(number), pa.py_buffer(ends), pa.py_buffer(data.astype(np.uint8)))


def _bytea(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(1 << _WORD, partial(_bytes, 2 * _EIGHT))


def wide_bytes(length: int) -> Numbered | None:
    """Byte strings of this length by number; None where they are too short to have one each."""
    return Numbered.of(1 << _WORD, partial(_bytes, length)) if length >= _EIGHT else None


def _bytes(length: int, number: I64) -> pa.Array:
    """The first eight bytes tell each from every other, those behind them only look like it."""
    words = np.empty((len(number), -(-length // _EIGHT)), np.uint64)
    for place in range(words.shape[1]):
        words[:, place] = bits(_filler(place), number.view(np.uint64))
    data = words.byteswap() if np.little_endian else words
    rows = np.ascontiguousarray(data.view(np.uint8)[:, :length])
    ends = np.arange(len(number) + 1, dtype=np.int32) * np.int32(length)
    return pa.Array.from_buffers(pa.binary(), len(number), [None, pa.py_buffer(ends), pa.py_buffer(rows)])


def _filler(place: int) -> Key:
    if place == 0:
        return _REST
    return _REST.child("right") if place == 1 else _REST.child(place)


def _uuid(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(1 << 61, _version_4)


def _version_4(number: I64) -> pa.Array:
    halves = mix_halves(_REST, number.view(np.uint64), np.zeros(len(number), np.uint64), 61)
    return column(version_4(*halves), text=False)


@dataclass(frozen=True, slots=True)
class Bytes:
    """Byte strings of so many bytes."""

    length: Between
    key: Key

    def values(self, address: U64) -> pa.Array:
        """Random bytes, (n,)."""
        counts = self.length.drawn(self.key, address)
        parts = Elements.of(counts, address, self.key.child("byte"))
        data = (bits(self.key.child("value"), parts.address) >> np.uint64(56)).astype(np.uint8)
        ends = pa.py_buffer(parts.ends.astype(np.int32))
        return pa.Array.from_buffers(pa.binary(), len(counts), [None, ends, pa.py_buffer(data)])


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "bit": _bit,
    "varbit": _varbit,
    "bytea": _bytea,
    "uuid": _uuid,
}
