"""What has happened to some rows only, as data: by the words of a name, how many rows are without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from engine.catalog.model import Column
from engine.sketch.words import joined, tokens
from engine.types import Family

TIMES = (Family.TIMESTAMP, Family.DATE)
_LEAST_JOINED = 6
"""Words that are written together are known only where they are this long: a `deletedat` is one, a `banat` is not."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Something that may happen to a row. `nulls` is the share of rows that it has not happened to.

    `last` says that no other state of a row comes after it; `words` are all forms that its names have.
    """

    words: frozenset[str]
    nulls: float
    last: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A column's name that says so: what has happened, to what, and whether it tells when, or else by whom or why."""

    of: Ended
    to: str
    when: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """The table. `forms` are all words, `names` whole names with the share of rows without."""

    forms: Mapping[str, Ended]
    tails: frozenset[str]
    times: frozenset[str]
    heads: frozenset[str]
    names: Mapping[str, float]


@cache
def ends() -> Ends:
    """The table that comes with the package."""
    data = yaml.safe_load(files("engine.sketch").joinpath("ends.yaml").read_text(encoding="utf-8"))
    forms: dict[str, Ended] = {}
    for row in data["ends"]:
        for line in row["words"]:
            words = frozenset(word.replace("_", "") for word in line.split())
            forms |= dict.fromkeys(words, Ended(words, row["nulls"], row.get("last", False)))
    names = {joined(tokens(name)): row["nulls"] for row in data["names"] for name in row["names"]}
    tails, times = (frozenset(word.replace("_", "") for word in data[key]) for key in ("tails", "times"))
    return Ends(forms, tails, times, frozenset(data["heads"]), names)


def nulls_of(column: Column) -> float | None:
    """The share of rows in which a column of this name is null; None where the name does not say."""
    known = ends().names.get(joined(tokens(column.name)))
    if known is not None:
        return known
    found = ended(column)
    return found.of.nulls if found is not None else None


@cache
def _read(name: str) -> tuple[Named, bool] | None:
    """What a name says, and whether it is the word alone."""
    words = tokens(name)
    if len(words) == 1:
        return _together(words[0])
    if words and words[0] in ends().heads and (found := _form(words[1:])):
        return Named(found, "", when=True), False
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            found, tail = _form(words[start:end]), "".join(words[end:])
            if found and (tail in ends().tails or (not tail and not start)):
                return Named(found, "_".join(words[:start]), tail in ends().times), not tail
    return None


def _form(words: tuple[str, ...]) -> Ended | None:
    return ends().forms.get("".join(words))


def _together(word: str) -> tuple[Named, bool] | None:
    """A name without a sign between its words: DELETEDAT."""
    if word in ends().forms:
        return Named(ends().forms[word], "", when=False), True
    for at in range(_LEAST_JOINED, len(word)):
        if word[:at] in ends().forms and word[at:] in ends().tails:
            return Named(ends().forms[word[:at]], "", word[at:] in ends().times), False
    return None


def ended(column: Column) -> Named | None:
    """What has happened to rows in which this column is not null, by its name; a word alone names a time only."""
    found = _read(column.name)
    if found is None:
        return None
    named, alone = found
    if not alone:
        return named
    return Named(named.of, named.to, when=True) if column.type.family in TIMES else None


def flagged(column: Column) -> Named | None:
    """What has happened to rows in which this yes or no is true: `deleted`, `is_deleted`, `email_is_verified`."""
    words = tokens(column.name)
    found = next((i for i, word in enumerate(words) if word in ("is", "was", "has", "been", "ist", "est")), None)
    before, after = (words[:found], words[found:]) if found is not None else ((), words)
    while after and after[0] in ("is", "was", "has", "been", "ist", "est"):
        after = after[1:]
    for start in range(len(after)):
        if of := _form(after[start:]):
            return Named(of, "_".join((*before, *after[:start])), when=False)
    return None
