"""Texts of types whose binary form can be read off them, a whole column at a time: so their tables need no CSV.

Each reader gives the bytes that the type's ``*_recv`` function takes, (n,) → (n,) binary, or None where a text is not
in the plainest form of the type: then the server has to read it. Nulls stay null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.types import I64, PgType
from engine.views import mask_of

Reader: TypeAlias = Callable[[pa.Array], "pa.Array | None"]
_Matrix: TypeAlias = npt.NDArray[Any]

_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_OCTET = r"(?P<{}>0|[1-9]\d{{0,2}})"
_IPV4 = r"\.".join(_OCTET.format(name) for name in "abcd")
_HALF_VECTORS = 16_000
"""The most dimensions of a vector (pgvector's VECTOR_MAX_DIM)."""


def reader_for(pg: PgType) -> Reader | None:
    """The reader of a type that travels as text; None where there is none."""
    if pg.array or pg.labels or pg.fields or pg.subtype:
        return None
    found = _READERS.get(pg.name)
    return found and partial(_around_nulls, found)


def _around_nulls(read: Reader, texts: pa.Array) -> pa.Array | None:
    """Read a column in which the first text stands for nulls, and make them null again."""
    if len(texts) == texts.null_count:
        return pa.nulls(len(texts), pa.binary())
    nulls = mask_of(texts)
    if nulls is None:
        return read(texts)
    made = read(texts.fill_null(texts[int(np.argmin(nulls))]))
    return made if made is None else pc.if_else(pa.array(nulls), pa.scalar(None, pa.binary()), made)


def _parts(pattern: str, texts: pa.Array) -> pa.StructArray | None:
    """The named groups of a pattern that every text matches."""
    found = pc.extract_regex(texts, f"^{pattern}$")
    return None if found.null_count else found


def _oid(texts: pa.Array) -> pa.Array | None:
    found = _parts(r"(?P<oid>\d{1,10})", texts)
    if found is None:
        return None
    numbers = _whole(found.field("oid"))
    if len(numbers) and numbers.max() >= 1 << 32:
        return None
    return _rows(numbers.astype(">u4").view(np.uint8).reshape(-1, 4))


def _inet(cidr: bool, texts: pa.Array) -> pa.Array | None:
    """Version 4: the family (2), the bits of the net, whether it is a cidr, four bytes."""
    found = _parts(rf"{_IPV4}(?:/(?P<net>\d{{1,2}}))?", texts)
    if found is None:
        return None
    made = np.empty((len(texts), 8), np.int64)
    made[:, 0], made[:, 2], made[:, 3] = 2, int(cidr), 4
    net = found.field("net")
    made[:, 1] = _whole(pc.if_else(pc.equal(net, ""), "32", net))
    for place, name in enumerate("abcd", 4):
        made[:, place] = _whole(found.field(name))
    if len(made) and (made.max() > 255 or made[:, 1].max() > 32):
        return None
    return _rows(made.astype(np.uint8))


def _macaddr(octets: int, texts: pa.Array) -> pa.Array | None:
    pairs = ":".join(["[0-9a-f]{2}"] * octets)
    if not pc.all(pc.match_substring_regex(texts, f"^{pairs}$")).as_py() and len(texts):
        return None
    codes = _characters(texts).reshape(-1, 3 * octets - 1)
    digits = np.where(codes < ord("a"), codes - ord("0"), codes - ord("a") + 10)
    return _rows(digits[:, ::3] << 4 | digits[:, 1::3])


def _bits(texts: pa.Array) -> pa.Array | None:
    """The number of bits, then these from the highest of each byte on."""
    if len(texts) and not pc.all(pc.match_substring_regex(texts, "^[01]*$")).as_py():
        return None
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    octets = (lengths + 7) // 8
    begin = 8 * (np.cumsum(octets) - octets)
    held = np.zeros(8 * int(octets.sum()), np.uint8)
    place = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    held[np.repeat(begin, lengths) + place] = _characters(texts) - ord("0")
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(octets))).astype(np.int32)
    data = pa.Array.from_buffers(pa.binary(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(np.packbits(held))])
    return pc.binary_join_element_wise(_rows(lengths.astype(">i4").view(np.uint8).reshape(-1, 4)), data, b"")


def _coordinates(pattern: str, names: str, texts: pa.Array) -> pa.Array | None:
    """So many doubles."""
    found = _parts(pattern, texts)
    if found is None:
        return None
    made = np.empty((len(texts), len(names)), ">f8")
    for place, name in enumerate(names):
        made[:, place] = found.field(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return _rows(made.view(np.uint8).reshape(-1, 8 * len(names)))


def _vector(texts: pa.Array) -> pa.Array | None:
    """The number of dimensions, two bytes of nothing, and each as a single; all texts have as many."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, rf"^\[{_NUMBER}(?:,{_NUMBER})*\]$")).as_py():
        return None
    listed = pc.split_pattern(pc.utf8_slice_codeunits(pc.utf8_rtrim(texts, "]"), 1), ",")
    counts = pc.list_value_length(listed).to_numpy(zero_copy_only=False)
    width = int(counts[0])
    if (counts != width).any() or width > _HALF_VECTORS:
        return None
    singles = listed.flatten().cast(pa.float32()).to_numpy(zero_copy_only=False)
    made = np.empty((len(texts), 4 + 4 * width), np.uint8)
    made[:, :4] = (width >> 8, width & 255, 0, 0)
    made[:, 4:] = singles.astype(">f4").view(np.uint8).reshape(-1, 4 * width)
    return _rows(made)


def _whole(texts: pa.Array) -> I64:
    found: I64 = texts.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _characters(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """All bytes of a column without nulls, end to end."""
    ends = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]


def _rows(octets: _Matrix) -> pa.Array:
    """Bytes (n, w) as a binary column, (n,)."""
    size, width = octets.shape
    ends = np.arange(size + 1, dtype=np.int32) * np.int32(width)
    data = pa.py_buffer(np.ascontiguousarray(octets, np.uint8))
    return pa.Array.from_buffers(pa.binary(), size, [None, pa.py_buffer(ends), data])


def _pair(x: str, y: str) -> str:
    return rf"\((?P<{x}>{_NUMBER}),(?P<{y}>{_NUMBER})\)"


_TWO = f"{_pair('a', 'b')},{_pair('c', 'd')}"
_READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("oid", "xid", "cid"), _oid),
    "inet": partial(_inet, False),  # noqa: FBT003
    "cidr": partial(_inet, True),  # noqa: FBT003
    "macaddr": partial(_macaddr, 6),
    "macaddr8": partial(_macaddr, 8),
    **dict.fromkeys(("bit", "varbit"), _bits),
    "point": partial(_coordinates, _pair("a", "b"), "ab"),
    "box": partial(_coordinates, _TWO, "abcd"),
    "lseg": partial(_coordinates, rf"\[{_TWO}\]", "abcd"),
    "circle": partial(_coordinates, rf"<{_pair('a', 'b')},(?P<r>{_NUMBER})>", "abr"),
    "vector": _vector,
}
