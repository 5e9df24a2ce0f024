"""Text for e-mail addresses, links and numbers: without accents, in lower case, padded."""

from __future__ import annotations

import pyarrow.compute as pc

from engine.expressions.column import Column, from_spelled, spelled

_LETTERS = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "’": "'", "–": "-", "—": "-",
}  # fmt: skip
"""Letters that Unicode does not take apart into a base and an accent."""


def plain(a: Column) -> Column:
    """Accents taken off (Unicode's NFKD), a few letters spelled out; what is still not ASCII is left out."""
    (text,) = spelled(a)
    if not pc.all(pc.string_is_ascii(a.data)).as_py():
        for letter, spelling in _LETTERS.items():
            text = pc.replace_substring(text, letter, spelling)
        text = pc.replace_substring_regex(pc.utf8_normalize(text, "NFKD"), r"[^\x00-\x7f]+", "")
    return from_spelled(text)


def slug(joint: str, a: Column) -> Column:
    """ASCII letters and digits in lower case, everything between them one `joint`."""
    (text,) = spelled(plain(a))
    joined = pc.replace_substring_regex(pc.utf8_lower(text), "[^a-z0-9]+", joint)
    return from_spelled(pc.utf8_trim(joined, characters=joint) if joint else joined)


def titled(a: Column) -> Column:
    """The first letter of every word a capital."""
    return from_spelled(pc.utf8_title(*spelled(a)))


def padded(width: int, a: Column) -> Column:
    """A whole number's digits with zeros before them up to `width` characters; a minus sign stays in front."""
    (text,) = spelled(a)
    return from_spelled(pc.if_else(pc.starts_with(text, "-"), _negative(text, width), pc.utf8_lpad(text, width, "0")))


def _negative(text: object, width: int) -> object:
    digits = pc.utf8_lpad(pc.utf8_slice_codeunits(text, 1, None), max(width - 1, 0), "0")
    return pc.binary_join_element_wise("-", digits, "")
