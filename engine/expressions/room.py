"""How large texts may grow: a bomb made of columns that double each other ends in a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import GenerateError

LONGEST_TEXT = 1 << 20
"""Bytes of one text that is put together."""

LARGEST_COLUMN = 1 << 30
"""Bytes of all the texts that are put together at once; Arrow's own limit is twice that."""

Text: TypeAlias = pa.Array | pa.Scalar


def require_room(texts: Sequence[Text]) -> None:
    """Raise GenerateError where joining these, row by row, makes a text above 1 MiB or a column above 1 GiB."""
    size = max((len(text) for text in texts if isinstance(text, pa.Array)), default=1)
    total = sum(text.nbytes if isinstance(text, pa.Array) else _length(text) * size for text in texts)
    if total <= LONGEST_TEXT:
        return
    _require_total(total, size)
    if sum(pc.max(pc.binary_length(text)).as_py() or 0 for text in texts) <= LONGEST_TEXT:
        return
    lengths = np.zeros(size, np.int64)
    for text in texts:
        lengths += (
            pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
            if isinstance(text, pa.Array)
            else _length(text)
        )
    _require_longest(int(lengths.max()))


def require_room_for(lengths: pa.Array) -> None:
    """Raise GenerateError where texts of these lengths in bytes, (n,), are too long or too much."""
    _require_total(pc.sum(lengths).as_py() or 0, len(lengths))
    _require_longest(pc.max(lengths).as_py() or 0)


def _length(text: pa.Scalar) -> int:
    return pc.binary_length(text).as_py() or 0


def _require_total(total: int, rows: int) -> None:
    if total > LARGEST_COLUMN:
        raise GenerateError(
            f"the texts of {rows:,} rows take {total >> 20:,} MiB; {LARGEST_COLUMN >> 20:,} are the most"
        )


def _require_longest(longest: int) -> None:
    if longest > LONGEST_TEXT:
        raise GenerateError(f"a text of {longest:,} bytes; {LONGEST_TEXT:,} are the most that is put together")
