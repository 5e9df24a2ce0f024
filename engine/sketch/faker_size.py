"""How long Faker's values are, so that a draft asks it only for what a column has room for."""

from __future__ import annotations

from functools import cache

from engine.generators.fakers import locales, make_pool

_CALLS = 60
ENOUGH = 0.7
"""The share of Faker's values that must fit a column: those that do not are left out."""


@cache
def lengths(name: str, locale: str) -> tuple[int, ...]:
    """How long some values of one kind are, the shortest first; nothing where the locale has none."""
    if locale not in locales():
        return ()
    try:
        return tuple(sorted(len(str(value)) for value in make_pool(name, locale, _CALLS, 0)))
    except LookupError:
        return ()


def fits(name: str, locale: str, room: int | None) -> bool:
    """Whether a column of so many characters has room for most of these values."""
    known = lengths(name, locale)
    return bool(known) and (room is None or known[min(int(len(known) * ENOUGH), len(known) - 1)] <= room)
