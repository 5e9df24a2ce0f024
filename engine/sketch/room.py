"""How many different values a plain column can be given, so that uniques are planned before generators are chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from engine.catalog.model import Column
from engine.generators.arbitrary import MOST_LENGTH, most_different
from engine.generators.result import BOUNDS
from engine.sketch.checks import ColumnFacts
from engine.types import DAY, Family, PgType

PLENTY = 1 << 40
"""As good as endless."""
LETTERS = 36
"""What codes are made of: capital letters and digits."""


def is_open(facts: ColumnFacts | None) -> bool:
    """Whether nothing is said of a column's values, but perhaps of its nulls."""
    return facts is None or replace(facts, null=None) == ColumnFacts()


def room(column: Column, facts: ColumnFacts | None) -> int:
    """About how many values could be told apart; 0 where uniqueness is not to be had."""
    if facts is not None and facts.null is True:
        return PLENTY  # nulls differ
    if facts is not None and facts.one_of:
        return len(facts.one_of)
    type_ = column.type
    if type_.labels and not type_.array:
        return len(type_.labels)
    match type_.family:
        case Family.INTEGER | Family.DECIMAL | Family.DATE:
            return _between(column, facts)
        case Family.TEXT:
            return _texts(column, facts)
        case Family.BOOLEAN:
            return 2
        case Family.UUID | Family.TIMESTAMP | Family.FLOAT | Family.INTERVAL:
            return PLENTY
        case Family.TIME:
            return DAY
    if type_.array:
        return 0
    return _ADDRESSES.get(type_.name) or _others(type_, facts)


def _others(type_: PgType, facts: ColumnFacts | None) -> int:
    """Of a type that is made by number, where a CHECK asks at most for so many bytes."""
    if is_open(facts):
        return min(most_different(type_), PLENTY)
    width = byte_width(facts) if type_.family is Family.BYTES else None
    return min(most_different(type_, width), PLENTY) if width is not None else 0


def byte_width(facts: ColumnFacts | None) -> int | None:
    """How long byte strings are made of which no two agree; None where a CHECK asks for more than a length."""
    if facts is None or is_open(facts):
        return None
    least, most = facts.min_length or 0, facts.max_length
    width = min(max(least, _USUAL_BYTES), MOST_LENGTH if most is None else most)
    open_ = is_open(replace(facts, min_length=ColumnFacts().min_length, max_length=None))
    return width if open_ and least <= width else None


_USUAL_BYTES = 16
_ADDRESSES = {"inet": 729_000, "macaddr": PLENTY, "cidr": 729_000, "ltree": PLENTY}


def _between(column: Column, facts: ColumnFacts | None) -> int:
    low, high = limits(column)
    if facts is not None and isinstance(facts.low, str) and isinstance(facts.high, str):
        return _days(facts.low, facts.high)
    if facts is not None:
        low = max(low, _number(facts.low, low))
        high = min(high, _number(facts.high, high))
    places = int(high - low) + 1
    if column.type.family is Family.DECIMAL:
        places = int((high - low) * 10 ** (column.type.scale or 0)) + 1
    if facts is not None and facts.multiple_of is not None:
        return 0 if not isinstance(facts.multiple_of, Decimal) else int((high - low) / facts.multiple_of) + 1
    return max(min(places, PLENTY), 0)


def _days(low: str, high: str) -> int:
    """The days from one to another, both of them counted."""
    return max((date.fromisoformat(high[:10]) - date.fromisoformat(low[:10])).days + 1, 0)


def _number(value: object, otherwise: Decimal) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else otherwise


def limits(column: Column) -> tuple[Decimal, Decimal]:
    """The least and the greatest whole number that a draft asks of a numeric column; days for dates."""
    type_ = column.type
    if type_.family is Family.DATE:
        return Decimal(0), Decimal(30_000)
    if type_.family is Family.DECIMAL:
        digits = min((type_.precision or 18) - (type_.scale or 0), 15)
        top = Decimal(10) ** digits
        return Decimal(0), top - Decimal(1).scaleb(-(type_.scale or 0))
    return Decimal(1), Decimal(min(BOUNDS.get(type_.name, (0, PLENTY))[1], PLENTY))


def _texts(column: Column, facts: ColumnFacts | None) -> int:
    longest = column.type.length or 20
    if facts is not None:
        if facts.regexes or facts.likes:
            return PLENTY if longest >= 8 else LETTERS ** min(longest, 6)  # looked at more closely when it is made
        longest = min(longest, facts.max_length if facts.max_length is not None else longest)
    return min(LETTERS ** max(longest, 0), PLENTY) if column.type.name != "char" else 90
