"""Moments that are kept as numbers since 1970, as data: which columns are, and what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from engine.catalog.model import Column
from engine.sketch.words import tokens
from engine.sqltext import quote
from engine.types import Family

MILLISECONDS = 1_000
_SECONDS_OF = ("int4", "int8", "numeric", "float8")
_DIGITS = 10
"""Digits of the seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """How a column counts: `unit` to the second. `spelled` is its name without the unit, as a moment's is written."""

    unit: int
    spelled: str

    @property
    def verb(self) -> str:
        """What has happened then."""
        head, _, last = self.spelled.rpartition("_")
        return head if last in {*_table().tails, *_table().weak} else self.spelled

    @property
    def ahead(self) -> bool:
        """Whether it lies ahead when the row comes about."""
        return any(word in _table().later for word in (self.verb, self.verb.split("_")[0], self.verb.split("_")[-1]))

    def ends(self, other: Epoch) -> bool:
        """Whether it is the end of what begins at the other."""
        return self.verb in _table().ends.get(other.verb, ())


@dataclass(frozen=True, slots=True)
class _Table:
    units: Mapping[str, int]
    since: frozenset[str]
    tails: frozenset[str]
    weak: frozenset[str]
    alone: frozenset[str]
    verbs: frozenset[str]
    later: frozenset[str]
    ends: Mapping[str, list[str]]


@cache
def _table() -> _Table:
    data = yaml.safe_load(files("engine.sketch").joinpath("epochs.yaml").read_text(encoding="utf-8"))
    words = {key: frozenset(data[key]) for key in ("since", "tails", "weak", "alone", "verbs", "later")}
    return _Table(units=data["units"], ends=data["ends"], **words)


def epoch_of(column: Column) -> Epoch | None:
    """How a column counts the time since 1970; None where its name does not say that it does, or it has no room."""
    pg = column.type
    if pg.array or pg.labels or pg.name not in _SECONDS_OF:
        return None
    spelled, unit = _read(column.name)
    if spelled is None:
        return None
    unit = unit or (MILLISECONDS if pg.name == "int8" else 1)
    if pg.family is Family.INTEGER:
        return Epoch(unit, spelled) if unit == 1 or pg.name == "int8" else None
    roomy = pg.name == "float8" or pg.precision is None or pg.precision - (pg.scale or 0) >= _DIGITS
    return Epoch(unit, spelled) if unit == 1 and roomy else None


@cache
def _read(name: str) -> tuple[str | None, int]:
    """A name as a moment's is written, and the unit that it says; 0 where it says none."""
    known, words, unit, since = _table(), tokens(name), 0, False
    if words and words[0] in known.since:
        words, unit, since = words[1:], 1, True
    while len(words) > 1 and words[-1] in known.units:
        since |= words[-1] in known.since
        unit, words = known.units[words[-1]] or unit, words[:-1]
    if not words:
        return None, 0
    spelled = "_".join(words)
    tail = words[-1] in known.tails and len(words) > 1
    weak = words[-1] in known.weak and len(words) > 1 and (words[-2] in known.verbs or since)
    if since or tail or weak or spelled in known.alone:
        return spelled, unit
    return (f"{words[0][:-2]}_at", unit) if len(words) == 1 and _is_together(words[0]) else (None, 0)


def _is_together(word: str) -> bool:
    """Whether it is a verb and `at` without a sign between them: createat, lastpostat."""
    verb, known = word.removesuffix("at"), _table().verbs
    if verb == word:
        return False
    for before in ("last", "next"):
        verb = verb.removeprefix(before) or verb
    return verb in known or any(verb.endswith(one) for one in known if word.startswith(("last", "next")))


def counted(moment: str, epoch: Epoch, column: Column) -> str:
    """The expression by which a column counts a moment."""
    seconds = f"extract(epoch from {quote(moment)})"
    if column.type.name == "numeric":
        return seconds
    return f"({seconds} * {epoch.unit})::{column.type.name}" if epoch.unit > 1 else f"{seconds}::{column.type.name}"
