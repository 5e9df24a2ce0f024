"""What all CHECKs together leave of one column, and whether that is anything at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.sketch.checks.allowed import allows
from engine.sketch.checks.facts import (
    Bound,
    Case,
    Clock,
    Elements,
    Fact,
    IsNull,
    Items,
    JsonKeys,
    JsonType,
    Length,
    Like,
    Matches,
    MultipleOf,
    NotEmpty,
    NotNull,
    NotOneOf,
    OneOf,
    Part,
    Trimmed,
    Truncated,
    Value,
)
from engine.sketch.checks.values import NUMBERS, ORDERED, position, step, value_at
from engine.types import PgType

_MOST_TURNS, _FEW = 1_000, 64


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the values of a column must be; NULLs are beside all this, but for `null`.

    Bounds are inclusive where the type has a smallest step; `earliest` and `latest` are microseconds from the moment
    that a row is written at; `null` is True for always, False for never, None where the CHECKs do not say.
    """

    low: Value | None = None
    high: Value | None = None
    low_strict: bool = False
    high_strict: bool = False
    earliest: int | None = None
    latest: int | None = None
    one_of: tuple[Value, ...] | None = None
    none_of: tuple[Value, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    ascii: bool = False
    regexes: tuple[Matches, ...] = ()
    likes: tuple[Like, ...] = ()
    case: str | None = None
    trimmed: bool = False
    null: bool | None = None
    multiple_of: Decimal | None = None
    remainder: Decimal = Decimal(0)
    unit: str | None = None  # date_trunc by it changes nothing
    parts: tuple[Part, ...] = ()
    min_items: int | None = None
    max_items: int | None = None
    elements: tuple[Value, ...] | None = None
    json_type: str | None = None
    json_keys: tuple[str, ...] = ()
    not_empty: bool = False

    @property
    def not_blank(self) -> bool:
        """Whether a text of blanks will not do."""
        return self.trimmed and ((self.min_length or 0) > 0 or "" in self.none_of)


def add(known: ColumnFacts, fact: Fact, pg: PgType) -> ColumnFacts | None:
    """The column with one fact more; None where no value is left, nor NULL."""
    if isinstance(fact, IsNull | NotNull):
        null = isinstance(fact, IsNull)
        return None if known.null is not None and known.null is not null else _fit(replace(known, null=null), pg)
    merge = _MERGES.get(type(fact))
    merged = known if merge is None else merge(known, fact, pg)
    return None if merged is None else _fit(merged, pg)


def _fit(facts: ColumnFacts, pg: PgType) -> ColumnFacts | None:
    """The facts with a list of the values that all of them allow; None where there is none."""
    if facts.null:
        return facts
    if facts.one_of is not None:
        left = tuple(value for value in facts.one_of if allows(facts, value, pg))
        return replace(facts, one_of=left) if left else None
    if facts.low is not None and facts.high is not None and not _room(facts, position(facts.low, pg), pg):
        return None
    if _crossed(facts.min_length, facts.max_length) or _crossed(facts.min_items, facts.max_items):
        return None
    if pg.length is not None and pg.name in ("varchar", "bpchar") and _crossed(facts.min_length, pg.length):
        return None
    if pg.labels:
        left = tuple(label for label in pg.labels if allows(facts, label, pg))
        return None if not left else facts if len(left) == len(pg.labels) else replace(facts, one_of=left)
    if pg.name == "bool" and not pg.array and set(facts.none_of) >= {True, False}:
        return None
    return None if _crossed(facts.earliest, facts.latest) else facts


def _room(facts: ColumnFacts, low: Decimal, pg: PgType) -> bool:
    """Whether something lies between the bounds: of few values, whether one of them is allowed."""
    high, grid = position(facts.high, pg), step(pg)  # type: ignore[arg-type]
    if facts.multiple_of is not None and pg.family in NUMBERS:
        grid = facts.multiple_of
        low += (facts.remainder - low) % grid
    if grid is None or (high - low) / grid > _FEW:
        return low < high or (low == high and not facts.low_strict and not facts.high_strict)
    places = (low + turn * grid for turn in range(int((high - low) / grid) + 1)) if low <= high else ()
    return any(allows(facts, value_at(at, pg), pg) for at in places)


def _crossed(low: int | None, high: int | None) -> bool:
    return low is not None and high is not None and low > high


def _bound(known: ColumnFacts, fact: Bound, pg: PgType) -> ColumnFacts | None:
    if fact.low is not None and _inside(fact.low, known.low, pg, above=True):
        same = fact.low == known.low
        known = replace(known, low=fact.low, low_strict=fact.low_strict or (same and known.low_strict))
    if fact.high is not None and _inside(fact.high, known.high, pg, above=False):
        same = fact.high == known.high
        known = replace(known, high=fact.high, high_strict=fact.high_strict or (same and known.high_strict))
    return known


def _inside(value: Value, edge: Value | None, pg: PgType, *, above: bool) -> bool:
    """Whether a value lies at an edge or within it."""
    if edge is None or pg.family not in ORDERED:
        return True
    at, limit = position(value, pg), position(edge, pg)
    return at >= limit if above else at <= limit


def _largest(*values: int | None) -> int | None:
    found = [value for value in values if value is not None]
    return max(found) if found else None


def _smallest(*values: int | None) -> int | None:
    found = [value for value in values if value is not None]
    return min(found) if found else None


def _clock(known: ColumnFacts, fact: Clock, _: PgType) -> ColumnFacts:
    return replace(known, earliest=_largest(known.earliest, fact.earliest), latest=_smallest(known.latest, fact.latest))


def _one_of(known: ColumnFacts, fact: OneOf, _: PgType) -> ColumnFacts:
    values = fact.values if known.one_of is None else tuple(v for v in known.one_of if v in fact.values)
    return replace(known, one_of=values)


def _length(known: ColumnFacts, fact: Length, _: PgType) -> ColumnFacts:
    return replace(
        known,
        min_length=_largest(known.min_length, fact.min or None),
        max_length=_smallest(known.max_length, fact.max),
        ascii=known.ascii or fact.ascii,
    )


def _items(known: ColumnFacts, fact: Items, _: PgType) -> ColumnFacts:
    return replace(
        known,
        min_items=_largest(known.min_items, fact.min or None),
        max_items=_smallest(known.max_items, fact.max),
    )


def _elements(known: ColumnFacts, fact: Elements, _: PgType) -> ColumnFacts | None:
    values = fact.values if known.elements is None else tuple(v for v in known.elements if v in fact.values)
    return replace(known, elements=values) if values else None


def _case(known: ColumnFacts, fact: Case, _: PgType) -> ColumnFacts | None:
    return None if known.case not in (None, fact.case) else replace(known, case=fact.case)


def _json_type(known: ColumnFacts, fact: JsonType, _: PgType) -> ColumnFacts | None:
    return None if known.json_type not in (None, fact.name) else replace(known, json_type=fact.name)


def _multiple(known: ColumnFacts, fact: MultipleOf, _: PgType) -> ColumnFacts | None:
    """The steps on which both are; None where they never meet, or only after very many."""
    if known.multiple_of is None:
        return replace(known, multiple_of=fact.step, remainder=fact.remainder)
    (fine, rest), (coarse, first) = sorted([(known.multiple_of, known.remainder), (fact.step, fact.remainder)])
    meets = (first + turn * coarse for turn in range(_MOST_TURNS))
    remainder = next((at for at in meets if (at - rest) % fine == 0), None)
    turns = next((turn for turn in range(1, _MOST_TURNS + 1) if (turn * coarse) % fine == 0), None)
    if remainder is None or turns is None:
        return None
    return replace(known, multiple_of=turns * coarse, remainder=remainder % (turns * coarse))


_UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")


def _truncated(known: ColumnFacts, fact: Truncated, _: PgType) -> ColumnFacts | None:
    units = {fact.unit, known.unit or fact.unit}
    if len(units) > 1 and "week" in units and units & {"month", "quarter", "year"}:
        return None
    return replace(known, unit=max(units, key=_UNITS.index))


def _part(known: ColumnFacts, fact: Part, _: PgType) -> ColumnFacts | None:
    same = next((part for part in known.parts if part.field == fact.field), fact)
    both = replace(fact, values=tuple(value for value in fact.values if value in same.values))
    rest = tuple(part for part in known.parts if part.field != fact.field)
    return replace(known, parts=(*rest, both)) if both.values else None


def _more(values: tuple[Any, ...], *new: object) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*values, *new)))


_MERGES: dict[type[Any], Callable[[ColumnFacts, Any, PgType], ColumnFacts | None]] = {
    Bound: _bound,
    Clock: _clock,
    OneOf: _one_of,
    NotOneOf: lambda known, fact, _: replace(known, none_of=_more(known.none_of, *fact.values)),
    Length: _length,
    Matches: lambda known, fact, _: replace(known, regexes=_more(known.regexes, fact)),
    Like: lambda known, fact, _: replace(known, likes=_more(known.likes, fact)),
    Case: _case,
    Trimmed: lambda known, _fact, _: replace(known, trimmed=True),
    MultipleOf: _multiple,
    Truncated: _truncated,
    Part: _part,
    Items: _items,
    Elements: _elements,
    JsonType: _json_type,
    JsonKeys: lambda known, fact, _: replace(known, json_keys=_more(known.json_keys, *fact.keys)),
    NotEmpty: lambda known, _fact, _: replace(known, not_empty=True),
}
