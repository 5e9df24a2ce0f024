"""UUIDs that cannot meet: their random bits are a keyed bijection of a row's own address (RFC 9562)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from engine.errors import Code, wrong
from engine.generators.base import Context
from engine.types import U64, Family

_VARIANT = np.uint64(1 << 63)
_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint16)
_GROUPS = ((0, 0, 8), (9, 8, 12), (14, 12, 16), (19, 16, 20), (24, 20, 32))
"""Where each group of digits goes in the 36 characters, and from which of the 32 it comes."""


def require_fit(context: Context, kind: str) -> None:
    """Raise SpecError (WRONG_KIND) unless the column is a uuid or text of at least 36 characters."""
    pg = context.type
    text = pg.family is Family.TEXT and not pg.labels and (pg.length is None or pg.length >= 36)
    if pg.family is not Family.UUID and not text:
        raise wrong(
            Code.WRONG_KIND,
            f"'{kind}' makes UUIDs, which a column of type {pg} cannot hold",
            path=(kind,),
            hint="use a uuid or text column, or `sequence` for numbers",
        )


def version_4(left: U64, right: U64) -> U64:
    """Two 61-bit halves as version 4, (n,), (n,) → (n, 2) words, the high one first."""
    words = np.empty((len(left), 2), np.uint64)
    words[:, 0] = _around(left >> np.uint64(1), 4)
    words[:, 1] = _VARIANT | ((left & np.uint64(1)) << np.uint64(61)) | right
    return words


def version_7(milliseconds: U64, left: U64, right: U64) -> U64:
    """48 bits of time and two 37-bit halves as version 7, (n,), (n,), (n,) → (n, 2) words."""
    words = np.empty((len(left), 2), np.uint64)
    words[:, 0] = (milliseconds << np.uint64(16)) | np.uint64(0x7000) | (left >> np.uint64(25))
    words[:, 1] = _VARIANT | ((left & np.uint64((1 << 25) - 1)) << np.uint64(37)) | right
    return words


def column(words: U64, *, text: bool) -> pa.Array:
    """UUIDs as 16 bytes each, or as text with dashes, (n, 2) → (n,)."""
    raw = words.byteswap() if np.little_endian else words
    if not text:
        return pa.Array.from_buffers(pa.binary(16), len(words), [None, pa.py_buffer(raw)])
    digits = _HEX[raw.view(np.uint8)].view(np.uint8).reshape(len(words), 32)
    written = np.full((len(words), 36), ord("-"), np.uint8)
    for place, start, stop in _GROUPS:
        written[:, place : place + stop - start] = digits[:, start:stop]
    ends = np.arange(0, 36 * (len(words) + 1), 36, dtype=np.int32)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(written))


def _around(sixty: U64, version: int) -> U64:
    """60 bits with the version between the upper 48 and the lower 12, (n,) → (n,)."""
    upper = (sixty >> np.uint64(12)) << np.uint64(16)
    return upper | np.uint64(version << 12) | (sixty & np.uint64(0xFFF))
