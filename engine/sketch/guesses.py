"""The table of guesses, as data: what columns hold that are called so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from engine.sketch.words import joined, tokens
from engine.types import Family, PgType

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


@dataclass(frozen=True, slots=True)
class Guess:
    """What columns of some names hold; `within` are the tables that it is so in, all of them where it is empty."""

    says: str
    names: tuple[str, ...]
    made: tuple[Mapping[str, Any], ...]
    within: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()  # families and types; empty: as `made` has it

    def is_for(self, pg: PgType) -> bool:
        """Whether columns of this type may be meant."""
        return not self.kinds or bool({pg.family.value, pg.name} & set(self.kinds)) or self._is_number(pg)

    def _is_number(self, pg: PgType) -> bool:
        return "number" in self.kinds and pg.family in _NUMBERS


@dataclass(frozen=True, slots=True)
class Guesses:
    """All of them by the names of columns.

    `neutral` are words before a name that say nothing of what it names, `questions` those with which names of yes or
    no begin, `counted` those of numbers of things, `endings` short names that words are put together with, `latin`
    languages whose names still tell people apart without what is not ASCII. `contexts` are all that tables are called
    by which guesses are told apart.
    """

    by_name: Mapping[str, tuple[Guess, ...]]
    neutral: frozenset[str]
    contexts: frozenset[str]
    questions: frozenset[str]
    counted: frozenset[str]
    endings: frozenset[str]
    latin: frozenset[str]


@cache
def guesses() -> Guesses:
    """The table that comes with the package."""
    return read(files("engine.sketch").joinpath("guesses.yaml").read_text(encoding="utf-8"))


def read(text: str) -> Guesses:
    """A table from its YAML."""
    data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the safe one, in C where it was built
    by_name: dict[str, list[Guess]] = {}
    for row in data["guesses"]:
        guess = _guess(row, data["words"])
        for name in guess.names:
            known = by_name.setdefault(_key(name), [])
            if guess not in known:
                known.append(guess)
    words = {name: frozenset(data["words"][name]) for name in ("questions", "counted", "latin")}
    return Guesses(
        {name: tuple(found) for name, found in by_name.items()},
        neutral=frozenset(map(_key, data["words"]["neutral"])),
        endings=frozenset(map(_key, data["words"]["endings"])),
        contexts=frozenset(word for found in by_name.values() for guess in found for word in guess.within),
        **words,
    )


def _guess(row: Mapping[str, Any], words: Mapping[str, list[str]]) -> Guess:
    within = [w for item in row.get("in", ()) for w in (words[item["words"]] if isinstance(item, dict) else [item])]
    return Guess(
        row["says"],
        tuple(row["names"]),
        tuple(row["made"]),
        frozenset(_key(word) for word in within),
        tuple(row.get("for", ())),
    )


def _key(name: str) -> str:
    return joined(tokens(name))
