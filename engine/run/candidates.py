"""Values to try on a CHECK that nobody understands, where none of those that were made passes it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from engine.types import Family, PgType

_WORDS = ("a", "A", "x", "yes", "no", "true", "Y", "N", "en", "US", "EUR", "abc", "ABC", "A1", "10.0.0.1", "a@b.com",
          "2025-01-01", "12:00", "1.5", "1 day", "{}", "[]", "https://example.com", "/a", "1.0.0",
          "00000000-0000-4000-8000-000000000000")  # fmt: skip
_DOCUMENTS = ("{}", "[]", "[1]", '["a"]', '"a"', "1", "true", "null", '[{"id": 1}]')


def candidates(pg: PgType) -> list[str]:
    """Texts of values of a type, the plainest first; none where there are none that tell more than others."""
    if pg.array or pg.labels:
        return []
    match pg.family:
        case Family.INTEGER | Family.DECIMAL:
            return [str(number) for number in _numbers() if pg.name != "int2" or abs(number) < 1 << 15]
        case Family.TEXT:
            return [text for text in (*map(str, _numbers()), *_WORDS) if len(text) <= (pg.length or len(text))]
        case Family.JSON:
            return list(_DOCUMENTS)
    return []


def _numbers() -> Iterator[int]:
    """Small ones, years, and powers of two and ten."""
    powers = [1 << n for n in range(8, 31)] + [10**n for n in range(3, 10)]
    yield from dict.fromkeys(chain(range(129), range(1950, 2031), powers, range(-1, -11, -1)))
