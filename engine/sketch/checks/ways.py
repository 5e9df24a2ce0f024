"""Ways to satisfy something: alternatives, each of them facts that must hold together."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TypeAlias

from engine.sketch.checks.facts import Fact, OneOf, Part, Unknown

Way: TypeAlias = tuple[Fact, ...]
Ways: TypeAlias = tuple[Way, ...]

MOST_WAYS = 64
ALWAYS: Ways = ((),)
NEVER: Ways = ()


def one(*facts: Fact) -> Ways:
    """The one way of these facts."""
    return (facts,)


def unknown(columns: tuple[str, ...]) -> Ways:
    """No way that we understand."""
    return one(Unknown(columns))


def understood(way: Way) -> bool:
    """Whether nothing in it is unknown."""
    return not any(isinstance(fact, Unknown) for fact in way)


def both(*all_ways: Ways) -> Ways:
    """Every way to satisfy all of them, at most MOST_WAYS; to drop some forbids more than is forbidden, never less."""
    ways: Ways = ALWAYS
    for more in all_ways:
        ways = _first(tuple(tuple(dict.fromkeys(a + b)) for a, b in product(ways, more)))
    return ways


def either(*all_ways: Ways) -> Ways:
    """Every way to satisfy one of them; values that one column may have are put together."""
    ways = [way for more in all_ways for way in more]
    if () in ways:
        return ALWAYS
    lists: dict[tuple[str, str], OneOf | Part] = {}
    rest: list[Way] = []
    for way in ways:
        fact = way[0]
        if len(way) > 1 or not isinstance(fact, OneOf | Part):
            rest.append(way)
            continue
        key = (fact.column, fact.field if isinstance(fact, Part) else "")
        lists[key] = _joined(lists[key], fact) if key in lists else fact
    return _first(tuple(dict.fromkeys([*((fact,) for fact in lists.values()), *rest])))


def _joined(known: OneOf | Part, fact: OneOf | Part) -> OneOf | Part:
    if isinstance(known, Part) and isinstance(fact, Part):
        return replace(known, values=tuple(dict.fromkeys(known.values + fact.values)))
    assert isinstance(known, OneOf) and isinstance(fact, OneOf)  # noqa: PT018
    return replace(known, values=tuple(dict.fromkeys(known.values + fact.values)))


def _first(ways: Ways) -> Ways:
    """The ways to keep where there are too many: those that are understood, then the shortest."""
    if len(ways) <= MOST_WAYS:
        return ways
    return tuple(sorted(ways, key=lambda way: (not understood(way), len(way)))[:MOST_WAYS])
