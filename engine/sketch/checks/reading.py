"""One CHECK, read: the ways to satisfy each of its conjuncts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.catalog.model import Check, Column
from engine.sketch.checks.logic import Reader
from engine.sketch.checks.nulls import passes
from engine.sketch.checks.terms import bare
from engine.sketch.checks.ways import Ways, both, understood, unknown

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
MOST_CHARACTERS, MOST_DEPTH = 4_000, 40
"""Of what is parsed at all: sqlglot's time can grow with the depth of the brackets as a power of two."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A CHECK as conjuncts, each with the ways to satisfy it.

    A fact about a column's values does not ask for a value: a CHECK holds where it is NULL. `null_passes` are columns
    of which one NULL is enough for all of it.
    """

    check: Check
    parts: tuple[Ways, ...]
    null_passes: frozenset[str] = frozenset()

    @property
    def alternatives(self) -> Ways:
        """The ways to satisfy all of it, at most 64."""
        return both(*self.parts)

    @property
    def opaque(self) -> bool:
        """Whether some part of it can be satisfied in no way that we understand."""
        return any(part and not any(map(understood, part)) for part in self.parts)


def facts_of(check: Check, columns: Mapping[str, Column]) -> Reading:
    """What a CHECK says of these columns; never raises, whatever the text."""
    return reading_of(check, parse(check.expression), columns)


def reading_of(check: Check, tree: exp.Expr | None, columns: Mapping[str, Column]) -> Reading:
    """What the tree of a CHECK says; None is a text that could not be read."""
    if tree is None:
        return Reading(check, (unknown(check.columns),))
    tree = bare(tree)
    reader = Reader(columns)
    try:
        conjuncts = list(tree.flatten()) if isinstance(tree, exp.And) else [tree]
        parts = tuple(reader.ways(part) for part in conjuncts)
        return Reading(check, parts, passes(tree, columns))
    except RecursionError:
        return Reading(check, (unknown(check.columns),))


@lru_cache(maxsize=2_048)
def parse(text: str) -> exp.Expr | None:
    """The tree of a condition, which is only looked at; None where there is none, or it is too long or too deep."""
    if len(text) > MOST_CHARACTERS or depth(text) > MOST_DEPTH:
        return None
    try:
        return sqlglot.parse_one(text, read="postgres", into=exp.Condition)
    except (SqlglotError, RecursionError, ValueError):
        return None


def depth(text: str) -> int:
    """How deep brackets stand in each other at most, and how many CASEs there are."""
    level = deepest = 0
    plain = _QUOTED.sub("", text)
    for character in plain:
        level += (character in "([{") - (character in ")]}")
        deepest = max(deepest, level)
    return deepest + plain.upper().count("CASE ")
