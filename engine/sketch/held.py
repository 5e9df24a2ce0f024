"""What a column of some type can hold of what a draft would like to put there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.errors import SpecError
from engine.generators.fakers import DEFAULT_LOCALE
from engine.generators.literal import Scalar, literal
from engine.generators.pattern import pattern_size
from engine.sketch.bounds import LAWS, Span, bounded
from engine.sketch.faker_size import fits
from engine.sketch.made import Made
from engine.sketch.regexes import node_of
from engine.sketch.shapes import lengths
from engine.types import Family, PgType

NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
TIMES = (Family.DATE, Family.TIMESTAMP, Family.TIME, Family.INTERVAL)
_LENGTHS = {"char": 1, "name": 63}
_MOST_DIGITS = 38
"""Digits that Arrow's decimals have."""
_DURATION = re.compile(r"\d+(\.\d+)?(us|ms|s|m|h|d|w)")
_SHORTENED = re.compile(r"\{\{[^{}]*\bfirst\((\d+)\)\s*\}\}")
_ROW = re.compile(r"\{\{\s*row\s*\}\}")
_ROW_DIGITS = 10


def room(pg: PgType) -> int | None:
    """How many characters a type of text holds; None where it does not matter."""
    return pg.length if pg.length is not None else _LENGTHS.get(pg.name)


def is_counted(pg: PgType) -> bool:
    """Whether it is a type of numbers that the engine knows to its last digit."""
    digits, scale = pg.precision, pg.scale or 0
    return pg.family in NUMBERS and not pg.array and (digits is None or 0 <= scale <= digits <= _MOST_DIGITS)


@dataclass(frozen=True, slots=True)
class Holder:
    """A type, and the locale in which its values are made up."""

    type: PgType
    locale: str = DEFAULT_LOCALE

    def hold(self, said: Mapping[str, Any]) -> Made | None:
        """The generator without a value that the type cannot hold; None where too little of it would be left."""
        kind = next(iter(said))
        if self.type.array or self.type.labels:
            return None
        if kind in LAWS:
            return self._law(said)
        match kind:
            case "faker":
                return self._faker(said)
            case "pattern" if self._has_room(lengths(node_of(said[kind]))[1]):
                return Made(dict(said), pool=pattern_size(said[kind], room(self.type)))
            case "template" if self._has_room(_longest(said[kind])):
                return Made(dict(said))
            case "bernoulli" if self.type.family in (Family.BOOLEAN, Family.INTEGER):
                return Made(dict(said))
            case "choice" if all(self.takes(value) for value in said[kind]):
                return Made(dict(said), pool=None if isinstance(said[kind], Mapping) else len(said[kind]))
        return None

    def takes(self, value: Scalar) -> bool:
        """Whether a scalar is a value of the type, and written as one."""
        if isinstance(value, bool) or (self.type.family not in NUMBERS) is not isinstance(value, str):
            return False
        try:
            literal(value, self.type, "UTC")
        except SpecError:
            return False
        return self.type.family in (*NUMBERS, *TIMES) or self._has_room(len(str(value)))

    def _faker(self, said: Mapping[str, Any]) -> Made | None:
        locale = said.get("locale", self.locale)
        if not self._has_room(0) or not fits(said["faker"], locale, room(self.type)):
            return None
        others = {key: value for key, value in said.items() if key != "locale"}
        return Made(others if locale == DEFAULT_LOCALE else {**others, "locale": locale})

    def _has_room(self, length: int) -> bool:
        """Whether it is a type of text, or of what is written as one, and holds so many characters."""
        most = room(self.type)
        return self.type.family in (Family.TEXT, Family.OTHER) and (most is None or length <= most)

    def _law(self, said: Mapping[str, Any]) -> Made | None:
        ends = [end for argument in said.values() if isinstance(argument, Mapping) for end in argument.values()]
        if any(isinstance(end, str) for end in ends):
            lengths = all(_DURATION.fullmatch(str(end)) for end in ends if isinstance(end, str))
            families = (Family.INTERVAL, Family.TIME) if lengths else (Family.DATE, Family.TIMESTAMP)
            return Made(dict(said)) if self.type.family in families else None
        return self.law(said, Span.of(self.type, said.get("round"))) if is_counted(self.type) else None

    def law(self, said: Mapping[str, Any], span: Span) -> Made | None:
        """The law of numbers within the span, rounded to its steps where the type would keep more than those."""
        law = bounded(said, span)
        if law is None:
            return None
        ends = law.get("uniform")
        pool = None  # doubles are not counted
        if isinstance(ends, dict) and self.type.family is not Family.FLOAT:
            pool = span.cut(_decimal(ends["min"]), _decimal(ends["max"])).size
        if span.places is not None and self._keeps_more(span.places):
            law["round"] = span.places
        return Made(law, pool=pool)

    def _keeps_more(self, places: int) -> bool:
        kept = 10 if self.type.precision is None else self.type.scale or 0
        return self.type.family is Family.FLOAT or (self.type.family is Family.DECIMAL and places < kept)


def _longest(template: str) -> int:
    """The characters of a template's longest text, whose names are all cut by `first`."""
    names = sum(int(cut) for cut in _SHORTENED.findall(template)) + _ROW_DIGITS * len(_ROW.findall(template))
    return names + len(_ROW.sub("", _SHORTENED.sub("", template)))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
