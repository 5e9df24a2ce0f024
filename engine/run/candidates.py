"""Values to try on a rule that nobody understands, where none of those that were made passes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain

from engine.sketch.regexes import node_of
from engine.sketch.shapes import sample
from engine.types import Family, PgType

_WORDS = ("a", "A", "x", "yes", "no", "true", "Y", "N", "en", "US", "EUR", "abc", "ABC", "A1", "10.0.0.1", "a@b.com",
          "2025-01-01", "12:00", "1.5", "1 day", "{}", "[]", "https://example.com", "/a", "1.0.0",
          "00000000-0000-4000-8000-000000000000")  # fmt: skip
_DOCUMENTS = ("{}", "[]", "[1]", '["a"]', '"a"', "1", "true", "null", '[{"id": 1}]')
_KEY = re.compile(r"->>? '((?:[^']|'')+)'")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_EXAMPLES = 40
"""Texts that are made of each regular expression."""


def candidates(pg: PgType, said: str = "") -> list[str]:
    """Texts of values of a type, the plainest first, and those that the text of a rule speaks of.

    None where there are none that tell more than others.
    """
    if pg.array or pg.labels:
        return []
    match pg.family:
        case Family.INTEGER | Family.DECIMAL:
            return [str(number) for number in _numbers() if pg.name != "int2" or abs(number) < 1 << 15]
        case Family.TEXT:
            texts = (*map(str, _numbers()), *_WORDS, *_spoken_of(said))
            return [text for text in dict.fromkeys(texts) if len(text) <= (pg.length or len(text))]
        case Family.JSON:
            return [*_DOCUMENTS, *_with_keys(said)]
    return []


def _with_keys(said: str) -> Iterator[str]:
    """Documents with the keys that a rule reads, all with the same value."""
    keys = [key.replace("''", "'") for key in dict.fromkeys(_KEY.findall(said))]
    for value in (*map(str, _numbers()), *_WORDS, *_spoken_of(said)) if keys else ():
        yield json.dumps(dict.fromkeys(keys, value))


def _spoken_of(said: str) -> Iterator[str]:
    """The constants of a rule, and texts that match those that are regular expressions."""
    for literal in dict.fromkeys(_LITERAL.findall(said)):
        yield literal.replace("''", "'")
        try:
            node = node_of(literal)
            yield from dict.fromkeys(sample(node, number) for number in range(_EXAMPLES))
        except (ValueError, IndexError):
            continue


def _numbers() -> Iterator[int]:
    """Small ones, years, and powers of two and ten."""
    powers = [1 << n for n in range(8, 31)] + [10**n for n in range(3, 10)]
    yield from dict.fromkeys(chain(range(129), range(1950, 2031), powers, range(-1, -11, -1)))
