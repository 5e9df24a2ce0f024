"""Text as PostgreSQL handles it under the C.UTF-8 locale; a character is a code point, order is by bytes."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import GenerateError
from engine.expressions.column import Column, Numbers, from_spelled, spelled
from engine.expressions.room import require_room, require_room_for
from engine.types import I64, Bool

_FALSE = pa.scalar(value=False)
NO_SEPARATOR = pa.scalar("")
"""Made once: for a Python text Arrow looks for `dateutil` at every call."""
_SHARP_S, _STAND_IN = "ß", "\U0010fffd"


def lower(a: Column) -> Column:
    """Character by character, by Unicode's simple mapping."""
    return from_spelled(pc.utf8_lower(*spelled(a)))


def upper(a: Column) -> Column:
    """Character by character, by Unicode's simple mapping, in which ß stays ß."""
    (text,) = spelled(a)
    kept = pc.replace_substring(text, _SHARP_S, _STAND_IN)
    return from_spelled(pc.replace_substring(pc.utf8_upper(kept), _STAND_IN, _SHARP_S))


def length(nulls: Bool | None, a: pa.Array) -> I64:  # noqa: ARG001
    """Characters."""
    return counted(pc.utf8_length(a))


def counted(result: pa.Array) -> I64:
    """An Arrow integer array as int64, nulls as 0."""
    return np.asarray(pc.fill_null(result, 0).to_numpy(zero_copy_only=False), np.int64)


def joined(*columns: Column) -> Column:
    """a || b || …, null where any is. Raises GenerateError for texts too long to be meant."""
    texts = spelled(*columns)
    require_room(texts)
    return from_spelled(pc.binary_join_element_wise(*texts, NO_SEPARATOR))


def concatenated(*columns: Column) -> Column:
    """concat(a, b, …): nulls count as empty. Raises GenerateError for texts too long to be meant."""
    texts = spelled(*columns)
    require_room(texts)
    return from_spelled(pc.binary_join_element_wise(*texts, NO_SEPARATOR, null_handling="replace"))


def sliced(start: int, stop: int | None, a: Column) -> Column:
    """Characters from `start` (from 0; negative: from the end) to before `stop`."""
    return from_spelled(pc.utf8_slice_codeunits(*spelled(a), start=start, stop=stop))


def trimmed(side: str, characters: str, a: Column) -> Column:
    """Without the characters at one end ('l', 'r') or both ('')."""
    trim = {"l": pc.utf8_ltrim, "r": pc.utf8_rtrim, "": pc.utf8_trim}[side]
    return from_spelled(trim(*spelled(a), characters=characters))


def replaced(pattern: str, by: str, a: Column) -> Column:
    """Every occurrence of a text replaced; an empty one has none. Raises GenerateError as `joined` does."""
    if not pattern:
        return a
    growth = len(by.encode()) - len(pattern.encode())
    if growth > 0:
        found = pc.multiply(pc.count_substring(a.data, pattern).cast("int64"), growth)
        require_room_for(pc.fill_null(pc.add(found, pc.binary_length(a.data).cast("int64")), 0))
    return from_spelled(pc.replace_substring(*spelled(a), pattern, by))


def position(part: str, nulls: Bool | None, a: pa.Array) -> I64:  # noqa: ARG001
    """Where `part` first begins, from 1; 0 where it does not occur."""
    if not part:
        return np.ones(len(a), np.int64)
    head = pc.list_element(pc.split_pattern(pc.fill_null(a, ""), part, max_splits=1), 0)
    found = counted(pc.cast(pc.match_substring(a, part), pa.int64()))
    return (counted(pc.utf8_length(head)) + 1) * found


def starts(prefix: str, nulls: Bool | None, a: pa.Array) -> Bool:  # noqa: ARG001
    """starts_with(a, prefix)."""
    return truth(pc.starts_with(a, prefix))


def truth(result: pa.Array) -> Bool:
    """An Arrow boolean array as numpy, nulls as false."""
    found: Bool = pc.coalesce(result, _FALSE).to_numpy(zero_copy_only=False)
    return found


def like(pattern: str, folded: bool, nulls: Bool | None, a: pa.Array) -> Bool:  # noqa: ARG001
    """LIKE, or with `folded` ILIKE, which compares both sides in lower case."""
    if folded:
        a = pc.utf8_lower(a)
        pattern = pc.utf8_lower(pa.scalar(pattern)).as_py()
    return truth(pc.match_substring_regex(a, like_regex(pattern)))


def like_regex(pattern: str) -> str:
    """A LIKE pattern as an anchored regular expression of RE2; a backslash escapes.

    Raises ValueError where the pattern ends with one.
    """
    out, at = [], 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            at += 1
            if at == len(pattern):
                raise ValueError("the pattern ends with its escape character")
            out.append(_quoted(pattern[at]))
        else:
            out.append({"%": ".*", "_": "."}.get(character) or _quoted(character))
        at += 1
    return f"(?s)\\A{''.join(out)}\\z"


def _quoted(character: str) -> str:
    return character if character.isalnum() or not character.isascii() else f"\\x{{{ord(character):x}}}"


def part(delimiter: str, number: int, a: Column) -> Column:
    """split_part(a, delimiter, number): from 1, or from -1 backwards; empty past the last."""
    nulls = a.nulls
    text = pc.fill_null(a.data, "")
    if not delimiter:
        return Column(text if number in (1, -1) else pa.array([""] * len(text)), nulls)
    lists = pc.split_pattern(text, delimiter)
    offsets = lists.offsets.to_numpy().astype(np.int64)
    wanted = offsets[:-1] + number - 1 if number > 0 else offsets[1:] + number
    there = (wanted >= offsets[:-1]) & (wanted < offsets[1:])
    taken = lists.values.take(pa.array(np.where(there, wanted, 0), mask=~there))
    return Column(pc.fill_null(taken, ""), nulls)


def fitted(name: str, limit: int, explicit: bool, a: Column) -> Column:
    """Text for varchar(n) or char(n): cut by an explicit cast; an assignment only cuts spaces off.

    Raises GenerateError where an assigned text is longer.
    """
    (text,) = spelled(a)
    if (pc.max(pc.utf8_length(a.data)).as_py() or 0) <= limit:
        return a
    cut = pc.utf8_slice_codeunits(text, 0, limit)
    if not explicit:
        lost = pc.utf8_slice_codeunits(text, limit, None)
        over = from_spelled(pc.not_equal(pc.utf8_trim(lost, characters=" "), ""))
        if truth(over.data).any():
            longest = pc.max(pc.utf8_length(a.data)).as_py()
            raise GenerateError(f"a text of {longest} characters does not fit {name}({limit})")
    return from_spelled(cut)


_INTEGER = re.compile(r"^[ \t\n\v\f\r]*[+-]?[0-9]{1,18}[ \t\n\v\f\r]*$").pattern


def to_integer(nulls: Bool | None, a: pa.Array) -> Numbers:
    """text::int8 of plain digits. Raises GenerateError for any other text."""
    good = truth(pc.match_substring_regex(a, _INTEGER))
    bad = ~good if nulls is None else ~good & ~nulls
    if bad.any():
        raise GenerateError(f"{a[int(np.flatnonzero(np.broadcast_to(bad, len(a)))[0])].as_py()!r} is not an integer")
    plain = pc.utf8_ltrim(pc.utf8_trim(a, characters=" \t\n\v\f\r"), characters="+")
    return counted(pc.if_else(pa.array(good), plain, "0").cast("int64"))
