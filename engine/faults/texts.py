"""Texts that went wrong, a whole column at a time: through another encoding, cut off, with stray characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.generators.base import Rows
from engine.types import I64, ColumnPath

_MARK = "\ufeff".encode().decode("latin-1")
_NOT_ASCII = r"[^\x00-\x7F]"
Octets = npt.NDArray[np.uint8]


def utf8_as_latin1(texts: pa.Array) -> pa.Array:
    """The bytes of UTF-8 read as ISO 8859-1, (n,) → (n,): ``Müller`` as ``MÃ¼ller``; plain ASCII gets a mark."""
    ends, octets = _parts(texts)
    high = octets >= 0x80
    before = np.concatenate(([0], np.cumsum(high)))
    wide = np.empty(len(octets) + int(high.sum()), np.uint8)
    place = np.arange(len(octets)) + before[1:]  # of each byte's last, behind the lead bytes so far
    wide[place] = np.where(octets >= 0xC0, octets - 0x40, octets)
    wide[place[high] - 1] = np.where(octets[high] >= 0xC0, 0xC3, 0xC2)
    return _marked(texts, _strings(ends + before[ends], wide), _MARK)


def question_marks(texts: pa.Array) -> pa.Array:
    """Every character beyond ASCII as a question mark; plain ASCII gets one in front."""
    return _marked(texts, pc.replace_substring_regex(texts, _NOT_ASCII, "?"), "?")


def replacement_characters(texts: pa.Array) -> pa.Array:
    """Every character beyond ASCII as U+FFFD; plain ASCII gets one in front."""
    return _marked(texts, pc.replace_substring_regex(texts, _NOT_ASCII, "\ufffd"), "\ufffd")


def truncated(texts: pa.Array) -> pa.Array:
    """The first half, rounded up."""
    return head(texts, _half(texts))


def whitespace(texts: pa.Array) -> pa.Array:
    """A space in front and one behind."""
    return pc.binary_join_element_wise(" ", texts, " ", "")


def control_characters(texts: pa.Array) -> pa.Array:
    """A vertical tab in the middle."""
    half = _half(texts)
    return pc.binary_join_element_wise(head(texts, half), "\v", _tail(texts, half), "")


WAYS: Mapping[str, Callable[[pa.Array], pa.Array]] = {
    "utf8_as_latin1": utf8_as_latin1,
    "question_marks": question_marks,
    "replacement_characters": replacement_characters,
    "truncated": truncated,
    "upper_case": pc.utf8_upper,
    "lower_case": pc.utf8_lower,
    "whitespace": whitespace,
    "control_characters": control_characters,
}


def head(texts: pa.Array, characters: I64) -> pa.Array:
    """The first so many characters of each text, (n,), (n,) → (n,)."""
    return _some(texts, characters, tail=False)


def _tail(texts: pa.Array, characters: I64) -> pa.Array:
    return _some(texts, characters, tail=True)


def _some(texts: pa.Array, characters: I64, *, tail: bool) -> pa.Array:
    ends, octets = _parts(texts)
    row = np.repeat(np.arange(len(texts)), np.diff(ends))
    began = np.concatenate(([0], np.cumsum((octets & 0xC0) != 0x80)))
    number = began[1:] - began[ends[:-1]][row]  # of the character that each byte belongs to, from 1
    kept = (number > characters[row]) if tail else (number <= characters[row])
    lengths = np.bincount(row[kept], minlength=len(texts))
    return _strings(np.concatenate(([0], np.cumsum(lengths))), octets[kept])


def _half(texts: pa.Array) -> I64:
    length: I64 = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    return (length + 1) // 2


def _marked(texts: pa.Array, spoiled: pa.Array, mark: str) -> pa.Array:
    """What is still the same, and not empty, behind a mark."""
    same = pc.and_(pc.equal(texts, spoiled), pc.not_equal(texts, ""))
    return pc.if_else(same, pc.binary_join_element_wise(mark, texts, ""), spoiled)


def _parts(texts: pa.Array) -> tuple[I64, Octets]:
    """Where each text ends in its bytes, (n + 1,) from 0, and the bytes; there are no nulls."""
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    return ends - ends[0], data[ends[0] : ends[-1]]


def _strings(ends: I64, octets: Octets) -> pa.Array:
    offsets, data = pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(octets))
    return pa.Array.from_buffers(pa.string(), len(ends) - 1, [None, offsets, data])


@dataclass(frozen=True, slots=True)
class SpoiledText:
    """A column of text, spoiled in one of the WAYS and cut to the `room` of its type, in characters."""

    path: ColumnPath
    how: str
    room: int | None

    def values(self, rows: Rows) -> pa.Array:
        """The column, (n,); null where it was."""
        texts = rows.read(self.path).cast(pa.string())
        if not len(texts):
            return texts
        spoiled = WAYS[self.how](texts.fill_null(""))
        if self.room is not None:
            spoiled = head(spoiled, np.full(len(texts), self.room))
        return pc.if_else(texts.is_valid(), spoiled, pa.scalar(None, pa.string()))
