"""What a column probably holds, by what it and its table are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from engine.catalog.model import Column, Table
from engine.generators.fakers import DEFAULT_LOCALE
from engine.sketch.ends import flagged
from engine.sketch.guesses import Guess, guesses
from engine.sketch.held import Holder
from engine.sketch.made import Made
from engine.sketch.text_ids import text_id
from engine.sketch.words import bare, joined, stem, tokens
from engine.types import Family, PgType

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_PLACE = re.compile(r"\{\{ (\w+) \|")
_SHORTEST, _LEAST_ENDING = 2, 4
_VAGUE = ("a code", "a user's name", "JSON")
"""What a name is taken for that says no more than that it is a key."""
_EITHER = frozenset({"agent", "worker", "client", "operator", "host"})
_OF_MACHINES = re.compile(
    r"^(ip(_.*|v?4|v?6)?|address_6|port|host_?name|version|os|arch|architecture|.*heartbeat.*|last_ping.*|pid)$"
)
_OF_PEOPLE = re.compile(r"(^|_)(first_name|last_name|email|e_mail|phone|telephone|mobile|birth|salutation|gender)")
_SEVERAL = re.compile(r"[a-z]{2}(?<![suiao])s$")
"""How words end that mean several things: builds, commits; not access, status, basis, alias."""


@dataclass(frozen=True, slots=True)
class Found:
    """A guess, and how much of the names spoke for it."""

    guess: Guess
    by: str


def guess(table: Table, column: Column, locale: str = DEFAULT_LOCALE) -> Made | None:
    """How the values of a column are made, by its name; None where the name says nothing, or nothing that fits."""
    known = candidates(table, column)
    if made := text_id(column, locale, by_length=not known or known[0].guess.says in _VAGUE):
        return made
    for found in known:
        if made := _made(found.guess, table, column, locale):
            return replace(made, why=f"{found.guess.says}, {found.by}")
    return _flag(column) or _count(column)


def candidates(table: Table, column: Column) -> tuple[Found, ...]:
    """Guesses for the names of a column and its table, the best first."""
    return _candidates(_kind(table) or table.name, column.name, column.type)


def _kind(table: Table) -> str | None:
    """What rows of agents, workers or hosts are: programs have addresses and versions, people can be called."""
    words = tokens(table.name)
    if not words or stem(words[-1]) not in _EITHER:
        return None
    names = ["_".join(tokens(column.name)) for column in table.columns]
    if any(_OF_MACHINES.search(name) for name in names):
        return "machine"
    return "person" if any(_OF_PEOPLE.search(name) for name in names) else None


@lru_cache(maxsize=65_536)
def _candidates(table: str, column: str, pg: PgType) -> tuple[Found, ...]:
    return tuple(_all_candidates(table, column, pg))


def _all_candidates(table: str, column: str, pg: PgType) -> Iterator[Found]:
    known = guesses()
    whole = tokens(column)
    counted = pg.family is Family.INTEGER and whole[:1] and whole[0] in known.counted
    for words in dict.fromkeys((whole, bare(whole))):
        for start, end in ((0, len(words)),) if counted else _parts(words):
            yield from _found(joined(words[start:end]), _around(words[:start], table, known.neutral), pg)
    if whole and not counted:
        for name in _inside(stem(whole[-1])):
            yield from _found(name, _around(whole[:-1], table, known.neutral), pg)


def _found(name: str, around: frozenset[str], pg: PgType) -> Iterator[Found]:
    fitting = [g for g in guesses().by_name.get(name, ()) if g.is_for(pg)]
    yield from (Found(g, "by its name and what it is of") for g in fitting if g.within & around)
    yield from (Found(g, "by its name") for g in fitting if not g.within)


def _inside(word: str) -> Iterator[str]:
    """Names that a word ends with, where it is put together: mktsegment is a segment, a discount no count."""
    known, short = guesses().by_name, guesses().endings
    yield from (
        word[at:] for at in range(3, len(word) - 1) if word[at:] in (known if at < len(word) - _LEAST_ENDING else short)
    )


def _parts(words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """All words, the last ones, the first ones, the longest first."""
    count = len(words)
    yield from ((start, count) for start in range(count))
    yield from ((0, end) for end in range(count - 1, 0, -1) if len(words[0]) >= _SHORTEST)


def _around(before: tuple[str, ...], table: str, neutral: frozenset[str]) -> frozenset[str]:
    """What the name's own words before it say that it is of, else the name of the table."""
    of_table = tokens(table)
    mine = {*map(stem, of_table), joined(of_table)}
    telling = tuple(w for w in before if len(w) >= _SHORTEST and stem(w) not in neutral)
    if telling and stem(telling[-1]) not in mine:
        return frozenset({stem(telling[-1]), joined(telling)})
    if not of_table:
        return frozenset()
    return frozenset({*_endings(stem(of_table[-1])), joined(of_table), joined(of_table[-2:])})


def _endings(word: str) -> Iterator[str]:
    """A word, and the one that it ends with where it is put together: shippingaddress is an address."""
    yield word
    known = guesses().contexts
    if word not in known:
        yield from (word[at:] for at in range(1, len(word) - _LEAST_ENDING + 1) if word[at:] in known)


def _made(found: Guess, table: Table, column: Column, locale: str) -> Made | None:
    pg = column.type
    texts = pg.family is Family.TEXT or pg.name in found.kinds
    for where in dict.fromkeys((locale, DEFAULT_LOCALE)):
        for said in found.made:
            kind = next(iter(said))
            if kind in ("faker", "pattern", "template") and not texts:
                continue
            written = _written(said, table, column, locale) if kind == "template" else said
            if written is not None and (made := Holder(pg, where).hold(written)):
                return made
    return None


def _written(said: Mapping[str, Any], table: Table, column: Column, locale: str) -> dict[str, Any] | None:
    """A template with the names of the columns beside this one; None where one is missing."""
    if locale.partition("_")[0] not in guesses().latin:
        return None
    names: dict[str, str] = {}
    for place, says in said["with"].items():
        other = next((c for c in table.columns if c.name != column.name and _is(table, c, says)), None)
        if other is None:
            return None
        names[place] = f"{other.name} | default('x')" if other.nullable else other.name
    alone = any(unique.columns == (column.name,) for unique in table.uniques)
    text = _PLACE.sub(lambda found: f"{{{{ {names[found[1]]} |", said["template"])
    return {"template": text.replace("{row}", ".{{ row }}" if alone else "")}


def _is(table: Table, column: Column, says: str) -> bool:
    """Whether a column is a text of the table's own whose name says so."""
    if column.type.family is not Family.TEXT or column.type.labels or column.default is not None or column.generated:
        return False
    if column.type.name == "citext":  # which templates do not read
        return False
    if not _NAME.fullmatch(column.name) or any(column.name in key.columns for key in table.foreign_keys):
        return False
    found = candidates(table, column)
    return bool(found) and found[0].guess.says == says


def _flag(column: Column) -> Made | None:
    """Yes or no, where the name asks a question: true and false, 1 and 0, or Y and N."""
    words = tokens(column.name)
    if column.type.family is Family.BOOLEAN and (named := flagged(column)) is not None:
        made = Holder(column.type).hold({"bernoulli": f"{round(100 - 100 * named.of.nulls)}%"})
        return made and replace(made, why="whether it has happened, by its name")
    if not words or words[0] not in guesses().questions:
        return None
    letter = column.type.length == 1 and column.type.family is Family.TEXT
    made = Holder(column.type).hold({"choice": {"N": 70, "Y": 30}} if letter else {"bernoulli": "30%"})
    return None if made is None else replace(made, why="yes or no, by its name")


def _count(column: Column) -> Made | None:
    """How many of something: num_lines, changed_files."""
    words = tokens(column.name)
    if not words or column.type.family is not Family.INTEGER:
        return None
    counted = len(words) >= _SHORTEST and words[0] in guesses().counted
    if not counted and not _SEVERAL.search(words[-1]):
        return None
    made = Holder(column.type).hold({"lognormal": {"median": 4, "sigma": 1}, "min": 0, "max": 500})
    return made and replace(made, why="a number of things, by its name")
