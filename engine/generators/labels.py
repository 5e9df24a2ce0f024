"""Whole numbers written out as text, after a prefix and filled with zeros."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.types import I64

_ZERO, _TEN = np.uint8(ord("0")), np.uint64(10)


def labels(numbers: I64, prefix: str, width: int) -> pa.Array:
    """``prefix`` and at least `width` digits for every number ≥ 0, (n,) → (n,); width 0 fills nothing."""
    if 0 < width < 20 and (not len(numbers) or numbers.max() < 10**width):
        return _of_one_length(numbers, prefix.encode(), width)
    digits = pa.array(numbers).cast(pa.string())
    if width:
        digits = pc.utf8_lpad(digits, width, "0")
    return pc.binary_join_element_wise(prefix, digits, "") if prefix else digits


def _of_one_length(numbers: I64, prefix: bytes, width: int) -> pa.Array:
    size = len(prefix) + width
    digits = np.empty((width, len(numbers)), np.uint8)
    rest = numbers.astype(np.uint64)
    for digit in digits[::-1]:
        shorter = rest // _TEN
        rest -= shorter * _TEN
        digit[:] = rest
        rest = shorter
    digits += _ZERO
    written = np.empty((len(numbers), size), np.uint8)
    written[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    written[:, len(prefix) :] = digits.T
    ends = np.arange(0, size * (len(numbers) + 1), size, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(written))
